import type { PhaseSource } from "../../../kernel/calendar/trading-phase.ts"
import { closingAuctionMs, WatchWindows } from "../../../kernel/calendar/watch-windows.ts"
import type { InstrumentDirectory } from "../../../kernel/instrument/instrument-directory.ts"
import { grownF64, grownI32, grownRows } from "../../../kernel/instrument/instrument-table.ts"
import { TickRhythm } from "../../domain/silence/tick-rhythm.ts"
import type { Subscriptions } from "../subscriptions/subscriptions.ts"

/** No instrument is stalled before this: a contract with two ticks a second may skip two snapshots. */
const instrumentLeastMs = 1500
/** No feed is silent before this: checked ten times a second, silence is reported within 1.5 s. */
const feedLeastMs = 1200
/** A feed with shorter gaps has a regular rhythm. One with longer gaps is checked like an instrument. */
const sparseMs = 600
/** Ticks of the other feed since ours fell silent that prove that the market trades. */
const otherTicksMin = 3
/** With proof by the other feed, silence needs no rhythm of its own: fronts differ by about 100 ms, not by a second. */
const provenLeastMs = 1000
/** The same for a feed without a tick since its login: the front may still process the subscriptions. */
const firstTickMs = 5000
const feedRow = 0
/** An instrument with at least one tick a second is liquid: its consumers miss a lost second. */
const liquidMs = 1000
/** A check that comes this long after the previous one is late, milliseconds. */
const lateMs = 400
/** Checks that are further apart, or go back in time: the host's clock was set, or the process was suspended. */
const steppedMs = 60_000

/** An instrument that should tick and does not. `limitMs`: the longest silence that is normal for it. */
export interface StalledInstrument {
  readonly instrumentId: string
  readonly quietMs: number
  readonly limitMs: number
  /** The evidence: its own rhythm, or ticks on the other feed. */
  readonly evidence: "rhythm" | "other_feed"
}

/** Result of one check of a feed. */
export interface StalenessView {
  /** Logged in. Without a session nothing is reported; the session itself is repaired. */
  readonly up: boolean
  /** Acknowledged instruments with expected ticks now, and those with a tick in this session. */
  readonly watched: number
  readonly ticking: number
  /** Rows of the subscription table. */
  readonly stalled: ReadonlyArray<number>
  /** Time that the whole feed has been silent beyond its rhythm, milliseconds; 0: not silent. */
  readonly silentMs: number
  /** Delay of the ticks behind the exchange, milliseconds; 0: in time. A late feed is neither stalled nor silent. */
  readonly lateMs: number
}

const nothing: StalenessView = { up: false, watched: 0, ticking: 0, stalled: [], silentMs: 0, lateMs: 0 }

/**
 * Detects which subscribed instruments of a feed should tick and do not, and whether the whole feed is silent. Uses
 * trading hours, breaks and auctions, each instrument's own rhythm and the other feed's ticks. All work is done in
 * `look`, over columns of numbers; a tick costs nothing.
 */
export class Staleness {
  private readonly subscriptions: Subscriptions
  private readonly directory: InstrumentDirectory
  private readonly other: Subscriptions | undefined
  private readonly windows: WatchWindows
  private readonly isRead: () => boolean
  private lookedMs = Number.NaN
  /** When the clock was last set: ticks before it do not count as heard, and no gap extends over it. */
  private steppedAtMs = Number.NEGATIVE_INFINITY
  private readonly rhythm = new TickRhythm()
  private readonly feedRhythm = new TickRhythm()
  private seenCounts = new Int32Array(0)
  private seenMs = new Float64Array(0)
  /** The other feed's counts, by instrument and in total, when our silence began, and when they were read. */
  private otherCounts = new Int32Array(0)
  private otherSinceMs = new Float64Array(0)
  private otherTotal = 0
  private wasOpen = new Int32Array(0)
  private feedTotal = 0
  private feedMs = Number.NaN
  private feedSinceMs = Number.NaN
  private wasUp = false
  private view: StalenessView = nothing

  constructor(options: {
    readonly subscriptions: Subscriptions
    readonly directory: InstrumentDirectory
    readonly hours: PhaseSource
    /** The ring is read to its end: ticks that wait in it are not silence. */
    readonly isRead: () => boolean
    /** The same instruments on another feed. Omit with a single feed. */
    readonly other?: Subscriptions
  }) {
    this.subscriptions = options.subscriptions
    this.directory = options.directory
    this.other = options.other
    this.isRead = options.isRead
    this.windows = new WatchWindows(options.hours, (index) => closingAuctionMs(options.directory.at(index)?.exchange))
  }

  /** Result of the last check. */
  last(): StalenessView {
    return this.view
  }

  /** Checks every instrument. Call it about ten times a second. */
  look(nowMs: number): StalenessView {
    const up = this.subscriptions.isLoggedIn()
    if (up && !this.wasUp) this.begin(nowMs)
    this.wasUp = up
    this.view = up ? this.walk(nowMs) : nothing
    return this.view
  }

  /** Ticks of the instrument are expected now, by the last check. */
  isWatched(row: number): boolean {
    const index = this.subscriptions.table.indexOf(row)
    return index >= 0 && this.wasOpen[index] === 1
  }

  /**
   * Wanted instruments that are liquid by their rhythm of this run and whose market is open now, whether the feed is
   * logged in or not. Walks all of them: for a question that is rare.
   */
  liquidNow(nowMs: number): number {
    const { table } = this.subscriptions
    let count = 0
    for (let row = 0; row < table.size; row++) {
      const index = table.indexOf(row)
      if (index < 0 || !table.isWanted(row) || !(this.rhythm.meanMs(index) <= liquidMs)) continue
      if (this.windows.isOpen(index, nowMs)) count++
    }
    return count
  }

  /** Describes a stalled instrument for an operator. Too slow for a loop. */
  describe(row: number, nowMs: number): StalledInstrument {
    const { table } = this.subscriptions
    const index = table.indexOf(row)
    const quietMs = this.quietMs(row, index, nowMs)
    const limitMs = Math.max(instrumentLeastMs, this.rhythm.limitMs(index))
    const evidence = quietMs >= limitMs ? "rhythm" : "other_feed"
    return { instrumentId: table.idOf(row), quietMs, limitMs, evidence }
  }

  private begin(nowMs: number): void {
    this.feedTotal = this.subscriptions.table.arrivals.total
    this.restart(nowMs)
  }

  private restart(nowMs: number): void {
    this.feedMs = Number.NaN
    this.feedSinceMs = nowMs
    this.otherTotal = this.other?.table.arrivals.total ?? 0
  }

  private walk(nowMs: number): StalenessView {
    const { table } = this.subscriptions
    const { arrivals } = table
    table.link()
    if (this.seenCounts.length < this.directory.size) this.grow(this.directory.size)
    // After a stall of the event loop, ticks wait to be read: this check only learns.
    const behindMs = arrivals.lateness.at(nowMs)
    // The same for a feed with a backlog: its ticks arrive late, and each repair would queue behind them.
    const fair = nowMs - this.lookedMs < lateMs && this.isRead() && behindMs === 0
    const apartMs = nowMs - this.lookedMs
    if (apartMs > steppedMs || apartMs < 0) {
      this.steppedAtMs = nowMs
      this.restart(nowMs)
    }
    this.lookedMs = nowMs
    const stalled: Array<number> = []
    let watched = 0
    let ticking = 0
    let opened = false
    const rows = table.size
    for (let row = 0; row < rows; row++) {
      if (!table.isAcknowledged(row)) continue
      const index = table.indexOf(row)
      if (index < 0 || (index >= arrivals.counts.length && this.other === undefined)) continue
      if ((arrivals.firstMs[index] ?? Number.NaN) > 0) ticking++
      const open = this.windows.isOpen(index, nowMs)
      const isOpen = open ? 1 : 0
      if (this.wasOpen[index] !== isOpen) {
        this.wasOpen[index] = isOpen
        opened = true
      }
      const count = arrivals.counts[index] ?? 0
      if (count !== this.seenCounts[index]) this.arrived(row, index, count, open, nowMs)
      else if (open && fair && !(nowMs - (arrivals.lastMs[index] ?? Number.NaN) < instrumentLeastMs)) {
        if (this.isStalled(row, index, nowMs)) stalled.push(row)
      }
      if (open) watched++
    }
    // A different market than before: its rhythm has to be learnt again.
    if (opened) {
      this.feedRhythm.reset(feedRow)
      this.restart(nowMs)
    }
    const silentMs = this.feedSilence(nowMs, fair ? watched : 0)
    return { up: true, watched, ticking, stalled, silentMs, lateMs: watched > 0 ? behindMs : 0 }
  }

  private arrived(row: number, index: number, count: number, open: boolean, nowMs: number): void {
    const { table } = this.subscriptions
    const lastMs = table.arrivals.lastMs[index] as number
    const beforeMs = this.seenMs[index] as number
    // Only gaps within one section and one session belong to the rhythm, not breaks, outages and repairs.
    const fromMs = Math.max(this.windows.openSince(index), table.answeredAt(row), this.steppedAtMs)
    if (open && beforeMs >= fromMs && beforeMs <= lastMs) {
      this.rhythm.observe(index, lastMs - beforeMs, count - (this.seenCounts[index] as number), nowMs)
    }
    this.seenCounts[index] = count
    this.seenMs[index] = lastMs
    this.lookAcross(index, nowMs)
  }

  /** From here on the other feed's ticks are counted against our silence. */
  private lookAcross(index: number, nowMs: number): void {
    if (this.other === undefined) return
    this.otherCounts[index] = this.other.table.arrivals.counts[index] ?? 0
    this.otherSinceMs[index] = nowMs
  }

  private quietMs(row: number, index: number, nowMs: number): number {
    const { table } = this.subscriptions
    const lastMs = table.arrivals.lastMs[index] ?? Number.NaN
    const agreedMs = table.agreedAt(row)
    const openMs = Math.max(this.windows.openSince(index), this.steppedAtMs)
    // After the clock was set back, recorded answers and ticks are in the future.
    const sinceMs = agreedMs > openMs && !(agreedMs > nowMs) ? agreedMs : openMs
    return nowMs - (lastMs > sinceMs && lastMs <= nowMs + lateMs ? lastMs : sinceMs)
  }

  private isStalled(row: number, index: number, nowMs: number): boolean {
    const quietMs = this.quietMs(row, index, nowMs)
    const { other } = this
    // The market opened, or the front acknowledged: the other feed's earlier ticks prove nothing.
    if (other !== undefined && !((this.otherSinceMs[index] as number) >= nowMs - quietMs)) this.lookAcross(index, nowMs)
    if (!(quietMs >= instrumentLeastMs)) return false
    if (other?.isLoggedIn() === true) {
      const ticks = (other.table.arrivals.counts[index] ?? 0) - (this.otherCounts[index] as number)
      if (ticks >= otherTicksMin) return true
      // Both feeds are silent: either the market is, or the check of the whole feed will report it. An instrument
      // that never ticked on the other feed may not be subscribed there, and proves nothing.
      if (ticks === 0 && (other.table.arrivals.firstMs[index] ?? Number.NaN) > 0) return false
    }
    return quietMs >= this.rhythm.limitMs(index)
  }

  private feedSilence(nowMs: number, watched: number): number {
    const { total, newestMs } = this.subscriptions.table.arrivals
    if (total !== this.feedTotal) {
      if (this.feedMs >= this.feedSinceMs) this.feedRhythm.observe(feedRow, newestMs - this.feedMs, 1, nowMs)
      this.feedTotal = total
      this.feedMs = newestMs
      this.otherTotal = this.other?.table.arrivals.total ?? 0
      return 0
    }
    if (watched === 0) return 0
    const { feedMs, feedRhythm } = this
    const hasTicked = !Number.isNaN(feedMs)
    const quietMs = nowMs - (hasTicked ? Math.max(feedMs, this.feedSinceMs) : this.feedSinceMs)
    const otherTicks = this.other?.isLoggedIn() === true ? this.other.table.arrivals.total - this.otherTotal : 0
    if (otherTicks >= otherTicksMin && quietMs >= (hasTicked ? provenLeastMs : firstTickMs)) return quietMs
    if (hasTicked) {
      const rhythmMs = feedRhythm.limitMs(feedRow)
      const dense = Number.isFinite(rhythmMs) && feedRhythm.longestMs(feedRow) < sparseMs
      if (quietMs >= (dense ? feedLeastMs : Math.max(feedLeastMs, rhythmMs))) return quietMs
    }
    const restMs = nowMs - (Number.isNaN(newestMs) ? this.feedSinceMs : newestMs)
    return restMs >= feedLeastMs ? this.silenceByOne(nowMs, restMs) : 0
  }

  /**
   * A feed ticks at least as often as its most frequent instrument, whose rhythm stays known over a break. So a feed
   * that is silent from the opening on is reported before the new market's rhythm is known.
   */
  private silenceByOne(nowMs: number, quietMs: number): number {
    const { table } = this.subscriptions
    let longestMs = 0
    for (let row = 0; row < table.size; row++) {
      const index = table.indexOf(row)
      if (index < 0 || this.wasOpen[index] !== 1 || !table.isAcknowledged(row)) continue
      const known = Number.isFinite(this.rhythm.limitMs(index)) && this.rhythm.longestMs(index) < sparseMs
      if (known) longestMs = Math.max(longestMs, nowMs - Math.max(this.windows.openSince(index), table.agreedAt(row)))
    }
    const silentMs = Math.min(quietMs, longestMs)
    return silentMs >= feedLeastMs ? silentMs : 0
  }

  private grow(size: number): void {
    const rows = grownRows(this.seenCounts.length, size)
    this.seenCounts = grownI32(this.seenCounts, rows)
    this.otherCounts = grownI32(this.otherCounts, rows)
    this.otherSinceMs = grownF64(this.otherSinceMs, rows, Number.NaN)
    this.wasOpen = grownI32(this.wasOpen, rows)
    this.seenMs = grownF64(this.seenMs, rows, Number.NaN)
  }
}
