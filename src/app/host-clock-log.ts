import type { DaemonLog } from "./daemon-log.ts"

/** The distance between the exchanges' clocks and this host's as one sentence; positive: the host is slow. */
export const clockSentence = (feed: string, offsetMs: number): string => {
  const seconds = Math.round(Math.abs(offsetMs) / 1000)
  return offsetMs > 0
    ? `host clock: exchange times of feed ${feed} are ${seconds} s ahead of this host's clock: the clock is slow, set it (chronyc makestep)`
    : `host clock: exchange times of feed ${feed} are ${seconds} s behind this host's clock: the clock is fast, set it (chronyc makestep), or the front sends late`
}

/** One ERROR when the ticks of a feed show that the host's clock is wrong, one INFO when it is right again. */
export const makeHostClockLog =
  (log: Pick<DaemonLog, "write">) =>
  (feed: string, offsetMs: number): void => {
    const fields = { event: "host_clock", feed, offset_s: Math.round(offsetMs / 1000) }
    if (offsetMs === 0) log.write("INFO", "exchange times agree with this host's clock again", fields)
    else log.write("ERROR", `${clockSentence(feed, offsetMs)}; days of its ticks stay as the front sends them`, fields)
  }
