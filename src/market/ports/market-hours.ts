import type { MarketPhase } from "../../kernel/calendar/market-phase.ts"

/**
 * Trading hours of the wanted instruments. Every implementation promises: pure and synchronous, every instant has a
 * phase, and `nextChangeMs` is after the given instant (`Infinity` when no change is known). Times are epoch
 * milliseconds.
 */
export interface MarketHours {
  readonly phaseAt: (atMs: number) => MarketPhase
  readonly nextChangeMs: (afterMs: number) => number
  /** False where the calendar ends and weekdays are used instead: a holiday may then look like a trading day. */
  readonly certainAt: (atMs: number) => boolean
}

/** A market that trades around the clock: the demo and the 7x24 test fronts. */
export const alwaysTrading: MarketHours = {
  phaseAt: () => "trading",
  nextChangeMs: () => Number.POSITIVE_INFINITY,
  certainAt: () => true
}
