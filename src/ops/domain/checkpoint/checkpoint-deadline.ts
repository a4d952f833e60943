import { shanghaiDay, shanghaiMidnightMs, shanghaiTimeOfDayMs } from "../../../kernel/time/shanghai-time.ts"
import { type Window, windows } from "../runbook-words.ts"

const minuteMs = 60_000

/** `HH:MM` as milliseconds since midnight. */
const timeOfDayMs = (text: string): number => {
  const [hours = 0, minutes = 0] = text.split(":").map(Number)
  return (hours * 60 + minutes) * minuteMs
}

/**
 * The T-5 deadline of the session that a moment belongs to, epoch milliseconds. A session belongs to its own deadline
 * until it ends; after its end the next deadline counts, on the same day. Weekends and holidays are the calendar's.
 */
export const checkpointDeadlineMs = (window: Window, atMs: number): number => {
  const { checkpoint, end, start } = windows[window]
  const endsNextDay = timeOfDayMs(end) < timeOfDayMs(start)
  const isAfterMidnight = endsNextDay && shanghaiTimeOfDayMs(atMs) < timeOfDayMs(end)
  return shanghaiMidnightMs(shanghaiDay(atMs) - (isAfterMidnight ? 1 : 0)) + timeOfDayMs(checkpoint)
}
