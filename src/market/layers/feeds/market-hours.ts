import type { TradingSessions } from "../../../kernel/calendar/trading-sessions.ts"
import type { InstrumentDirectory } from "../../../kernel/instrument/instrument-directory.ts"
import { calendarMarketHours } from "../../application/silence/calendar-market-hours.ts"
import type { Subscriptions } from "../../application/subscriptions/subscriptions.ts"
import type { Config } from "../../config/config.ts"
import { alwaysTrading, type MarketHours } from "../../ports/market-hours.ts"

/**
 * The market hours that the configuration asks for: those of the wanted instruments under the calendar of `sessions`.
 * They follow the wanted set: a night contract that is subscribed by command brings its night.
 */
export const marketHoursOf = (
  asked: Config["marketHours"],
  wanted: Pick<Subscriptions, "revision" | "wantedIds">,
  directory: Pick<InstrumentDirectory, "listing">,
  sessions: TradingSessions
): MarketHours => {
  if (asked === "always") return alwaysTrading
  let revision: number | undefined
  let products = ""
  let hours = calendarMarketHours(sessions, [])
  const now = (): MarketHours => {
    if (wanted.revision() === revision) return hours
    revision = wanted.revision()
    const listed = wanted.wantedIds().flatMap((id) => directory.listing(id) ?? [])
    const changed = [...new Set(listed.map(({ exchange, product }) => `${exchange} ${product}`))].sort().join()
    // A whole market comes and goes without a change of its hours: what they know of the present interval stays.
    if (changed !== products) hours = calendarMarketHours(sessions, listed)
    products = changed
    return hours
  }
  return {
    phaseAt: (atMs) => now().phaseAt(atMs),
    nextChangeMs: (afterMs) => now().nextChangeMs(afterMs),
    certainAt: (atMs) => now().certainAt(atMs)
  }
}
