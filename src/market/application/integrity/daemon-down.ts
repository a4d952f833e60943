import type { MarketPhase } from "../../../kernel/calendar/market-phase.ts"
import type { Gap } from "../../../kernel/tick/gap.ts"
import { type GapTracker, sendsIn } from "./gap-tracker.ts"

/** How far a former run of the daemon came with one feed. Epoch milliseconds. */
export interface FormerRun {
  /** When its last tick that is stored, or waits in the spool, was received. */
  readonly lastTickMs: number
  /** Until then it surely listened, and stored what came; no later than now. */
  readonly listenedUntilMs: number
}

/** Changes of the phase that are looked at: more than a year has. Behind them hours are taken to lie between. */
const changesMax = 10_000

/**
 * Tells the time of one feed in which no daemon listened: from the last tick that the former run left to the first of this
 * one, if the market sent in between. Its identity is that last tick: a run that dies before it stores a tick tells the same
 * gap as the next.
 */
export class DaemonDown {
  private readonly gaps: GapTracker
  private readonly phaseAt: (atMs: number) => MarketPhase
  private readonly nextChangeMs: (afterMs: number) => number
  private former: FormerRun | undefined
  /** A link that breaks at its first look lets the next one look again: what was known first holds. */
  private isKnown = false
  private open: Gap | undefined

  constructor(
    gaps: GapTracker,
    phaseAt: (atMs: number) => MarketPhase,
    nextChangeMs: (afterMs: number) => number = () => Number.POSITIVE_INFINITY
  ) {
    this.gaps = gaps
    this.phaseAt = phaseAt
    this.nextChangeMs = nextChangeMs
  }

  /** The former run is known; ticks of this one may have come before that. */
  followed(former: FormerRun, nowMs: number): void {
    if (this.isKnown) return
    this.isKnown = true
    this.former = former
    this.look(nowMs)
  }

  /** Once in a while: opens the gap when hours lie in it, closes it at the first tick, or when the session is over without one. */
  look(nowMs: number): void {
    const { former, gaps } = this
    if (former === undefined) return
    const { firstTickMs } = gaps
    const hasTick = !Number.isNaN(firstTickMs)
    // A market that shuts while nothing has come: from here on the feed's own gaps tell.
    const isOver = hasTick || isShut(this.phaseAt(nowMs))
    const toMs = hasTick ? firstTickMs : nowMs
    if (this.open === undefined && this.hadHours(Math.max(former.lastTickMs, former.listenedUntilMs), toMs)) {
      this.open = {
        id: `${gaps.feed}-daemon_down-${Math.floor(former.lastTickMs)}`,
        feed: gaps.feed,
        instrument: undefined,
        cause: "daemon_down",
        state: "open",
        fromMs: former.lastTickMs,
        toMs: undefined,
        count: undefined,
        seqs: undefined
      }
      if (!isOver) gaps.tell(this.open)
    }
    if (!isOver) return
    if (this.open !== undefined) gaps.tell({ ...this.open, state: "closed", toMs })
    this.former = undefined
  }

  /** The market sends at some moment of `fromMs <= t < toMs`. */
  private hadHours(fromMs: number, toMs: number): boolean {
    let atMs = fromMs
    for (let change = 0; change < changesMax && atMs < toMs; change++) {
      if (sendsIn(this.phaseAt(atMs))) return true
      atMs = this.nextChangeMs(atMs)
    }
    return atMs < toMs
  }
}

/** No front sends before the next session; a break is not the end of one. */
const isShut = (phase: MarketPhase): boolean => !sendsIn(phase) && phase !== "break"
