import { weekdayFrom } from "../../kernel/calendar/calendar-day.ts"
import { shanghaiDay } from "../../kernel/time/shanghai-time.ts"

/**
 * Day number of the trading day that a moment belongs to: from 18:00 on the next day, and a weekend's moments (the
 * early hours after Friday's night session included) belong to Monday. Exchange holidays are not known here.
 */
export const tradingDayAt = (epochMs: number): number => weekdayFrom(shanghaiDay(epochMs + 6 * 3_600_000))
