import type { MarketPhase } from "../../../kernel/calendar/market-phase.ts"
import type { Gap, GapCause } from "../../../kernel/tick/gap.ts"
import type { KeptInStore } from "../intake/ledger.ts"
import { LiquidGaps } from "./liquid-gaps.ts"
import { OverflowGaps, type OverflowRun, openGap } from "./overflow-gaps.ts"

/** Ticks that the ring reader still had to read when the broker came back count as lost to its outage. */
const backlogMs = 10_000

/** Gaps that a certificate may list. The oldest are removed. */
const reportedMax = 1000

/** Causes that another feed of this daemon cannot cover. */
const neverCovered = ["queue_overflow", "store_lost", "daemon_down", "superseded"] satisfies ReadonlyArray<GapCause>

const isCoverable = ({ cause, id }: Gap): boolean =>
  !(neverCovered as ReadonlyArray<GapCause>).includes(cause) && !id.endsWith("-stop")

/** Lost with the store, or counted when they were dropped. */
const countedApart: ReadonlySet<GapCause> = new Set(["store_lost", "queue_overflow", "superseded"])

/** Phases in which a front sends ticks. A session that is down in any other phase misses nothing. */
export const sendsIn = (phase: MarketPhase): boolean => phase === "trading" || phase === "auction"

/**
 * Reports the gaps of one feed: opened as soon as one is known, closed when ticks arrive again. Nothing here runs for
 * each tick; `ticksArrived` is called for each batch.
 */
export class GapRecorder {
  /** Ticks that were reported as lost, except those of a lost store. */
  counted = 0
  /** Arrival of this run's first tick; NaN: none yet. */
  firstTickMs = Number.NaN
  /** Reported gaps of this run, by cause. */
  readonly reportedBy = new Map<GapCause, number>()
  readonly feed: string
  /** Time since which the session is up; NaN: it is down. */
  upSinceMs = Number.NaN
  private readonly emit: (gap: Gap) => void
  private readonly isLiquidNow: () => boolean
  private readonly open = new Map<GapCause, Gap>()
  /** Gaps that began in this run, closed ones included. A certificate lists them. */
  private readonly reported: Array<Gap> = []
  private readonly closedMs = new Map<GapCause, number>()
  private lastTickMs = Number.NaN
  private outageFromMs = Number.POSITIVE_INFINITY
  private outageToMs = Number.NEGATIVE_INFINITY
  private everStreamed = false
  private readonly overflows: OverflowGaps
  private readonly liquid = new LiquidGaps()
  private readonly gapOf = (id: string) => this.reported.find((gap) => gap.id === id)
  private isDown = false
  /** Last check at which no ticks were expected, and last one without silence: nothing is missing before them. */
  private shutMs = Number.NEGATIVE_INFINITY
  private heardMs = Number.NEGATIVE_INFINITY
  private droppedSeen = 0
  private hasEnded = false

  /** `isLiquidNow`: liquid instruments trade now; asked once for each gap. */
  constructor(feed: string, emit: (gap: Gap) => void, isLiquidNow: () => boolean = () => false) {
    this.feed = feed
    this.emit = emit
    this.isLiquidNow = isLiquidNow
    this.overflows = new OverflowGaps(feed, (gap) => this.tell(gap))
  }

  /** Ticks `first .. last` were never read from the ring: it was full. Times are those of the ticks around them. */
  hole(first: number, last: number, fromMs: number, toMs: number): void {
    const byBroker = fromMs <= this.outageToMs + backlogMs && toMs >= this.outageFromMs
    this.tell({
      // Sequence numbers start again in each run, and the records of all runs are in one stream.
      id: `${this.feed}-${first}-${Math.floor(fromMs)}`,
      feed: this.feed,
      instrument: undefined,
      cause: byBroker ? "broker_outage" : "ring_overrun",
      state: "closed",
      fromMs,
      toMs,
      count: last - first + 1,
      seqs: [first, last]
    })
  }

  /**
   * `count` ticks with numbers in `first .. last` were dropped for lack of space; others in that range may be stored.
   * `fromMs`, `toMs`: receive times of the first and the last; `earlier`: of a previous run, which has counted them;
   * `superseded`: dropped because another writer used the stream.
   * One gap stays open while drops continue. It is reported when it opens, once a second by `look`, and when it
   * closes.
   */
  overflow(first: number, last: number, count: number, fromMs: number, toMs: number, run: OverflowRun = "own"): void {
    if (this.hasEnded) return
    // Counted at once: the growing record is reported again and again, and a stop may not wait for its end.
    if (run !== "earlier") this.counted += count
    this.overflows.add(first, last, count, fromMs, toMs, run)
  }

  /** Ends a running overflow: no more ticks are dropped, or the daemon stops. */
  closeOverflow(): void {
    this.overflows.close()
  }

  /** `count` ticks between `first` and `last` were dropped at a stop. */
  lostAtStop(count: number, first: number, last: number, nowMs: number): void {
    if (count <= 0) return
    const fromMs = Number.isNaN(this.lastTickMs) ? nowMs : Math.min(this.outageFromMs, this.lastTickMs)
    const id = `${this.feed}-${first}-${Math.floor(fromMs)}-stop`
    const gap = this.begun("broker_outage", fromMs)
    this.tell({ ...gap, id, state: "closed", toMs: Math.max(nowMs, fromMs), count, seqs: [first, last] }, true)
  }

  /**
   * The stream's store, or its end, is lost with `count` of the ticks that it `had` acknowledged; undefined: unknown
   * number.
   */
  storeLost(had: KeptInStore, count: number | undefined, nowMs: number): void {
    const gap: Gap = {
      ...this.begun("store_lost", had.firstMs),
      id: `${this.feed}-store_lost-${Math.floor(nowMs)}`,
      state: "closed",
      toMs: had.lastMs,
      count,
      // When only the end of a store is lost, its last kept tick is unknown.
      seqs: count === had.count ? [had.firstSeq, had.lastSeq] : undefined
    }
    // Also after `end`: the store may be lost while a stop drains.
    this.tell(gap, true)
  }

  /**
   * Spooled ticks `first .. last` of a previous run are not sent, because another writer used the stream since and
   * may have stored them.
   */
  superseded(first: number, last: number, fromMs: number, toMs: number): void {
    const id = `${this.feed}-superseded-${first}-${Math.floor(fromMs)}`
    this.tell({ ...this.begun("superseded", fromMs), id, state: "closed", toMs, seqs: [first, last] })
  }

  /** A batch arrived, its last tick at `receivedMs`: silence and session loss have ended. */
  ticksArrived(receivedMs: number): void {
    this.lastTickMs = receivedMs
    if (this.open.size > 0) {
      this.close("session_down", receivedMs)
      this.close("feed_silent", receivedMs)
    }
  }

  /** The session's state changed. Nothing is missing while the market is closed or the session rests. */
  session(state: string, nowMs: number, phase: MarketPhase = "trading"): void {
    const isUp = state === "streaming" || state === "degraded"
    const isOver = state === "resting" || state === "draining" || state === "stopped"
    if (!isUp) this.upSinceMs = Number.NaN
    else if (Number.isNaN(this.upSinceMs)) this.upSinceMs = nowMs
    if (isUp && !this.everStreamed) {
      this.everStreamed = true
      this.heardMs = nowMs
    }
    this.isDown = this.everStreamed && !isUp && !isOver
    if (isOver) this.close("session_down", nowMs)
    else if (this.isDown && sendsIn(phase)) this.begin("session_down", this.sinceMs(nowMs))
  }

  broker(link: "up" | "down", nowMs: number): void {
    if (link === "down" && this.outageToMs !== Number.POSITIVE_INFINITY) {
      this.outageFromMs = nowMs
      this.outageToMs = Number.POSITIVE_INFINITY
    } else if (link === "up" && this.outageToMs === Number.POSITIVE_INFINITY) this.outageToMs = nowMs
  }

  /** For a cold pair: no session listened between the other feed's last tick and this feed's first. */
  tookOver(fromMs: number, toMs: number): void {
    if (toMs <= fromMs) return
    this.tell({ ...this.begun("session_down", fromMs), state: "closed", toMs })
  }

  /**
   * Periodic: reports a running overflow or ends it, detects silence, and detects a session that is still down when
   * the market opens. `quietMs` 0: silence is never a fault; `unread`: ticks wait to be read, so the feed is not
   * silent.
   */
  look(nowMs: number, quietMs: number, phase: MarketPhase, unread = 0, dropped = 0): void {
    this.overflows.look(nowMs)
    this.liquid.look(nowMs, this.gapOf)
    if (!sendsIn(phase)) {
      this.shutMs = nowMs
      this.close("session_down", nowMs)
    } else if (this.isDown && unread === 0) this.begin("session_down", this.sinceMs(nowMs))
    if (phase !== "trading") this.close("feed_silent", nowMs)
    // The first tick after a break arrives after it, so silence is measured from the opening.
    // Ticks that the ring dropped are not silence either.
    if (phase !== "trading" || dropped !== this.droppedSeen) this.heardMs = nowMs
    this.droppedSeen = dropped
    if (quietMs === 0 || unread > 0 || !this.everStreamed || this.open.has("session_down")) return
    const fromMs = Number.isNaN(this.lastTickMs) ? this.heardMs : Math.max(this.lastTickMs, this.heardMs)
    if (nowMs - fromMs > quietMs) this.begin("feed_silent", fromMs)
  }

  /** The session counts are closed: from now on only drops of a stop are reported. */
  end(): void {
    this.hasEnded = true
  }

  /** Gaps that overlap a time range. */
  between(fromMs: number, toMs: number): ReadonlyArray<Gap> {
    return this.reported.filter((gap) => gap.fromMs <= toMs && (gap.toMs ?? Number.POSITIVE_INFINITY) >= fromMs)
  }

  /**
   * The session was up and nothing is missing from `fromMs` to `toMs` (undefined: now), with ticks at `heardMs` or
   * later.
   */
  stoodThrough(fromMs: number, toMs: number | undefined, heardMs: number): boolean {
    if (!(this.upSinceMs <= fromMs && this.lastTickMs >= heardMs)) return false
    return this.between(fromMs, toMs ?? Number.POSITIVE_INFINITY).length === 0
  }

  /** Gaps that began while liquid instruments traded and that no other feed covered, by cause. */
  get liquidBy(): ReadonlyMap<GapCause, number> {
    return this.liquid.countedBy
  }

  /** Gaps that another feed may have covered: open, or ended after `sinceMs`. */
  coverable(sinceMs: number): ReadonlyArray<Gap> {
    return this.reported.filter((gap) => (gap.toMs ?? Number.POSITIVE_INFINITY) >= sinceMs && isCoverable(gap))
  }

  /** Reports `gap` again, because its cover changed to `by`. */
  cover(gap: Gap, by: string | undefined): void {
    const at = this.reported.indexOf(gap)
    if (this.hasEnded || at < 0) return
    const reported = { ...gap, coveredBy: by }
    this.reported[at] = reported
    if (this.open.get(gap.cause) === gap) this.open.set(gap.cause, reported)
    this.emit(reported)
  }

  private sinceMs(nowMs: number): number {
    return Number.isNaN(this.lastTickMs) ? nowMs : Math.max(this.lastTickMs, this.shutMs)
  }

  private begun(cause: GapCause, fromMs: number): Gap {
    return openGap(this.feed, cause, fromMs)
  }

  private begin(cause: GapCause, fromMs: number): void {
    if (this.open.has(cause)) return
    // A gap that was closed and continues, for example after a restart of the session's children, becomes a new gap.
    const gap = this.begun(cause, Math.max(fromMs, this.closedMs.get(cause) ?? fromMs))
    this.open.set(cause, gap)
    this.tell(gap)
  }

  private close(cause: GapCause, toMs: number): void {
    const gap = this.open.get(cause)
    if (gap === undefined) return
    this.open.delete(cause)
    // At least one millisecond: two gaps with one begin would have the same id.
    const endMs = Math.max(gap.fromMs + 1, toMs)
    this.closedMs.set(cause, endMs)
    this.tell({ ...gap, state: "closed", toMs: endMs })
  }

  /** Reports a gap and keeps it for the certificates, also one that another part found. */
  tell(gap: Gap, afterEnd = false): void {
    if (this.hasEnded && !afterEnd) return
    const at = this.reported.findIndex(({ id }) => id === gap.id)
    if (at < 0) {
      this.reportedBy.set(gap.cause, (this.reportedBy.get(gap.cause) ?? 0) + 1)
      if (this.isLiquidNow()) this.liquid.began(gap, isCoverable(gap))
    }
    if (at >= 0) this.reported[at] = gap
    else this.reported.push(gap)
    if (this.reported.length > reportedMax) this.reported.shift()
    const isCounted = !countedApart.has(gap.cause) && gap.state === "closed"
    if (isCounted) this.counted += gap.count ?? 0
    this.emit(gap)
  }
}
