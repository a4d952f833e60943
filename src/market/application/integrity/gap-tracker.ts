import type { MarketPhase } from "../../../kernel/calendar/market-phase.ts"
import type { Gap, GapCause } from "../../../kernel/tick/gap.ts"
import type { KeptInStore } from "../intake/ledger.ts"

/** What the ring reader still had to read when the broker came back counts as lost to its outage. */
const backlogMs = 10_000

/** How often an overflow that goes on is told anew, milliseconds; so long without a lost tick, it is over. */
const overflowEveryMs = 1000
/** Gaps that a certificate may list; the oldest give way. */
const toldMax = 1000

/** Whose ticks are given up: this run's, an earlier one's, or this run's that another writer has stored. */
type Overflow = "own" | "earlier" | "superseded"

/** What another feed of this daemon cannot have stood through, or does not know of. */
const neverCovered = ["queue_overflow", "store_lost", "daemon_down", "superseded"] satisfies ReadonlyArray<GapCause>

/** Lost with the store, or counted as they were given up. */
const countedApart: ReadonlySet<GapCause> = new Set(["store_lost", "queue_overflow", "superseded"])

/** Phases in which a front sends: a session that is down in any other misses nothing. */
export const sendsIn = (phase: MarketPhase): boolean => phase === "trading" || phase === "auction"

/**
 * Tells the gaps of one feed: opened as soon as one is known, closed when ticks come again. Nothing here runs a tick;
 * `ticksArrived` is called once a batch.
 */
export class GapTracker {
  /** Ticks that records have told as lost, those of a lost store apart. */
  counted = 0
  /** When the first tick of this run came; NaN: none has. */
  firstTickMs = Number.NaN
  /** Gaps told in this run, by cause. */
  readonly toldBy = new Map<GapCause, number>()
  readonly feed: string
  /** Since when the session has been up; NaN: it is not. */
  upSinceMs = Number.NaN
  private readonly emit: (gap: Gap) => void
  private readonly open = new Map<GapCause, Gap>()
  /** Gaps that began in this run, closed ones included: what a certificate lists. */
  private readonly told: Array<Gap> = []
  private readonly closedMs = new Map<GapCause, number>()
  private lastTickMs = Number.NaN
  private outageFromMs = Number.POSITIVE_INFINITY
  private outageToMs = Number.NEGATIVE_INFINITY
  private everStreamed = false
  /** Overflows that go on: of this run, and of an earlier one, whose numbers are others. */
  private readonly overflowing = new Map<Overflow, Gap>()
  private readonly overflowNews = new Set<Overflow>()
  private overflowLookMs = Number.NEGATIVE_INFINITY
  private isDown = false
  /** Last look at which the front had no reason to send, and at which silence was none: nothing is missing before them. */
  private shutMs = Number.NEGATIVE_INFINITY
  private heardMs = Number.NEGATIVE_INFINITY
  private droppedSeen = 0
  private hasEnded = false

  constructor(feed: string, emit: (gap: Gap) => void) {
    this.feed = feed
    this.emit = emit
  }

  /** Ticks `first .. last` never came out of the ring: it was full. Times are those of the ticks around them. */
  hole(first: number, last: number, fromMs: number, toMs: number): void {
    const byBroker = fromMs <= this.outageToMs + backlogMs && toMs >= this.outageFromMs
    this.tell({
      // The numbers of each run begin anew, and the records of all runs lie in one stream.
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
   * `count` ticks with numbers in `first .. last` were given up for want of room; others in that range may be stored.
   * `fromMs`, `toMs`: when the first and the last of them came; `earlier`: to a former run, whose integrity has them;
   * `superseded`: not for want of room, but because another writer had the stream. One gap stays open as long as such news come; it is told when it opens, by `look` once a second with what it has so far, and
   * when it closes.
   */
  overflow(first: number, last: number, count: number, fromMs: number, toMs: number, run: Overflow = "own"): void {
    if (this.hasEnded) return
    // Several earlier runs may have left ticks, and the numbers of each begin anew.
    if (run === "earlier" && first <= (this.overflowing.get(run)?.seqs?.[1] ?? 0)) this.endOverflow(run)
    const gap = this.overflowing.get(run)
    this.overflowNews.add(run)
    this.overflowing.set(run, {
      // No tick is given up twice, so no two gaps of a run begin with the same number.
      ...(gap ?? {
        ...this.begun(run === "superseded" ? run : "queue_overflow", fromMs),
        id: `${this.feed}-${run === "superseded" ? run : "queue_overflow"}-${first}-${Math.floor(fromMs)}`
      }),
      fromMs: Math.min(gap?.fromMs ?? fromMs, fromMs),
      toMs: Math.max(gap?.toMs ?? toMs, toMs),
      count: (gap?.count ?? 0) + count,
      seqs: [Math.min(gap?.seqs?.[0] ?? first, first), Math.max(gap?.seqs?.[1] ?? last, last)]
    })
    // Counted as they come: the record that grows is told again and again, and a stop may not wait for its end.
    if (run !== "earlier") this.counted += count
    if (gap === undefined) this.tellOverflow(run, "open")
  }

  /** What overflows ends here: nothing more is given up, or the daemon stops. */
  closeOverflow(): void {
    for (const run of this.overflowing.keys()) this.endOverflow(run)
  }

  /** `count` ticks, all between `first` and `last`, were given up at a stop: nobody takes them any more. */
  lostAtStop(count: number, first: number, last: number, nowMs: number): void {
    if (count <= 0) return
    const fromMs = Number.isNaN(this.lastTickMs) ? nowMs : Math.min(this.outageFromMs, this.lastTickMs)
    const id = `${this.feed}-${first}-${Math.floor(fromMs)}-stop`
    const gap = this.begun("broker_outage", fromMs)
    this.tell({ ...gap, id, state: "closed", toMs: Math.max(nowMs, fromMs), count, seqs: [first, last] }, true)
  }

  /** The stream's store is gone, or its end is, and with it `count` ticks of what it `had` acknowledged; undefined: nobody knows how many. */
  storeLost(had: KeptInStore, count: number | undefined, nowMs: number): void {
    const gap: Gap = {
      ...this.begun("store_lost", had.firstMs),
      id: `${this.feed}-store_lost-${Math.floor(nowMs)}`,
      state: "closed",
      toMs: had.lastMs,
      count,
      // Of a store that lost its end only, nobody knows which was the last it kept.
      seqs: count === had.count ? [had.firstSeq, had.lastSeq] : undefined
    }
    // Also once the integrity is closed: a stop drains on, and the store may go while it does.
    this.tell(gap, true)
  }

  /** Spooled ticks `first .. last` of an earlier run are not sent: another writer, which has had the stream since, may have stored them. */
  superseded(first: number, last: number, fromMs: number, toMs: number): void {
    const id = `${this.feed}-superseded-${first}-${Math.floor(fromMs)}`
    this.tell({ ...this.begun("superseded", fromMs), id, state: "closed", toMs, seqs: [first, last] })
  }

  /** A batch came in, the last of it at `receivedMs`: silence and a lost session are over. */
  ticksArrived(receivedMs: number): void {
    this.lastTickMs = receivedMs
    if (this.open.size > 0) {
      this.close("session_down", receivedMs)
      this.close("feed_silent", receivedMs)
    }
  }

  /** The session's state changed. While the market is shut, or the session rests, nothing is missing. */
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

  /** Of a pair with one login at a time: between the last tick of the other feed and the first of this one nobody listened. */
  tookOver(fromMs: number, toMs: number): void {
    if (toMs <= fromMs) return
    this.tell({ ...this.begun("session_down", fromMs), state: "closed", toMs })
  }

  /**
   * Once in a while: tells an overflow that goes on, ends one that does not, looks for silence, and for a session that
   * is still down when the market opens. `quietMs` 0: silence is never a fault; `unread`: ticks that came and wait to be
   * read, so that the feed is not silent, only not heard.
   */
  look(nowMs: number, quietMs: number, phase: MarketPhase, unread = 0, dropped = 0): void {
    this.lookAtOverflow(nowMs)
    if (!sendsIn(phase)) {
      this.shutMs = nowMs
      this.close("session_down", nowMs)
    } else if (this.isDown && unread === 0) this.begin("session_down", this.sinceMs(nowMs))
    if (phase !== "trading") this.close("feed_silent", nowMs)
    // The first tick behind a break comes after it: silence begins with the hours.
    // What the ring had no room for was no silence either, although nobody has read it.
    if (phase !== "trading" || dropped !== this.droppedSeen) this.heardMs = nowMs
    this.droppedSeen = dropped
    if (quietMs === 0 || unread > 0 || !this.everStreamed || this.open.has("session_down")) return
    const fromMs = Number.isNaN(this.lastTickMs) ? this.heardMs : Math.max(this.lastTickMs, this.heardMs)
    if (nowMs - fromMs > quietMs) this.begin("feed_silent", fromMs)
  }

  /** The integrity is closed: from now on only what a stop gives up is told. */
  end(): void {
    this.hasEnded = true
  }

  /** Gaps that touch a stretch of time. */
  between(fromMs: number, toMs: number): ReadonlyArray<Gap> {
    return this.told.filter((gap) => gap.fromMs <= toMs && (gap.toMs ?? Number.POSITIVE_INFINITY) >= fromMs)
  }

  /** The session has been up, and nothing is missing, from `fromMs` to `toMs` (undefined: to now); ticks came at `heardMs` or later. */
  stoodThrough(fromMs: number, toMs: number | undefined, heardMs: number): boolean {
    if (!(this.upSinceMs <= fromMs && this.lastTickMs >= heardMs)) return false
    return this.between(fromMs, toMs ?? Number.POSITIVE_INFINITY).length === 0
  }

  /** Gaps that another feed may have covered, if they are open or ended after `sinceMs`. */
  coverable(sinceMs: number): ReadonlyArray<Gap> {
    return this.told.filter(
      ({ cause, id, toMs }) =>
        (toMs ?? Number.POSITIVE_INFINITY) >= sinceMs &&
        !(neverCovered as ReadonlyArray<GapCause>).includes(cause) &&
        !id.endsWith("-stop")
    )
  }

  /** Tells `gap` again, now that `by` is known to have covered it, or to have not. */
  cover(gap: Gap, by: string | undefined): void {
    const at = this.told.indexOf(gap)
    if (this.hasEnded || at < 0) return
    const told = { ...gap, coveredBy: by }
    this.told[at] = told
    if (this.open.get(gap.cause) === gap) this.open.set(gap.cause, told)
    this.emit(told)
  }

  private lookAtOverflow(nowMs: number): void {
    if (this.overflowing.size === 0 || nowMs - this.overflowLookMs < overflowEveryMs) return
    this.overflowLookMs = nowMs
    for (const run of this.overflowing.keys()) {
      if (!this.overflowNews.has(run)) this.endOverflow(run)
      // A daemon may be fenced for days, and its records wait in memory: one when it begins, one when it ends.
      else if (run === "superseded") this.overflowNews.delete(run)
      else this.tellOverflow(run, "open")
    }
  }

  private endOverflow(run: Overflow): void {
    this.tellOverflow(run, "closed")
    this.overflowing.delete(run)
  }

  private tellOverflow(run: Overflow, state: Gap["state"]): void {
    const gap = this.overflowing.get(run) as Gap
    this.overflowNews.delete(run)
    this.tell(state === "closed" ? { ...gap, state } : { ...gap, toMs: undefined })
  }

  private sinceMs(nowMs: number): number {
    return Number.isNaN(this.lastTickMs) ? nowMs : Math.max(this.lastTickMs, this.shutMs)
  }

  private begun(cause: GapCause, fromMs: number): Gap {
    return {
      id: `${this.feed}-${cause}-${Math.floor(fromMs)}`,
      feed: this.feed,
      instrument: undefined,
      cause,
      state: "open",
      fromMs,
      toMs: undefined,
      count: undefined,
      seqs: undefined
    }
  }

  private begin(cause: GapCause, fromMs: number): void {
    if (this.open.has(cause)) return
    // One that was closed and goes on, as when the session's children are started anew, is another gap, from there on.
    const gap = this.begun(cause, Math.max(fromMs, this.closedMs.get(cause) ?? fromMs))
    this.open.set(cause, gap)
    this.tell(gap)
  }

  private close(cause: GapCause, toMs: number): void {
    const gap = this.open.get(cause)
    if (gap === undefined) return
    this.open.delete(cause)
    // A millisecond at least: two gaps with one begin would have one id.
    const endMs = Math.max(gap.fromMs + 1, toMs)
    this.closedMs.set(cause, endMs)
    this.tell({ ...gap, state: "closed", toMs: endMs })
  }

  /** Tells a gap and keeps it for the certificates; also those that somebody else has found. */
  tell(gap: Gap, afterEnd = false): void {
    if (this.hasEnded && !afterEnd) return
    const at = this.told.findIndex(({ id }) => id === gap.id)
    if (at < 0) this.toldBy.set(gap.cause, (this.toldBy.get(gap.cause) ?? 0) + 1)
    if (at >= 0) this.told[at] = gap
    else this.told.push(gap)
    if (this.told.length > toldMax) this.told.shift()
    const isCounted = !countedApart.has(gap.cause) && gap.state === "closed"
    if (isCounted) this.counted += gap.count ?? 0
    this.emit(gap)
  }
}
