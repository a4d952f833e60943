import { dayMs } from "../../kernel/time/shanghai-time.ts"

/** A recorded silence longer than this is a break of the session, not a quiet contract. */
const breakMs = 600_000

/** Maximum real duration of a break at any speed: a replay does not wait through lunch or until morning. */
const breakLastsMs = 1_000

/**
 * Real milliseconds to wait between two consecutive rows of a replay at `speed` times the recorded speed. Rows carry
 * a time of day only (-1: none), so midnight is unwrapped. A row with an earlier time than its predecessor (in files
 * merged from several sources) follows at once. Breaks of the session (10:15, lunch, evening, night to day: anything
 * over 10 minutes) last at most one second.
 */
export const replayGapMs = (previousMs: number, nextMs: number, speed: number): number => {
  if (previousMs < 0 || nextMs < 0) return 0
  const difference = nextMs - previousMs
  if (difference < 0 && difference > -breakMs) return 0
  const gap = difference < 0 ? difference + dayMs : difference
  return gap > breakMs ? Math.min(gap / speed, breakLastsMs) : gap / speed
}
