import { calendarMarketHours } from "../application/calendar-market-hours.ts"
import type { Contract } from "../domain/contract.ts"
import { InstrumentDirectory } from "../domain/instrument-directory.ts"
import type { TradingSessions } from "../domain/trading-sessions.ts"
import { alwaysTrading, type MarketHours } from "../ports/outbound/market-hours.ts"
import type { Config } from "./config.ts"

/** The market hours that the configuration asks for, those of the wanted instruments under the calendar of `sessions`. */
export const marketHoursOf = (
  asked: Config["marketHours"],
  instruments: ReadonlyArray<string>,
  contracts: ReadonlyArray<Contract>,
  sessions: TradingSessions
): MarketHours => {
  if (asked === "always") return alwaysTrading
  // A directory of its own: the line numbers its instruments in the order of their first ticks.
  const directory = new InstrumentDirectory(contracts)
  const known = instruments.map((id) => directory.resolve(id, 0)).filter((instrument) => instrument !== undefined)
  return calendarMarketHours(sessions, known)
}
