import type { StalenessView } from "../../application/silence/staleness.ts"
import type { DaemonLog } from "./daemon-log.ts"

/** Lateness that comes and goes within this is one: a backlog is caught up in steps. Milliseconds. */
const calmMs = 10_000

const inSeconds = (ms: number): string => `${Math.round(ms / 1000)} s`

/** Writes one WARNING when a feed becomes late and one line when it has caught up; called at each look. */
export const makeLatenessLog = (feed: string, log: Pick<DaemonLog, "write">, monotonicMs = () => performance.now()) => {
  let isLate = false
  let mostMs = 0
  let seenMs = 0
  return ({ lateMs }: Pick<StalenessView, "lateMs">): void => {
    if (lateMs > 0) {
      seenMs = monotonicMs()
      mostMs = Math.max(mostMs, lateMs)
      if (isLate) return
      isLate = true
      log.write(
        "WARNING",
        `${feed} is late, not silent: its ticks arrive ${inSeconds(lateMs)} behind the exchanges, so nothing is repaired; look at the network and the front, or choose another front`,
        { event: "feed_late", feed, late_ms: lateMs }
      )
    } else if (isLate && monotonicMs() - seenMs >= calmMs) {
      isLate = false
      log.write("INFO", `${feed} is in time again; it was ${inSeconds(mostMs)} late at most`, {
        event: "feed_in_time",
        feed,
        most_late_ms: mostMs
      })
      mostMs = 0
    }
  }
}
