import type { InstantNs } from "../../../kernel/time/utc-instant.ts"

interface Entry {
  readonly at: InstantNs
  /** Jobs of one instant run by rank, then in the sequence of their making. */
  readonly rank: number
  readonly sequence: number
  readonly run: () => void
}

const before = (a: Entry, b: Entry): boolean =>
  a.at !== b.at ? a.at < b.at : a.rank !== b.rank ? a.rank < b.rank : a.sequence < b.sequence

/** What is due later, kept in the sequence of its time. */
export interface Schedule {
  readonly add: (at: InstantNs, run: () => void, rank?: number) => void
  readonly nextAt: () => InstantNs | undefined
  /** Runs the first entry. */
  readonly runFirst: () => void
}

export const makeSchedule = (): Schedule => {
  const entries: Array<Entry> = []
  let made = 0
  return {
    add: (at, run, rank = 0) => {
      const entry: Entry = { at, rank, sequence: made++, run }
      let low = 0
      let high = entries.length
      while (low < high) {
        const middle = (low + high) >> 1
        if (before(entries[middle] as Entry, entry)) low = middle + 1
        else high = middle
      }
      entries.splice(low, 0, entry)
    },
    nextAt: () => entries[0]?.at,
    runFirst: () => entries.shift()?.run()
  }
}
