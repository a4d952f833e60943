import { grownF64, grownI32, grownRows } from "../domain/instrument-table.ts"

/**
 * Which instruments of a feed tick, by the daemon-wide index, as the ticks are read: two stores a tick, no object.
 * Times are receive times, epoch milliseconds; those of a batch share the time of its newest tick.
 */
export class TickArrivals {
  /** New ticks in the life of the daemon; repeated ones and stale snapshots are not counted. */
  counts = new Int32Array(0)
  /** Time of the last new tick, NaN before one. */
  lastMs = new Float64Array(0)
  /** Time of the first sign of the present session, a repeated tick or a snapshot included; NaN before one. */
  firstMs = new Float64Array(0)
  /** New ticks of the feed as a whole, and when the last came. */
  total = 0
  newestMs = Number.NaN
  private rows = 0

  /** A new session: what ticked in the former one says nothing. */
  begin(): void {
    this.firstMs.fill(Number.NaN)
  }

  arrived(index: number, receivedMs: number): void {
    if (index >= this.rows) this.grow(index)
    this.counts[index] = (this.counts[index] as number) + 1
    this.lastMs[index] = receivedMs
    if (Number.isNaN(this.firstMs[index] as number)) this.firstMs[index] = receivedMs
    this.total++
    this.newestMs = receivedMs
  }

  /** A tick that is no news: it tells that the subscription works. `index` -1: the instrument is not known. */
  repeated(index: number, receivedMs: number): void {
    if (index < 0) return
    if (index >= this.rows) this.grow(index)
    if (Number.isNaN(this.firstMs[index] as number)) this.firstMs[index] = receivedMs
  }

  private grow(index: number): void {
    this.rows = grownRows(this.rows, index)
    this.counts = grownI32(this.counts, this.rows)
    this.lastMs = grownF64(this.lastMs, this.rows, Number.NaN)
    this.firstMs = grownF64(this.firstMs, this.rows, Number.NaN)
  }
}
