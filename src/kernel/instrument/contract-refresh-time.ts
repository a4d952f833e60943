import type { TradingCalendar } from "../calendar/trading-calendar.ts"
import { dayMs, shanghaiDay, shanghaiMidnightMs } from "../time/shanghai-time.ts"

/** Twenty minutes before the market opens: fronts show the new trading day, and nothing trades yet. */
const eveningMs = (20 * 60 + 40) * 60_000
const morningMs = (8 * 60 + 40) * 60_000
/** No closure is longer, including holidays and their weekends. */
const longestClosureDays = 20

/**
 * When the next trading day's contract list is due, epoch milliseconds after `nowMs`: 20:40 in Shanghai on an evening
 * with a night session, else 08:40 of the trading day.
 */
export const nextRefreshMs = (calendar: TradingCalendar, nowMs: number): number => {
  const today = shanghaiDay(nowMs)
  for (let day = today; day <= today + longestClosureDays; day++) {
    const midnightMs = shanghaiMidnightMs(day)
    if (!calendar.isTradingDay(day)) continue
    const hadNight = calendar.hasNight(calendar.tradingDayUntil(day - 1))
    if (!hadNight && midnightMs + morningMs > nowMs) return midnightMs + morningMs
    if (calendar.hasNight(day) && midnightMs + eveningMs > nowMs) return midnightMs + eveningMs
  }
  return nowMs + dayMs
}
