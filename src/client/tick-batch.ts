import type { TickMessage } from "../protocol/market/tick/tick-fields.ts"
import type { TickNotice } from "./notice.ts"

/** How far behind a reader is. */
export interface TickLag {
  /** Messages that the server still has for this reader. */
  readonly pending: number
  /**
   * Time from the vendor's callback on the daemon's host to now on this one, milliseconds; undefined before the first
   * tick.
   */
  readonly receiveMs: number | undefined
}

/** Ticks that arrived together. A batch may contain notices only, or no matching tick. */
export interface TickBatch {
  /** In the stream's sequence. */
  readonly ticks: ReadonlyArray<TickMessage>
  /** Number of `ticks`, from the first on, that belong to the snapshot. */
  readonly snapshotTicks: number
  readonly notices: ReadonlyArray<TickNotice>
  /** Stream sequence of the last message read. `{ sequence: lastSequence + 1 }` continues from here. */
  readonly lastSequence: number
  readonly lag: TickLag
}
