/** Asia/Shanghai is UTC+08:00 all year: its last daylight saving time ended in 1991. Milliseconds. */
export const shanghaiOffsetMs = 28_800_000
export const dayMs = 86_400_000

/** ISO 8601 in Asia/Shanghai, milliseconds: `2026-11-21T20:00:00.000+08:00`. */
export const shanghaiIso = (epochMs: number): string =>
  new Date(epochMs + shanghaiOffsetMs).toISOString().replace("Z", "+08:00")

/** Whole days since 1970-01-01 in Shanghai. */
export const shanghaiDay = (epochMs: number): number => Math.floor((epochMs + shanghaiOffsetMs) / dayMs)

/** Milliseconds since midnight in Shanghai. */
export const shanghaiTimeOfDayMs = (epochMs: number): number =>
  epochMs + shanghaiOffsetMs - shanghaiDay(epochMs) * dayMs

/** Midnight in Shanghai at which a day begins, epoch milliseconds. `day`: whole days since 1970-01-01. */
export const shanghaiMidnightMs = (day: number): number => day * dayMs - shanghaiOffsetMs
