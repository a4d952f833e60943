import type { Registry } from "../../../../actors/runtime/registry.ts"
import type { TradingCalendar } from "../../../kernel/calendar/trading-calendar.ts"
import { alwaysOpen, noHours, type PhaseSource } from "../../../kernel/calendar/trading-phase.ts"
import { TradingSessions } from "../../../kernel/calendar/trading-sessions.ts"
import type { InstrumentDirectory } from "../../../kernel/instrument/instrument-directory.ts"
import { certainHoursOf } from "../../../kernel/instrument/instrument-hours.ts"
import type { Config } from "../../config/config.ts"
import type { FeedParts } from "../feeds/feed-parts.ts"
import type { DaemonLog } from "../log/daemon-log.ts"
import { makeHealth } from "./health.ts"

/**
 * When ticks of an instrument are to be expected. Never with `CTP_SILENCE_MS=0`, which says that silence is no fault, and
 * never in a replay: a recording has the rhythm of its speed, and none behind its end.
 */
const watchHours = (
  config: Pick<Config, "marketHours" | "tick" | "ctp">,
  directory: InstrumentDirectory,
  calendar: TradingCalendar
): PhaseSource => {
  if (config.ctp.silenceMs === 0 || config.tick.replay) return noHours
  return config.marketHours === "always" ? alwaysOpen : certainHoursOf(directory, new TradingSessions(calendar))
}

/** Ends a worker whose library may hang, so that its supervisor starts another. False when there is none, or it took no signal. */
const killWorker = (pid: number): boolean => {
  // 0 would be the daemon's own process group.
  if (pid <= 0) return false
  try {
    return process.kill(pid, "SIGKILL")
  } catch {
    return false
  }
}

/** Health of the daemon's feeds, with what it may do to each of them. */
export const makeDaemonHealth = (options: {
  readonly config: Config
  readonly directory: InstrumentDirectory
  readonly calendar: TradingCalendar
  readonly registry: Registry
  readonly log: DaemonLog
  readonly feeds: ReadonlyArray<Pick<FeedParts, "feed" | "asking" | "ctp" | "ask">>
  /** Leaves a feed for the other one: why not, undefined when it was requested. Asked for only where there are two. */
  readonly leave: (feed: string) => string | undefined
}) => {
  const { config, directory, calendar, registry, log, feeds } = options
  return makeHealth({
    feeds: feeds.map(({ feed, asking, ctp, ask }) => ({
      subscriptions: asking.subscriptions,
      isRead: () => ctp.ringCounts().empty,
      askLogin: () => ask({ type: "RELOGIN_ASKED" }),
      restartWorker: () => killWorker(ctp.workerPid()),
      ...(feeds.length > 1 && { switchFeed: () => options.leave(feed) })
    })),
    directory,
    hours: watchHours(config, directory, calendar),
    silenceMs: config.ctp.silenceMs,
    subscribeTimeoutMs: Math.max(0, ...feeds.map(({ asking }) => asking.timeoutMs)),
    priorities: Math.max(0, ...feeds.map(({ asking }) => asking.priorities)),
    registry,
    log
  })
}
