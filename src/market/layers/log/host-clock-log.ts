import type { DaemonLog } from "./daemon-log.ts"

/** Nearer than this, a time of day alone shows how far the clock is off. */
const halfDayMs = 43_200_000

/** The distance between the exchanges' clocks and this host's as one sentence; positive: the host is slow. */
const clockSentence = (feed: string, offsetMs: number): string => {
  const seconds = Math.round(Math.abs(offsetMs) / 1000)
  const other = Math.abs(offsetMs) > halfDayMs ? ", or the front serves another day" : ""
  return offsetMs > 0
    ? `host clock: exchange times of feed ${feed} are ${seconds} s ahead of this host's clock: the clock is slow, set it (chronyc makestep)${other}`
    : `host clock: exchange times of feed ${feed} are ${seconds} s behind this host's clock: the clock is fast, set it (chronyc makestep), or the front sends late${other}`
}

/** Feeds within this distance agree: the host has one clock, so the first of them is reported for all. */
const sameMs = 5000

/** What each distance is in words, once for all feeds that show the same one. */
export const clockReasons = (
  feeds: Iterable<{ readonly feed: string; readonly clockOffsetMs: number }>
): ReadonlyArray<string> => {
  const reported: Array<number> = []
  const reasons: Array<string> = []
  for (const { clockOffsetMs, feed } of feeds) {
    if (clockOffsetMs === 0 || reported.some((other) => Math.abs(other - clockOffsetMs) < sameMs)) continue
    reported.push(clockOffsetMs)
    reasons.push(clockSentence(feed, clockOffsetMs))
  }
  return reasons
}

/**
 * One ERROR when ticks show that the host's clock is wrong, by how much, and one INFO when it is right again for every
 * feed.
 */
export const makeHostClockLog = (log: Pick<DaemonLog, "write">) => {
  const offsets = new Map<string, number>()
  return (feed: string, offsetMs: number): void => {
    const fields = { event: "host_clock", feed, offset_s: Math.round(offsetMs / 1000) }
    const known = [...offsets.values()].some((other) => Math.abs(other - offsetMs) < sameMs)
    if (offsetMs === 0) offsets.delete(feed)
    else offsets.set(feed, offsetMs)
    if (offsetMs !== 0 && !known) {
      log.write("ERROR", `${clockSentence(feed, offsetMs)}; days of its ticks stay as the front sends them`, fields)
    } else if (offsetMs === 0 && offsets.size === 0) {
      log.write("INFO", "exchange times agree with this host's clock again", fields)
    }
  }
}
