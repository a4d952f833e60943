import type { GapMessage } from "../../src/protocol/market/gap-message.ts"

/** The stream's content of one feed after a run, in ticks. */
export interface Verdict {
  readonly received: number
  readonly stored: number
  /** Numbers that are in more than one message. */
  readonly duplicated: number
  /** Messages behind a younger one of their instrument. */
  readonly reordered: number
  /** Numbers that are in no message and were not quarantined. */
  readonly missing: number
  /** Number of those in no reported gap. */
  readonly untold: number
  /** Gap records by cause, and the ticks that they count. */
  readonly gaps: Readonly<Record<string, number>>
}

export interface Stored {
  readonly seq: number
  readonly symbol: string
}

/** Compares received with stored ticks. `setAside`: numbers of quarantined ticks. Numbers of one run begin at 1. */
export const judge = (options: {
  readonly received: number
  readonly stored: ReadonlyArray<Stored>
  readonly setAside: ReadonlySet<number>
  readonly gaps: ReadonlyArray<GapMessage>
}): Verdict => {
  const { received, stored, gaps } = options
  const seen = new Uint8Array(received + 1)
  const newest = new Map<string, number>()
  let duplicated = 0
  let reordered = 0
  for (const { seq, symbol } of stored) {
    if (seen[seq] === 1) duplicated++
    seen[seq] = 1
    const before = newest.get(symbol) ?? 0
    if (seq < before) reordered++
    else newest.set(symbol, seq)
  }
  for (const seq of options.setAside) seen[seq] = 1
  const newestOf = new Map(gaps.map((gap) => [gap.id, gap]))
  const counted: Record<string, number> = {}
  const told = new Uint8Array(received + 1)
  for (const { cause, count, seqs } of newestOf.values()) {
    counted[cause] = (counted[cause] ?? 0) + (count ?? 0)
    if (seqs !== null) told.fill(1, seqs[0], Math.min(seqs[1], received) + 1)
  }
  let missing = 0
  let untold = 0
  for (let seq = 1; seq <= received; seq++) {
    if (seen[seq] === 1) continue
    missing++
    if (told[seq] !== 1) untold++
  }
  return { received, stored: stored.length, duplicated, reordered, missing, untold, gaps: counted }
}
