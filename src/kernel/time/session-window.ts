import { shanghaiTimeOfDayMs } from "./shanghai-time.ts"

export const sessionWindows = ["day", "night", "none"] as const
export type SessionWindow = (typeof sessionWindows)[number]

const hourMs = 3_600_000

/** Window of a moment, with an hour around the sessions of 09:00 to 15:00 and 21:00 to 02:30 in Asia/Shanghai. */
export const windowAt = (epochMs: number): SessionWindow => {
  const hour = shanghaiTimeOfDayMs(epochMs) / hourMs
  if (hour >= 8 && hour < 16) return "day"
  return hour >= 20 || hour < 3.5 ? "night" : "none"
}
