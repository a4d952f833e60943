/**
 * Ticks in memory, many in a block: 320-byte records are moved, never an object for a tick.
 * A record has the layout of a ring slot (`docs/reference/ring.md`) with five rewritten fields: `kind` becomes the
 * verdict (bits of the laws that flag the tick), `sym` the daemon-wide instrument index, `trading_day` the resolved
 * trading day, the eight bytes of `update_sec`, `update_ms` the exchange time in epoch milliseconds, and `aux`, the
 * ExchangeID that the instrument now holds, `last_volume`.
 */
export const recordBytes = 320
export const recordF64 = recordBytes / 8
export const recordI32 = recordBytes / 4

/** Offsets in 4-byte words from the start of a record. */
export const word = {
  seqLow: 0,
  seqHigh: 1,
  recvNsLow: 2,
  recvNsHigh: 3,
  verdict: 4,
  instrument: 5,
  tradingDay: 6,
  actionDay: 7,
  updateSec: 8,
  updateMs: 9,
  volume: 10,
  /** Before normalisation: index of ExchangeID. */
  exchange: 11,
  /** After it: lots since the last published tick of the trading day, -1 unknown. */
  lastVolume: 11,
  bidVolume1: 68,
  askVolume1: 73,
  monoNsLow: 78,
  monoNsHigh: 79
} as const

/** Offsets in 8-byte words from the start of a record. */
export const double = {
  exchangeTimeMs: 4,
  last: 6,
  preSettlement: 7,
  preClose: 8,
  preOpenInterest: 9,
  open: 10,
  high: 11,
  low: 12,
  turnover: 13,
  openInterest: 14,
  close: 15,
  settlement: 16,
  upperLimit: 17,
  lowerLimit: 18,
  preDelta: 19,
  currDelta: 20,
  average: 21,
  bandUpper: 22,
  bandLower: 23,
  bidPrice1: 24,
  askPrice1: 29
} as const

/** A block of records. `used` rows are filled; `held` counts the batches that still need it. */
export class TickSlab {
  readonly rows: number
  readonly bytes: Uint8Array
  readonly i32: Int32Array
  readonly u32: Uint32Array
  readonly f64: Float64Array
  /**
   * Monotonic time at which the batch that begins in a row was queued, milliseconds. Older than the row's own stamp: it
   * is of an earlier use of the slab.
   */
  readonly queuedMs: Float64Array
  used = 0
  held = 0

  constructor(rows: number) {
    const buffer = new ArrayBuffer(rows * recordBytes)
    this.rows = rows
    this.bytes = new Uint8Array(buffer)
    this.i32 = new Int32Array(buffer)
    this.u32 = new Uint32Array(buffer)
    this.f64 = new Float64Array(buffer)
    this.queuedMs = new Float64Array(rows)
  }

  /** Sequence number of the feed. Exact: sequence numbers stay below 2^53. */
  seq(row: number): number {
    const at = row * recordI32
    return (this.u32[at + word.seqHigh] as number) * 4294967296 + (this.u32[at + word.seqLow] as number)
  }

  /** Monotonic time of the vendor's callback in milliseconds, for latency only. */
  monotonicMs(row: number): number {
    const at = row * recordI32
    return (this.u32[at + word.monoNsHigh] as number) * 4294.967296 + (this.u32[at + word.monoNsLow] as number) / 1e6
  }
}

/** Rows `start .. start + count - 1` of a slab, in sequence, all from one feed. */
export interface TickBatch {
  readonly slab: TickSlab
  readonly feed: FeedIndex
  start: number
  count: number
}

/** Index of a feed in `feedNames`. */
export type FeedIndex = number

/** Slabs in use and free. Memory follows the backlog and is kept for the next one, so that it is rarely allocated. */
export class SlabPool {
  private readonly free: Array<TickSlab> = []
  private readonly rows: number
  private readonly keep: number
  /** Number of slabs, including free ones. */
  allocated = 0

  constructor(options: { readonly rows: number; readonly keep: number }) {
    this.rows = options.rows
    this.keep = options.keep
  }

  take(): TickSlab {
    const slab = this.free.pop()
    if (slab !== undefined) return slab
    this.allocated++
    return new TickSlab(this.rows)
  }

  /** Releases one reference; the slab becomes free with its last. */
  release(slab: TickSlab): void {
    if (--slab.held > 0) return
    slab.used = 0
    slab.held = 0
    if (this.free.length < this.keep) this.free.push(slab)
    else this.allocated--
  }
}
