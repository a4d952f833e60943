import { grownF64, grownI32, grownRows } from "../../../kernel/instrument/instrument-table.ts"
import type { VolumeGrowth } from "../../domain/checks/volume-growth.ts"
import { FeedLateness } from "../silence/feed-lateness.ts"
import { quarantineReasons } from "./ledger.ts"

/** After this many consecutive quarantined ticks, an instrument counts as lost to consumers. */
const asideRun = 20

/** Names that are kept for ids without an index, at most this many: no session has more instruments. */
const namesMax = 25_000

/**
 * Records which instruments of a feed tick, by daemon-wide index, while ticks are read: two stores for each tick, no
 * object. Times are receive times, epoch milliseconds; ticks of a batch share the time of the newest.
 */
export class TickArrivals {
  /** New ticks during this run of the daemon. Repeated ticks and stale snapshots are not counted. */
  counts = new Int32Array(0)
  /** Time of the last new tick; NaN before the first. */
  lastMs = new Float64Array(0)
  /** Time of the first tick of the present session, including repeated ticks and snapshots; NaN before it. */
  firstMs = new Float64Array(0)
  /** New ticks of the whole feed, and the time of the last. */
  total = 0
  newestMs = Number.NaN
  /** Delay of the ticks behind the exchange. */
  readonly lateness = new FeedLateness()
  /** Volumes of the ticks, kept where they are normalised; undefined: no line of the feed was built yet. */
  volumes: Pick<VolumeGrowth, "largestOf"> | undefined
  private rows = 0
  /** Quarantined: number since the last new tick, the count of new ticks then, and the reason. */
  private asides = new Int32Array(0)
  private asideAfter = new Int32Array(0)
  private asideReason = new Int32Array(0)
  private readonly unnamed = new Map<string, { ticks: number; reason: number }>()

  /** A new session: ticks of the previous one prove nothing. */
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

  /** A tick without news: it proves that the subscription works. `index` -1: the instrument is not known. */
  repeated(index: number, receivedMs: number): void {
    if (index < 0) return
    if (index >= this.rows) this.grow(index)
    if (Number.isNaN(this.firstMs[index] as number)) this.firstMs[index] = receivedMs
  }

  /** A tick was quarantined and reached no consumer. `index` -1: the instrument is known by its id only. */
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
   * Ticks arrive and none reaches a consumer: how many were quarantined since the last valid one, and the last
   * reason. An instrument that ticks in this session may have a few bad ticks. `index` -1: use the id.
   */
  lostOf(
    index: number,
    id: string,
    isTicking: boolean
  ): { readonly ticks: number; readonly reason: string } | undefined {
    // Another feed may know an instrument of which nothing has arrived here: then it has no row.
    const isRun = index >= 0 && index < this.rows && this.asideAfter[index] === this.counts[index]
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
