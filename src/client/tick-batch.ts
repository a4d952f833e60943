import type { TickMessage } from "../protocol/market/tick/tick-fields.ts"
import type { TickNotice } from "./notice.ts"

/** How far behind a reader is. */
export interface TickLag {
  /** Messages that the server still has for this reader. */
  readonly pending: number
  /** From the vendor's callback on the daemon's host to now on this one, milliseconds; undefined before the first tick. */
  readonly receiveMs: number | undefined
}

/** What arrived together. A batch may hold notices only, or nothing that was asked for. */
export interface TickBatch {
  /** In the stream's order. */
  readonly ticks: ReadonlyArray<TickMessage>
  /** How many of `ticks`, from the first on, are of the snapshot. */
  readonly snapshotTicks: number
  readonly notices: ReadonlyArray<TickNotice>
  /** Stream sequence of the last message read; `{ sequence: lastSequence + 1 }` reads on from here. */
  readonly lastSequence: number
  readonly lag: TickLag
}
