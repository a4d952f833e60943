import type { MarketPhase } from "../../../kernel/calendar/market-phase.ts"
import type { Gap } from "../../../kernel/tick/gap.ts"
import { type GapRecorder, sendsIn } from "./gap-recorder.ts"

/** What a previous run of the daemon received from one feed. Epoch milliseconds. */
export interface PreviousRun {
  /** Receive time of its last tick that is stored or waits in the spool. */
  readonly lastTickMs: number
  /** It certainly received and stored ticks until this time; not in the future. */
  readonly listenedUntilMs: number
}

/** By index of the feed; undefined: no previous run is known. */
export type PreviousRunOf = (feed: number) => PreviousRun | undefined

/** Maximum number of phase changes to check, more than a year has. Beyond them, trading hours are assumed. */
const changesMax = 10_000

/**
 * Reports the time in which no daemon received one feed: from the last tick of the previous run to the first of this
 * one, if the market traded in between. The gap's identity is that last tick, so a run that dies before it stores a
 * tick reports the same gap as the next.
 */
export class DaemonDown {
  private readonly gaps: GapRecorder
  private readonly phaseAt: (atMs: number) => MarketPhase
  private readonly nextChangeMs: (afterMs: number) => number
  private former: PreviousRun | undefined
  /** False after the link broke during the first read: the next read repeats it, and the first result counts. */
  private isKnown = false
  private open: Gap | undefined

  constructor(
    gaps: GapRecorder,
    phaseAt: (atMs: number) => MarketPhase,
    nextChangeMs: (afterMs: number) => number = () => Number.POSITIVE_INFINITY
  ) {
    this.gaps = gaps
    this.phaseAt = phaseAt
    this.nextChangeMs = nextChangeMs
  }

  /** The previous run is known. Ticks of this run may have arrived before. */
  followed(former: PreviousRun, nowMs: number): void {
    if (this.isKnown) return
    this.isKnown = true
    this.former = former
    this.look(nowMs)
  }

  /**
   * Periodic: opens the gap when trading hours are in it, and closes it at the first tick or at the end of a session
   * without one.
   */
  look(nowMs: number): void {
    const { former, gaps } = this
    if (former === undefined) return
    const { firstTickMs } = gaps
    const hasTick = !Number.isNaN(firstTickMs)
    // The market closed and no tick has arrived: from here on the feed's own gaps apply.
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

  /** The market trades at some moment of `fromMs <= t < toMs`. */
  private hadHours(fromMs: number, toMs: number): boolean {
    let atMs = fromMs
    for (let change = 0; change < changesMax && atMs < toMs; change++) {
      if (sendsIn(this.phaseAt(atMs))) return true
      atMs = this.nextChangeMs(atMs)
    }
    return atMs < toMs
  }
}

/** No front sends before the next session. A break does not end a session. */
const isShut = (phase: MarketPhase): boolean => !sendsIn(phase) && phase !== "break"
