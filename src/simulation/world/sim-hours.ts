import { chinaCalendar } from "../../kernel/calendar/trading-calendar.ts"
import { noHours, type PhaseSource } from "../../kernel/calendar/trading-phase.ts"
import { TradingSessions } from "../../kernel/calendar/trading-sessions.ts"
import { parseInstrumentCode } from "../../kernel/instrument/instrument-code.ts"
import type { InstrumentDirectory } from "../../kernel/instrument/instrument-directory.ts"
import { phaseSourceOf } from "../../kernel/instrument/instrument-hours.ts"
import { calendarMarketHours } from "../../market/application/silence/calendar-market-hours.ts"
import { alwaysTrading, type MarketHours } from "../../market/ports/market-hours.ts"
import type { MarketContract } from "../../simulator/market/market-contracts.ts"
import type { Dice } from "../faults/dice.ts"

/** Hours of one world: those that the daemon uses, and those in which the market sends. */
export interface SimHours {
  readonly name: "always" | "calendar"
  readonly startMs: number
  readonly market: MarketHours
  readonly laws: (directory: InstrumentDirectory) => PhaseSource
  /** The front sends a snapshot of this contract now. */
  readonly isLive: (contract: number, nowMs: number) => boolean
}

/** Monday 2026-11-23, 09:00 in Shanghai. */
const mondayMs = Date.UTC(2026, 10, 23, 1)

/**
 * Moments at which hours change, Shanghai time: openings, breaks, closes, ends of nights, a weekend, the eve of a
 * holiday.
 */
const turns: ReadonlyArray<string> = [
  "2026-11-23T20:55",
  "2026-11-23T20:28",
  "2026-11-23T22:55",
  "2026-11-24T00:57",
  "2026-11-24T02:26",
  "2026-11-24T08:55",
  "2026-11-24T10:12",
  "2026-11-24T11:25",
  "2026-11-24T13:22",
  "2026-11-24T14:55",
  "2026-11-24T15:10",
  "2026-11-20T20:55",
  "2026-11-21T02:24",
  "2026-11-21T12:00",
  "2026-11-23T08:27",
  "2026-09-30T14:54",
  "2026-09-30T20:55"
]
/** A seed begins this long before or after one of them, milliseconds. */
const aroundMs = 90_000
/** Interval of snapshots of one contract. */
const snapshotMs = 500

/** Every second seed follows the calendar. */
export const hoursOf = (seed: number, contracts: ReadonlyArray<MarketContract>, dice: Dice): SimHours => {
  if (seed % 2 !== 0) {
    return { name: "always", startMs: mondayMs, market: alwaysTrading, laws: () => noHours, isLive: () => true }
  }
  const turnMs = Date.parse(`${dice.pick(turns)}:00+08:00`)
  const listed = contracts.map(({ id, exchange }) => ({ exchange, product: parseInstrumentCode(id)?.product ?? "" }))
  // Each caller has its own sessions, because they keep the last interval.
  const sending = new TradingSessions(chinaCalendar)
  const products = listed.map(({ exchange, product }) => sending.of(exchange, product))
  return {
    name: "calendar",
    startMs: turnMs + dice.whole(-aroundMs / snapshotMs, aroundMs / snapshotMs) * snapshotMs,
    market: calendarMarketHours(new TradingSessions(chinaCalendar), listed),
    laws: (directory) => phaseSourceOf(directory, new TradingSessions(chinaCalendar)),
    isLive: (contract, nowMs) => {
      const product = products[contract]
      if (product === undefined) return false
      const { phase, fromMs } = product.intervalAt(nowMs)
      // An auction sends one tick a minute. The last snapshot of a section carries the second of its end.
      if (phase === "auction") return nowMs % 60_000 < snapshotMs
      return (
        phase === "trading" || (nowMs - fromMs < snapshotMs && products[contract]?.phaseAt(fromMs - 1) === "trading")
      )
    }
  }
}
