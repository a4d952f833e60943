import { weekdayFrom } from "../../kernel/calendar/calendar-day.ts"
import { shanghaiDay } from "../../kernel/time/shanghai-time.ts"

/**
 * Day number of a moment's trading day: from 18:00 on the next day; moments of a weekend (including the early hours
 * after Friday's night session) belong to Monday. Ignores exchange holidays.
 */
export const tradingDayAt = (epochMs: number): number => weekdayFrom(shanghaiDay(epochMs + 6 * 3_600_000))
