import { grownF64, grownI32, grownRows } from "../../../kernel/instrument/instrument-table.ts"
import { FeedLateness } from "../silence/feed-lateness.ts"
import { quarantineReasons } from "./ledger.ts"

/** So many ticks in a row that are set aside: an instrument that ticked before gives nothing any more. */
const asideRun = 20

/** Ids that no index stands for are kept by name up to so many: a session has no more instruments. */
const namesMax = 25_000

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
  /** How far the ticks arrive behind the exchanges. */
  readonly lateness = new FeedLateness()
  private rows = 0
  /** Set aside: how many since the last new tick, the count of new ticks then, and why. */
  private asides = new Int32Array(0)
  private asideAfter = new Int32Array(0)
  private asideReason = new Int32Array(0)
  private readonly unnamed = new Map<string, { ticks: number; reason: number }>()

  /** A new session: what ticked in the former one says nothing. */
  begin(): void {
    this.firstMs.fill(Number.NaN)
    this.asides.fill(0)
    this.unnamed.clear()
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

  /** A tick was set aside: nothing of the instrument reached a consumer. `index` -1: it is known by the id only. */
  setAside(index: number, id: string | undefined, reason: number): void {
    if (index < 0) {
      if (id === undefined) return
      const known = this.unnamed.get(id)
      if (known !== undefined) {
        known.ticks++
        known.reason = reason
      } else if (this.unnamed.size < namesMax) this.unnamed.set(id, { ticks: 1, reason })
      return
    }
    if (index >= this.rows) this.grow(index)
    const after = this.counts[index] as number
    this.asides[index] = this.asideAfter[index] === after ? (this.asides[index] as number) + 1 : 1
    this.asideAfter[index] = after
    this.asideReason[index] = reason
  }

  /**
   * Nothing of the instrument reaches a consumer although ticks come: how many were set aside since the last sound one, and why
   * the last was. One that ticks in this session may have some bad ones. `index` -1: the id names it.
   */
  lostOf(
    index: number,
    id: string,
    isTicking: boolean
  ): { readonly ticks: number; readonly reason: string } | undefined {
    const isRun = index >= 0 && this.asideAfter[index] === this.counts[index]
    const unnamed = index < 0 ? this.unnamed.get(id) : undefined
    const ticks = unnamed?.ticks ?? (isRun ? (this.asides[index] as number) : 0)
    if (ticks < (isTicking ? asideRun : 1)) return undefined
    return { ticks, reason: quarantineReasons[unnamed?.reason ?? (this.asideReason[index] as number)] ?? "unknown" }
  }

  private grow(index: number): void {
    this.rows = grownRows(this.rows, index)
    this.counts = grownI32(this.counts, this.rows)
    this.lastMs = grownF64(this.lastMs, this.rows, Number.NaN)
    this.firstMs = grownF64(this.firstMs, this.rows, Number.NaN)
    this.asides = grownI32(this.asides, this.rows)
    this.asideAfter = grownI32(this.asideAfter, this.rows)
    this.asideReason = grownI32(this.asideReason, this.rows)
  }
}
