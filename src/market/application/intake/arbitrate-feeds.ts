import { grownF64, grownI32, grownRows } from "../../../kernel/instrument/instrument-table.ts"
import { bitOf } from "../../../kernel/tick/law.ts"
import { double, type FeedIndex, recordF64, recordI32, type TickSlab, word } from "../../../kernel/tick/tick-slab.ts"
import { hasVolume } from "../../domain/checks/law-checks.ts"
import { VolumeGrowth } from "../../domain/checks/volume-growth.ts"
import { ContentHash } from "../../domain/tick/tick-content.ts"
import { lateReason } from "./ledger.ts"
import { receivedMsOf } from "./tick-clock.ts"

/** Result for a tick that another feed delivered before: counted as a duplicate of the later feed. */
export const twinTick = -2

/** Prints that are remembered for each instrument, a power of two: 32 s at two ticks a second, much longer for most. */
const rememberedPrints = 64
/** After this many consecutive unmatched ticks of one feed behind the newest print, that print is wrong. */
export const healsAfter = 8

/** `deliveredBy` of a print that no arrival matches: one bit for each of eight feeds. */
const allFeeds = 0xff

const snapshotMark = bitOf("snapshot")
const timeFell = bitOf("time_fell")
const fallen = timeFell | bitOf("volume_fell")

/** Counts of one feed. `missed`: ticks that other feeds delivered and this one skipped. */
export interface ArbitrationCounts {
  readonly first: number
  readonly twins: number
  readonly late: number
  readonly missed: number
}

/**
 * Publishes the first arrival of each tick and drops its twins from other feeds.
 * For each instrument it keeps the last prints: their content (`ContentHash`), the feeds that delivered them, and the
 * last print that each feed has reached. A feed delivers in the exchange's sequence, so its next tick is the twin of
 * a print after the last one that it delivered, or of none. That sequence also distinguishes equal prints: each
 * matches one tick of each other feed.
 * A tick without a match is news unless it is older than the newest print. An older one was lost by the other feeds;
 * publishing it would turn the instrument's time back, so it is quarantined as `late`.
 * State is in typed arrays by instrument index; an arrival of a known instrument allocates nothing.
 */
export class FeedArbiter {
  private readonly feeds: number
  private readonly memory: number
  private readonly hash = new ContentHash()
  private readonly growth = new VolumeGrowth()
  private rows = 0
  /** Number of the newest print; 0 before the first. */
  private newest = new Int32Array(0)
  private timeMs = new Float64Array(0)
  private volume = new Int32Array(0)
  private day = new Int32Array(0)
  /** For each print: both halves of the hash, and one bit for each feed that has delivered it. */
  private low = new Int32Array(0)
  private high = new Int32Array(0)
  private deliveredBy = new Uint8Array(0)
  /** By instrument and feed: the last print that the feed has reached, and its consecutive late ticks. */
  private reached = new Int32Array(0)
  private lates = new Uint8Array(0)
  private readonly counted: Array<{ -readonly [Key in keyof ArbitrationCounts]: number }>

  /** `remembered`: prints for each instrument, a power of two. At most eight feeds: each has one bit of a byte. */
  constructor(feeds: number, remembered = rememberedPrints) {
    if (feeds < 1 || feeds > 8) throw new RangeError(`An arbiter takes 1 to 8 feeds, not ${feeds}.`)
    this.feeds = feeds
    this.memory = remembered
    this.counted = Array.from({ length: feeds }, () => ({ first: 0, twins: 0, late: 0, missed: 0 }))
  }

  counts(feed: FeedIndex): ArbitrationCounts {
    return { ...(this.counted[feed] as ArbitrationCounts) }
  }

  /** The days of snapshots were derived from a wrong clock. */
  forgetSnapshots(): void {
    this.growth.forgetSnapshots()
  }

  /**
   * Decides about the normalised record in `row`: 0 publish, and `publish` must follow; `twinTick`; or the index in
   * `quarantineReasons`. Does not remember a tick to be published: if a step between the two throws, the other feed's
   * arrival must not become a twin.
   */
  decide(slab: TickSlab, row: number, feed: FeedIndex): number {
    const words = row * recordI32
    const index = slab.u32[words + word.instrument] as number
    if (index >= this.rows) this.widen(index)
    const counts = this.counted[feed] as { -readonly [Key in keyof ArbitrationCounts]: number }
    const at = index * this.feeds + feed
    const newest = this.newest[index] as number
    const reached = this.reached[at] as number
    this.hash.read(slab, row)
    if (reached < newest) {
      const twin = this.twinOf(index, feed, reached, newest)
      if (twin > 0) {
        this.reach(at, index, feed, twin)
        this.lates[at] = 0
        counts.twins++
        return twinTick
      }
    }
    if (newest === 0) return 0
    const timeMs = slab.f64[row * recordF64 + double.exchangeTimeMs] as number
    const volume = slab.i32[words + word.volume] as number
    const day = slab.i32[words + word.tradingDay] as number
    const headMs = this.timeMs[index] as number
    if (!(timeMs < headMs || (this.day[index] === day && volume < (this.volume[index] as number)))) return 0
    const lacksVolume = volume === 0 && this.day[index] === day && (this.volume[index] as number) > 0
    if (lacksVolume || !this.heals(slab, row, at, timeMs > headMs, headMs)) {
      counts.late++
      return lateReason
    }
    slab.u32[words + word.verdict] = (slab.u32[words + word.verdict] as number) | timeFell
    return 0
  }

  /**
   * Remembers the tick for which `decide` has just returned 0, and writes its `last_volume`: the growth since the
   * instrument's last published tick, from any feed. No other `decide` may be called in between.
   */
  publish(slab: TickSlab, row: number, feed: FeedIndex): void {
    const words = row * recordI32
    const index = slab.u32[words + word.instrument] as number
    const at = index * this.feeds + feed
    const newest = this.newest[index] as number
    const timeMs = slab.f64[row * recordF64 + double.exchangeTimeMs] as number
    const volume = slab.i32[words + word.volume] as number
    const day = slab.i32[words + word.tradingDay] as number
    const isSnapshot = ((slab.u32[words + word.verdict] as number) & snapshotMark) !== 0
    // Equal in time and volume to a print that the feed has not reached: it is unknown which of the two is older.
    const isBeside =
      (this.reached[at] as number) < newest &&
      this.day[index] === day &&
      timeMs === this.timeMs[index] &&
      volume === this.volume[index]
    this.lates[at] = 0
    this.remember(index, feed, newest + 1)
    if (!isBeside) this.reach(at, index, feed, newest + 1)
    this.timeMs[index] = timeMs
    this.volume[index] = volume
    this.day[index] = day
    const tells = hasVolume(slab.f64, slab.i32, row * recordF64, words)
    slab.i32[words + word.lastVolume] = this.growth.grow(index, day, volume, isSnapshot, tells)
    const counts = this.counted[feed] as { -readonly [Key in keyof ArbitrationCounts]: number }
    counts.first++
  }

  /**
   * The tick in `row` was remembered and is not published after all. Another feed's arrival of it is then not a twin,
   * and is published unless a newer tick of the instrument was.
   */
  withdraw(slab: TickSlab, row: number): void {
    const index = slab.u32[row * recordI32 + word.instrument] as number
    if (index >= this.rows) return
    this.hash.read(slab, row)
    const { low, high } = this.hash
    const newest = this.newest[index] as number
    for (let number = newest; number > Math.max(0, newest - this.memory); number--) {
      const print = index * this.memory + (number & (this.memory - 1))
      if (this.low[print] !== low || this.high[print] !== high) continue
      this.deliveredBy[print] = allFeeds
      return
    }
  }

  /** Number of the oldest print after `reached` with the same content that the feed has not delivered; 0: none. */
  private twinOf(index: number, feed: FeedIndex, reached: number, newest: number): number {
    const { low, high } = this.hash
    const base = index * this.memory
    const bit = 1 << feed
    for (let number = Math.max(reached, newest - this.memory) + 1; number <= newest; number++) {
      const print = base + (number & (this.memory - 1))
      if (this.low[print] !== low || this.high[print] !== high) continue
      if (((this.deliveredBy[print] as number) & bit) === 0) return number
    }
    return 0
  }

  private remember(index: number, feed: FeedIndex, number: number): void {
    const print = index * this.memory + (number & (this.memory - 1))
    this.low[print] = this.hash.low
    this.high[print] = this.hash.high
    this.deliveredBy[print] = 1 << feed
    this.newest[index] = number
  }

  /** The feed has reached print `number`. It will not deliver the prints that it skipped. */
  private reach(at: number, index: number, feed: FeedIndex, number: number): void {
    const bit = 1 << feed
    const base = index * this.memory
    const from = this.reached[at] as number
    this.reached[at] = number
    if (number > from + 1) {
      // It is unknown which feeds delivered the forgotten prints. Before its first tick a feed missed nothing.
      const oldest = from === 0 ? number : Math.max(from + 1, (this.newest[index] as number) - this.memory + 1)
      for (let passed = oldest; passed < number; passed++) {
        const print = base + (passed & (this.memory - 1))
        if (((this.deliveredBy[print] as number) & bit) === 0) (this.counted[feed] as { missed: number }).missed++
      }
    }
    this.deliveredBy[base + (number & (this.memory - 1))] =
      (this.deliveredBy[base + (number & (this.memory - 1))] as number) | bit
  }

  /**
   * The newest print may itself be wrong, and must not block all other ticks. The feed's own laws show it with a
   * flag. Otherwise consecutive ticks do, when that print is in the future of their receipt, or has more volume than
   * a later time.
   * Neither holds for late ticks of a feed, however many. Volume 0 after a trade of the day is excluded by `decide`:
   * such a tick leaves its volume out.
   */
  private heals(slab: TickSlab, row: number, at: number, isLater: boolean, headMs: number): boolean {
    const flags = slab.u32[row * recordI32 + word.verdict] as number
    if ((flags & fallen) !== 0) return true
    if ((flags & snapshotMark) !== 0 || !(isLater || headMs > receivedMsOf(slab, row))) return false
    const lates = (this.lates[at] as number) + 1
    this.lates[at] = lates % healsAfter
    return lates === healsAfter
  }

  private widen(index: number): void {
    this.rows = grownRows(this.rows, index)
    const { rows, feeds, memory } = this
    this.newest = grownI32(this.newest, rows)
    this.timeMs = grownF64(this.timeMs, rows)
    this.volume = grownI32(this.volume, rows)
    this.day = grownI32(this.day, rows)
    this.low = grownI32(this.low, rows * memory)
    this.high = grownI32(this.high, rows * memory)
    this.reached = grownI32(this.reached, rows * feeds)
    const deliveredBy = new Uint8Array(rows * memory)
    deliveredBy.set(this.deliveredBy)
    this.deliveredBy = deliveredBy
    const lates = new Uint8Array(rows * feeds)
    lates.set(this.lates)
    this.lates = lates
  }
}
