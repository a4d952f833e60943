import type { Gap } from "../../kernel/tick/gap.ts"
import type { MarketHours } from "../../market/ports/market-hours.ts"
import { feedNames } from "../world/scale.ts"
import type { SimFront } from "../world/sim-front.ts"
import type { GapWitness } from "./gap-witness.ts"
import type { SessionWitness } from "./session-witness.ts"

/** Looks are so far apart, and news takes so long. Milliseconds. */
const slackMs = 1100
/** Between the first tick that a front did not send and the record that says so. */
const tellMs = 6000
/** A market that has been shut for so long has put every session to rest; one that opens wakes them in this time. */
const turnMs = 5000
/** Within so much of a trading hour's begin or end it is not decided which ticks were to come. */
const edgeMs = 1000

interface FeedSilence {
  /** Snapshots in hours that were not sent since the last one that was: when the first and the last of them were due. */
  missedFromMs: number
  missedToMs: number
  /** Stretches that are over and not looked at yet. */
  over: Array<readonly [fromMs: number, toMs: number]>
  everStreamed: boolean
  /** When that began: before it, a silent feed is a session that has not come up yet. */
  streamedFromMs: number
  isStale: boolean
}

/** Watches what fronts do not send: silence and lost sessions are told as gaps in trading hours, and never outside them. */
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
    /** Who tells the gaps runs. */
    readonly isToldNow: (nowMs: number) => boolean
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

  /** The market has made a snapshot; `sent`: which fronts have sent some of it. */
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
      // A front whose session stands may be silent for a while; one without a session misses every snapshot.
      const isMissed =
        sent[at] !== true && feed.everStreamed && !front.loggedIn && nowMs - this.tradingSinceMs >= edgeMs
      if (isMissed) {
        if (Number.isNaN(feed.missedFromMs)) feed.missedFromMs = nowMs
        feed.missedToMs = nowMs
      } else this.over(feed)
    }
  }

  /** To be asked now and then. */
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
      // What the fronts did may wait in the ring behind ticks that find no room.
      if (!front.isRead || !this.options.isToldNow(nowMs)) continue
      const quietMs = Math.min(this.quietMs(at, nowMs), nowMs - feed.streamedFromMs)
      if (feed.everStreamed && quietMs > this.options.silenceMs + tellMs && !gaps.tells(at, nowMs)) {
        complain(`${front.feed} has brought nothing for ${quietMs} ms of trading hours, and no gap says so`)
      }
      const [fromMs, toMs] = feed.over[0] ?? [Number.NaN, Number.NaN]
      if (!(nowMs - toMs > tellMs)) continue
      feed.over.shift()
      for (let missedMs = fromMs; missedMs <= toMs; missedMs += 500) {
        if (gaps.tells(at, missedMs)) continue
        return complain(
          `${front.feed} had no session on its front at ${new Date(missedMs).toISOString()} (of ${toMs - fromMs} ms), and no gap says so`
        )
      }
    }
  }

  /** A gap is told: it must have a cause. */
  noteGap(at: number, { cause, state, feed }: Gap, nowMs: number): void {
    // The queue gives up what has come already, at whatever hour; a break may lie behind the death of a daemon.
    if (state !== "open" || cause === "queue_overflow" || cause === "daemon_down") return
    this.checks++
    const phase = this.options.hours.phaseAt(nowMs)
    if (phase !== "trading" && phase !== "auction") {
      this.options.complain(`a false alarm: ${cause} of ${feed} is told while the market is ${phase}`)
    }
    if (cause === "feed_silent") this.silent(at, nowMs, "told as silent")
  }

  /** A session has said what it lacks: it must not call a feed stale that is not. */
  noteTroubles(at: number, troubles: ReadonlyArray<string>, nowMs: number): void {
    const feed = this.feeds[at] as FeedSilence
    const isStale = troubles.includes("staleness")
    if (isStale && !feed.isStale) {
      this.checks++
      this.silent(at, nowMs, "held for silent by its session")
    }
    feed.isStale = isStale
  }

  /** A front is asked for a login. */
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

/** A session that has ended, or waits for its operator, does not rest. */
const isAtRest = (state: string): boolean =>
  ["", "resting", "rejected", "failed", "draining", "stopped"].includes(state)
