/** The longest time without a stored tick of one instrument, milliseconds by `recv_ts`. */
export interface QuietTime {
  readonly subject: string
  readonly ms: number
  /** Epoch milliseconds at which it ended. */
  readonly untilMs: number
}

/**
 * What the reader of a drill has found in the stream. `lost`: lots missing between stored ticks, and ticks that a gap
 * record calls lost. Units: ticks, milliseconds.
 */
export interface DrillEvidence {
  readonly ticks: number
  readonly ticksByFeed: Readonly<Record<string, number>>
  readonly instruments: number
  readonly lost: number
  readonly unknownGaps: number
  readonly repeated: number
  readonly outOfOrder: number
  readonly expired: number
  readonly streamResets: number
  readonly readerOutages: number
  readonly unreadable: number
  readonly gapRecordsRead: boolean
  readonly firstSequence: number | null
  readonly lastSequence: number | null
  readonly longestGaps: ReadonlyArray<QuietTime>
  readonly examples: ReadonlyArray<string>
}

/**
 * Why the stream is no evidence of a drill without loss; empty: it is. `isCold`: the switch of a cold pair has a gap
 * of unknown size by design.
 */
export const evidenceFaults = (found: DrillEvidence, isCold: boolean): ReadonlyArray<string> => {
  const counted: ReadonlyArray<readonly [count: number, what: string]> = [
    [found.lost, "lost"],
    [found.repeated, "stored twice"],
    [found.outOfOrder, "out of order"],
    [found.expired, "removed before they were read"],
    [found.unreadable, "that are no ticks"],
    [isCold ? 0 : found.unknownGaps, "gaps of unknown size"],
    [found.streamResets, "resets of the stream"]
  ]
  const faults = counted.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  if (!found.gapRecordsRead) faults.push("the gap records cannot be read")
  return found.ticks === 0 ? ["no tick was read", ...faults] : faults
}
