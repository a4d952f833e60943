import type { MarketPhase } from "../../kernel/calendar/market-phase.ts"

/**
 * When the market of the wanted instruments trades. Every implementation promises: pure and synchronous, any instant has
 * a phase, and `nextChangeMs` lies after the instant asked for (`Infinity` when nothing is known to change).
 * Times are epoch milliseconds.
 */
export interface MarketHours {
  readonly phaseAt: (atMs: number) => MarketPhase
  readonly nextChangeMs: (afterMs: number) => number
  /** False where the calendar ends and weekdays stand in for it: then a holiday may look like a trading day. */
  readonly certainAt: (atMs: number) => boolean
}

/** A market that trades around the clock: the demo's, and the 7x24 test fronts'. */
export const alwaysTrading: MarketHours = {
  phaseAt: () => "trading",
  nextChangeMs: () => Number.POSITIVE_INFINITY,
  certainAt: () => true
}
