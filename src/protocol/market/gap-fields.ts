import type { GapCause } from "../../kernel/tick/gap.ts"

/**
 * One loss as the daemon reports it: the type of the schema `GapMessage`, which documents each key, without `effect`.
 */
export interface GapMessage {
  readonly version: 1
  /** The same in all records of one gap. The last record is valid. */
  readonly id: string
  readonly feed: string
  /** null: every instrument of the feed. */
  readonly instrument: string | null
  readonly cause: GapCause
  readonly state: "open" | "closed"
  /** Epoch milliseconds UTC by the daemon's clock. */
  readonly from: number
  /** null: still open. */
  readonly to: number | null
  /** Ticks lost; null: not known. */
  readonly count: number | null
  /** First and last sequence number of the feed that is in no message. */
  readonly seqs: readonly [number, number] | null
  /** Another feed was up all the time, so that the stream misses nothing. */
  readonly covered_by?: string
}
