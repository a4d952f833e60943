import { yyyymmddOf } from "../../kernel/calendar/calendar-day.ts"
import type { TradingCalendar } from "../../kernel/calendar/trading-calendar.ts"
import { shanghaiDay, shanghaiTimeOfDayMs } from "../../kernel/time/shanghai-time.ts"
import type { Window } from "./runbook-words.ts"

/** A night session goes on after midnight: until this hour a run belongs to the evening before. */
const morningMs = 6 * 3_600_000

/**
 * Why the window has no trading session on this day; undefined: it has one. The hour is not judged, because operators
 * start early, restart late, and start again after the close.
 */
export const missedSession = (calendar: TradingCalendar, window: Window, nowMs: number): string | undefined => {
  const today = shanghaiDay(nowMs)
  if (window === "day") {
    return calendar.isTradingDay(today)
      ? undefined
      : `${yyyymmddOf(today)} is no trading day: the next one is ${yyyymmddOf(calendar.tradingDayFrom(today + 1))}`
  }
  const evening = shanghaiTimeOfDayMs(nowMs) < morningMs ? today - 1 : today
  return calendar.hasNight(evening)
    ? undefined
    : `The evening of ${yyyymmddOf(evening)} has no night session: the next trading day is ${yyyymmddOf(calendar.tradingDayFrom(evening + 1))}`
}
