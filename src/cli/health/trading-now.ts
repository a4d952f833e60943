import { chinaCalendar } from "../../kernel/calendar/trading-calendar.ts"
import { TradingSessions } from "../../kernel/calendar/trading-sessions.ts"
import { windowAt } from "../../kernel/time/session-window.ts"

/** Together they trade whenever any product does: the longest night, the longest afternoon, and the usual breaks. */
const longest = [
  ["SHFE", "au"],
  ["CFFEX", "T"],
  ["SHFE", "rb"]
] as const

/** Whether any exchange trades now. A day that the shipped calendar does not have counts by the hour alone. */
export const isTradingNow = (nowMs: number): boolean => {
  const sessions = new TradingSessions(chinaCalendar)
  return longest.some(([exchange, product]) => {
    const hours = sessions.of(exchange, product)
    return hours.beyondCalendar(nowMs) ? windowAt(nowMs) !== "none" : hours.intervalAt(nowMs).phase === "trading"
  })
}
