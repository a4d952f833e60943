import type { Gap, GapCause } from "../domain/gap.ts"

/** What the ring reader still had to read when the broker came back counts as lost to its outage. */
const backlogMs = 10_000

/** How often an overflow that goes on is told anew, milliseconds; so long without a lost tick, it is over. */
const overflowEveryMs = 1000

/**
 * Tells the gaps of one feed: opened as soon as one is known, closed when ticks come again. Nothing here runs a tick;
 * `ticksArrived` is called once a batch.
 */
export class GapTracker {
  private readonly feed: string
  private readonly emit: (gap: Gap) => void
  private readonly open = new Map<GapCause, Gap>()
  /** Gaps that began in this run, closed ones included: what a certificate lists. The oldest give way at the bound. */
  private readonly told: Array<Gap> = []
  private readonly toldMax = 1000
  private lastTickMs = Number.NaN
  private outageFromMs = Number.POSITIVE_INFINITY
  private outageToMs = Number.NEGATIVE_INFINITY
  private everStreamed = false
  private overflowing: Gap | undefined
  private overflowNews = false
  private overflowLookMs = Number.NEGATIVE_INFINITY

  constructor(feed: string, emit: (gap: Gap) => void) {
    this.feed = feed
    this.emit = emit
  }

  /** Ticks `first .. last` never came out of the ring: it was full. Times are those of the ticks around them. */
  hole(first: number, last: number, fromMs: number, toMs: number): void {
    const byBroker = fromMs <= this.outageToMs + backlogMs && toMs >= this.outageFromMs
    this.tell({
      id: `${this.feed}-${first}`,
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
   * `fromMs`, `toMs`: when the first and the last of them came. One gap stays open as long as such news come; it is
   * told when it opens, by `look` once a second with what it has so far, and when it closes.
   */
  overflow(first: number, last: number, count: number, fromMs: number, toMs: number): void {
    const gap = this.overflowing
    this.overflowNews = true
    this.overflowing = {
      // No tick is given up twice, so no two gaps of a run begin with the same number.
      ...(gap ?? {
        ...this.begun("queue_overflow", fromMs),
        id: `${this.feed}-queue_overflow-${first}-${Math.floor(fromMs)}`
      }),
      fromMs: Math.min(gap?.fromMs ?? fromMs, fromMs),
      toMs: Math.max(gap?.toMs ?? toMs, toMs),
      count: (gap?.count ?? 0) + count,
      seqs: [Math.min(gap?.seqs?.[0] ?? first, first), Math.max(gap?.seqs?.[1] ?? last, last)]
    }
    if (gap === undefined) this.tellOverflow("open")
  }

  /** The overflow that goes on ends here: nothing more is given up, or the daemon stops. */
  closeOverflow(): void {
    if (this.overflowing === undefined) return
    this.tellOverflow("closed")
    this.overflowing = undefined
  }

  /** Ticks were counted as lost at a stop: nobody takes them any more. */
  lostAtStop(count: number, nowMs: number): void {
    if (count === 0) return
    const fromMs = Number.isNaN(this.lastTickMs) ? nowMs : Math.min(this.outageFromMs, this.lastTickMs)
    this.tell({ ...this.begun("broker_outage", fromMs), state: "closed", toMs: nowMs, count })
  }

  /** The daemon stops with ticks `first .. last` unread: nobody reads the ring any more. */
  unread(first: number, last: number, nowMs: number): void {
    if (last >= first) this.hole(first, last, this.sinceMs(nowMs), nowMs)
  }

  /** A batch came in, the last of it at `receivedMs`: silence and a lost session are over. */
  ticksArrived(receivedMs: number): void {
    this.lastTickMs = receivedMs
    if (this.open.size > 0) {
      this.close("session_down", receivedMs)
      this.close("feed_silent", receivedMs)
    }
  }

  /** The session's state changed. Outside trading hours (`resting`) nothing is missing. */
  session(state: string, nowMs: number): void {
    if (state === "streaming" || state === "degraded") this.everStreamed = true
    else if (state === "resting" || state === "draining" || state === "stopped") this.close("session_down", nowMs)
    else if (this.everStreamed) this.begin("session_down", this.sinceMs(nowMs))
  }

  broker(link: "up" | "down", nowMs: number): void {
    if (link === "down" && this.outageToMs !== Number.POSITIVE_INFINITY) {
      this.outageFromMs = nowMs
      this.outageToMs = Number.POSITIVE_INFINITY
    } else if (link === "up" && this.outageToMs === Number.POSITIVE_INFINITY) this.outageToMs = nowMs
  }

  /** Once in a while: tells an overflow that goes on, ends one that does not, and looks for silence. `quietMs` 0: silence is never a fault; `trading`: ticks are to be expected now. */
  look(nowMs: number, quietMs: number, trading: boolean): void {
    this.lookAtOverflow(nowMs)
    if (quietMs === 0 || !this.everStreamed || this.open.has("session_down")) return
    if (!trading) return this.close("feed_silent", nowMs)
    if (nowMs - this.lastTickMs > quietMs) this.begin("feed_silent", this.lastTickMs)
  }

  /** Gaps that touch a stretch of time. */
  between(fromMs: number, toMs: number): ReadonlyArray<Gap> {
    return this.told.filter((gap) => gap.fromMs <= toMs && (gap.toMs ?? Number.POSITIVE_INFINITY) >= fromMs)
  }

  private lookAtOverflow(nowMs: number): void {
    if (this.overflowing === undefined || nowMs - this.overflowLookMs < overflowEveryMs) return
    this.overflowLookMs = nowMs
    if (this.overflowNews) this.tellOverflow("open")
    else this.closeOverflow()
  }

  private tellOverflow(state: Gap["state"]): void {
    const gap = this.overflowing as Gap
    this.overflowNews = false
    this.tell(state === "closed" ? { ...gap, state } : { ...gap, toMs: undefined })
  }

  private sinceMs(nowMs: number): number {
    return Number.isNaN(this.lastTickMs) ? nowMs : this.lastTickMs
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
    const gap = this.begun(cause, fromMs)
    this.open.set(cause, gap)
    this.tell(gap)
  }

  private close(cause: GapCause, toMs: number): void {
    const gap = this.open.get(cause)
    if (gap === undefined) return
    this.open.delete(cause)
    this.tell({ ...gap, state: "closed", toMs })
  }

  private tell(gap: Gap): void {
    const at = this.told.findIndex(({ id }) => id === gap.id)
    if (at >= 0) this.told[at] = gap
    else this.told.push(gap)
    if (this.told.length > this.toldMax) this.told.shift()
    this.emit(gap)
  }
}
