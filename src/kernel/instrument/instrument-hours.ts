import type { MarketPhase } from "../calendar/market-phase.ts"
import { noHours, type PhaseSource, type TradingPhase, tradingPhase } from "../calendar/trading-phase.ts"
import type { TradingSessions } from "../calendar/trading-sessions.ts"
import type { InstrumentDirectory } from "./instrument-directory.ts"

const numbers: Readonly<Record<MarketPhase, TradingPhase>> = {
  preOpen: tradingPhase.preOpen,
  auction: tradingPhase.auction,
  trading: tradingPhase.trading,
  break: tradingPhase.pause,
  closed: tradingPhase.closed
}

/** Phases by instrument index, for the laws. A product without listed hours is always `unknown`. */
export const phaseSourceOf =
  (directory: InstrumentDirectory, sessions: TradingSessions): PhaseSource =>
  (index, timeMs) => {
    const instrument = directory.at(index)
    if (instrument === undefined) return noHours(index, timeMs)
    const hours = sessions.of(instrument.exchange, instrument.product)
    if (hours.plan.assumed) return noHours(index, timeMs)
    const { phase, fromMs, untilMs } = hours.intervalAt(timeMs)
    return { phase: numbers[phase], fromMs, untilMs }
  }

/** Like `phaseSourceOf`, but a day outside the calendar has no known hours: a holiday must not look like silence. */
export const certainHoursOf =
  (directory: InstrumentDirectory, sessions: TradingSessions): PhaseSource =>
  (index, timeMs) => {
    const instrument = directory.at(index)
    if (instrument === undefined) return { ...noHours(index, timeMs), untilMs: timeMs + askAgainMs }
    if (sessions.of(instrument.exchange, instrument.product).beyondCalendar(timeMs)) {
      return { phase: tradingPhase.unknown, fromMs: timeMs, untilMs: timeMs + askAgainMs }
    }
    return phaseSourceOf(directory, sessions)(index, timeMs)
  }

/** Lifetime of an answer that the next day may change, milliseconds. */
const askAgainMs = 600_000
