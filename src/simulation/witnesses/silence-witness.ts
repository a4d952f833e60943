import type { Gap } from "../../kernel/tick/gap.ts"
import type { MarketHours } from "../../market/ports/market-hours.ts"
import { feedNames } from "../world/scale.ts"
import type { SimFront } from "../world/sim-front.ts"
import type { GapWitness } from "./gap-witness.ts"
import type { SessionWitness } from "./session-witness.ts"

/** Interval of the checks, and delay of events. Milliseconds. */
const slackMs = 1100
/** Time between the first tick that a front did not send and the record about it. */
const reportMs = 6000
/**
 * A market that has been closed for this long has put every session to rest. One that opens wakes them in this time.
 */
const turnMs = 5000
/** This close to the begin or end of trading hours it is not decided which ticks are expected. */
const edgeMs = 1000

interface FeedSilence {
  /** Unsent snapshots in trading hours since the last sent one: when the first and the last of them were due. */
  missedFromMs: number
  missedToMs: number
  /** Ended time ranges that are not checked yet. */
  over: Array<readonly [fromMs: number, toMs: number]>
  everStreamed: boolean
  /** When streaming began: before it, a silent feed is a session that has not started yet. */
  streamedFromMs: number
  isStale: boolean
}

/**
 * Checks ticks that fronts do not send: silence and lost sessions are reported as gaps in trading hours, and never
 * outside.
 */
export class SilenceWitness {
  checks = 0
  private readonly options: ConstructorParameters<typeof SilenceWitness>[0]
  private readonly feeds: ReadonlyArray<FeedSilence>
  private tradingSinceMs = Number.POSITIVE_INFINITY
  private shutSinceMs = Number.POSITIVE_INFINITY
  private openSinceMs = Number.POSITIVE_INFINITY

  constructor(options: {
    readonly hours: MarketHours
    readonly silenceMs: number
    readonly fronts: () => ReadonlyArray<SimFront>
    /** The feed is held back: nothing of it is missed. */
    readonly isHeld: (feed: number) => boolean
    readonly sessions: ReadonlyArray<SessionWitness>
    readonly gaps: GapWitness
    /** The part that reports gaps is running. */
    readonly isReportingNow: (nowMs: number) => boolean
    readonly complain: (sentence: string) => void
  }) {
    this.options = options
    this.feeds = feedNames.map(() => ({
      missedFromMs: Number.NaN,
      missedToMs: Number.NaN,
      over: [],
      everStreamed: false,
      streamedFromMs: Number.POSITIVE_INFINITY,
      isStale: false
    }))
  }

  /** The market has produced a snapshot; `sent`: which fronts have sent some of it. */
  noteSnapshot(sent: ReadonlyArray<boolean>, nowMs: number): void {
    const phase = this.options.hours.phaseAt(nowMs)
    if (phase !== "trading") this.tradingSinceMs = Number.POSITIVE_INFINITY
    else if (this.tradingSinceMs === Number.POSITIVE_INFINITY) this.tradingSinceMs = nowMs
    if (phase !== "closed") this.shutSinceMs = Number.POSITIVE_INFINITY
    else if (this.shutSinceMs === Number.POSITIVE_INFINITY) this.shutSinceMs = nowMs
    if (phase === "closed") this.openSinceMs = Number.POSITIVE_INFINITY
    else if (this.openSinceMs === Number.POSITIVE_INFINITY) this.openSinceMs = nowMs
    for (const [at, feed] of this.feeds.entries()) {
      if (this.options.sessions[at]?.state === "streaming" && !feed.everStreamed) {
        feed.everStreamed = true
        feed.streamedFromMs = nowMs
      }
      const front = this.options.fronts()[at] as SimFront
      if (this.options.isHeld(at)) {
        feed.everStreamed = false
        feed.over = []
        feed.missedFromMs = Number.NaN
        continue
      }
      // A front with an open session may be silent for a while. One without a session misses every snapshot.
      const isMissed =
        sent[at] !== true && feed.everStreamed && !front.loggedIn && nowMs - this.tradingSinceMs >= edgeMs
      if (isMissed) {
        if (Number.isNaN(feed.missedFromMs)) feed.missedFromMs = nowMs
        feed.missedToMs = nowMs
      } else this.over(feed)
    }
  }

  /** Periodic. */
  look(nowMs: number): void {
    const { sessions, gaps, complain } = this.options
    const fronts = this.options.fronts()
    for (const [at, feed] of this.feeds.entries()) {
      const front = fronts[at] as SimFront
      const state = sessions[at]?.state ?? ""
      this.checks += 4
      if (nowMs - this.shutSinceMs > turnMs && !isAtRest(state)) {
        complain(`session ${front.feed} is ${state} although the market has been closed for ${turnMs} ms`)
      }
      if (nowMs - this.openSinceMs > turnMs && state === "resting") {
        complain(`session ${front.feed} rests although the market has been open for ${turnMs} ms`)
      }
      // Events of the fronts may wait in the ring behind ticks that do not fit into the queue.
      if (!front.isRead || !this.options.isReportingNow(nowMs)) continue
      const quietMs = Math.min(this.quietMs(at, nowMs), nowMs - feed.streamedFromMs)
      if (feed.everStreamed && quietMs > this.options.silenceMs + reportMs && !gaps.tells(at, nowMs)) {
        complain(`${front.feed} has delivered nothing for ${quietMs} ms of trading hours, and no gap reports it`)
      }
      const [fromMs, toMs] = feed.over[0] ?? [Number.NaN, Number.NaN]
      if (!(nowMs - toMs > reportMs)) continue
      feed.over.shift()
      for (let missedMs = fromMs; missedMs <= toMs; missedMs += 500) {
        if (gaps.tells(at, missedMs)) continue
        return complain(
          `${front.feed} had no session on its front at ${new Date(missedMs).toISOString()} (of ${toMs - fromMs} ms), and no gap reports it`
        )
      }
    }
  }

  /** A reported gap must have a cause. */
  noteGap(at: number, { cause, state, feed }: Gap, nowMs: number): void {
    // The queue drops ticks that have already arrived, at any hour. A break may follow the death of a daemon.
    if (state !== "open" || cause === "queue_overflow" || cause === "daemon_down") return
    this.checks++
    const phase = this.options.hours.phaseAt(nowMs)
    if (phase !== "trading" && phase !== "auction") {
      this.options.complain(`a false alarm: ${cause} of ${feed} is reported while the market is ${phase}`)
    }
    if (cause === "feed_silent") this.silent(at, nowMs, "reported as silent")
  }

  /** A session has reported its troubles: it must not call a feed stale that is not. */
  noteTroubles(at: number, troubles: ReadonlyArray<string>, nowMs: number): void {
    const feed = this.feeds[at] as FeedSilence
    const isStale = troubles.includes("staleness")
    if (isStale && !feed.isStale) {
      this.checks++
      this.silent(at, nowMs, "treated as silent by its session")
    }
    feed.isStale = isStale
  }

  /** A session sends a login. */
  noteLogin(at: number, nowMs: number): void {
    this.checks++
    if (nowMs - this.shutSinceMs <= turnMs) return
    this.options.complain(`${this.options.fronts()[at]?.feed} sends a login although the market is closed`)
  }

  private silent(at: number, nowMs: number, how: string): void {
    const quietMs = this.quietMs(at, nowMs)
    if (quietMs >= this.options.silenceMs - slackMs) return
    const feed = this.options.fronts()[at]?.feed
    this.options.complain(`a false alarm: ${feed} is ${how} after ${quietMs} ms without a tick in trading hours`)
  }

  /** Trading hours since the front's last tick, milliseconds; 0 while it need not send. */
  private quietMs(at: number, nowMs: number): number {
    const lastMs = this.options.fronts()[at]?.lastSentMs ?? Number.NEGATIVE_INFINITY
    const isTrading = this.options.hours.phaseAt(nowMs) === "trading"
    return isTrading ? Math.max(0, nowMs - Math.max(lastMs, this.tradingSinceMs)) : 0
  }

  private over(feed: FeedSilence): void {
    if (Number.isNaN(feed.missedFromMs)) return
    feed.over.push([feed.missedFromMs, feed.missedToMs])
    feed.missedFromMs = Number.NaN
  }
}

/** A session that has ended, or waits for an operator, does not rest. */
const isAtRest = (state: string): boolean =>
  ["", "resting", "rejected", "failed", "draining", "stopped"].includes(state)
