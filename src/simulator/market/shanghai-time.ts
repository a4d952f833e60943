/** China has had no daylight saving since 1991: a fixed +08:00 is exact, and needs no time-zone lookup per tick. */
const offsetMs = 8 * 3_600_000
const dayMs = 86_400_000

/** Whole days since 1970-01-01 in Shanghai. */
export const shanghaiDay = (epochMs: number): number => Math.floor((epochMs + offsetMs) / dayMs)

/** Milliseconds since midnight in Shanghai. */
export const shanghaiTimeOfDayMs = (epochMs: number): number => epochMs + offsetMs - shanghaiDay(epochMs) * dayMs

/** `yyyymmdd` of a day number. */
export const dateText = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10).replaceAll("-", "")

/** `HH:MM:SS` of a time of day. */
export const timeText = (timeOfDayMs: number): string => new Date(timeOfDayMs).toISOString().slice(11, 19)

/**
 * Day number of the trading day that a moment belongs to: from 18:00 on the next day, and a weekend's moments (the
 * early hours after Friday's night session included) belong to Monday. Exchange holidays are not known here.
 */
export const tradingDayAt = (epochMs: number): number => {
  const day = shanghaiDay(epochMs + 6 * 3_600_000)
  // 1970-01-01 was a Thursday; 0 = Sunday.
  const weekday = (day + 4) % 7
  return weekday === 6 ? day + 2 : weekday === 0 ? day + 1 : day
}
