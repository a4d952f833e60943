import { chanceOf } from "../core/paper-ids.ts"

/** Faults of replies and streams. Those of the venue itself are commands that act at once. */
export const boardFaults = [
  "reply-lost",
  "reply-500",
  "reply-html",
  "reply-duplicate",
  "reply-refused",
  "reply-slow",
  "rate-limit",
  "rate-limit-bare",
  "refuse-stream-429",
  "refuse-data-406",
  "update-twice",
  "update-drop",
  "update-reorder",
  "update-late",
  "offset-timestamps",
  "sse-dropped",
  "sse-error"
] as const

export type BoardFault = (typeof boardFaults)[number]

/** Faults that wait for their occasion: so many times, or by chance from the seed at each occasion. */
export interface FaultBoard {
  readonly set: (fault: BoardFault, count: number) => void
  readonly setRate: (fault: BoardFault, rate: number) => void
  /** Is it the occasion? One that was counted is used up. */
  readonly take: (fault: BoardFault) => boolean
  /** How often each one has acted. */
  readonly acted: () => Readonly<Record<string, number>>
  readonly waiting: () => Readonly<Record<string, number>>
}

export const makeFaultBoard = (seed: number, rates: Partial<Record<BoardFault, number>> = {}): FaultBoard => {
  const counts = new Map<BoardFault, number>()
  const chances = new Map(Object.entries(rates) as ReadonlyArray<[BoardFault, number]>)
  const occasions = new Map<BoardFault, number>()
  const acted = new Map<string, number>()
  const isDue = (fault: BoardFault): boolean => {
    const count = counts.get(fault) ?? 0
    if (count > 0) {
      counts.set(fault, count - 1)
      return true
    }
    const rate = chances.get(fault) ?? 0
    if (rate === 0) return false
    const occasion = occasions.get(fault) ?? 0
    occasions.set(fault, occasion + 1)
    return chanceOf(seed, `${fault}:${occasion}`) < rate
  }
  return {
    set: (fault, count) => void counts.set(fault, count),
    setRate: (fault, rate) => void chances.set(fault, rate),
    take: (fault) => {
      const due = isDue(fault)
      if (due) acted.set(fault, (acted.get(fault) ?? 0) + 1)
      return due
    },
    acted: () => Object.fromEntries(acted),
    waiting: () => Object.fromEntries(counts)
  }
}
