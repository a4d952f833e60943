import { Effect } from "effect"
import { monotonicMs } from "./clock.ts"

/** Stalls of the event loop: meanwhile no tick is read and no request is answered. */
export interface StallCounts {
  readonly stalls: number
  readonly longestMs: number
  /** The longest that ended within the last minute. */
  readonly recentMs: number
}

const beatMs = 100
/** Shorter stalls are garbage collection and start-up. */
const stallFromMs = 250
const recentMs = 60_000

/** Arithmetic of the watchdog: a beat that is late by at least the minimum is a stall. */
export class StallMeter {
  private lastMs: number
  private stalls = 0
  private longestMs = 0
  private recent: ReadonlyArray<{ readonly atMs: number; readonly lateMs: number }> = []

  constructor(nowMs: number) {
    this.lastMs = nowMs
  }

  /** Records a beat. Returns the stall that it ends, milliseconds, or undefined. */
  beat(nowMs: number): number | undefined {
    const lateMs = nowMs - this.lastMs - beatMs
    this.lastMs = nowMs
    if (lateMs < stallFromMs) return undefined
    this.stalls++
    this.longestMs = Math.max(this.longestMs, lateMs)
    this.recent = [...this.recent.filter(({ atMs }) => nowMs - atMs <= recentMs), { atMs: nowMs, lateMs }]
    return lateMs
  }

  counts(nowMs: number): StallCounts {
    const recent = this.recent.filter(({ atMs }) => nowMs - atMs <= recentMs)
    return {
      stalls: this.stalls,
      longestMs: this.longestMs,
      recentMs: recent.reduce((longest, { lateMs }) => Math.max(longest, lateMs), 0)
    }
  }
}

/** Beats ten times a second while the scope is open. systemd's watchdog handles an event loop that never continues. */
export const startStallWatchdog = (onStall: (stallMs: number) => void) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => {
        const meter = new StallMeter(monotonicMs())
        const timer = setInterval(() => {
          const stallMs = meter.beat(monotonicMs())
          if (stallMs !== undefined) onStall(stallMs)
        }, beatMs)
        return { meter, timer }
      }),
      ({ timer }) => Effect.sync(() => clearInterval(timer))
    ),
    ({ meter }) => ({ counts: () => meter.counts(monotonicMs()) })
  )
