import { Context, Effect, Layer } from "effect"
import type { TradingCalendar } from "../../../kernel/calendar/trading-calendar.ts"
import { alwaysOpen, noHours, type PhaseSource } from "../../../kernel/calendar/trading-phase.ts"
import { TradingSessions } from "../../../kernel/calendar/trading-sessions.ts"
import type { InstrumentDirectory } from "../../../kernel/instrument/instrument-directory.ts"
import { certainHoursOf } from "../../../kernel/instrument/instrument-hours.ts"
import { Staleness } from "../../application/silence/staleness.ts"
import type { Config } from "../../config/config.ts"
import { Failover } from "../failover/failover-layer.ts"
import { ConfiguredFeeds } from "../feeds/configured-feeds.ts"
import { Log } from "../log/log-layer.ts"
import { DaemonRegistry, FeedLines, FeedSilence, Health, Host, MarketTime, TickBuffers } from "../lowest.ts"
import { Options } from "../run-options.ts"
import { repairSpan } from "../trace/repair-span.ts"
import { makeHealth } from "./health.ts"

/**
 * When ticks of an instrument are to be expected. Never with `CTP_SILENCE_MS=0`, which says that silence is no fault,
 * and never in a replay: a recording has the rhythm of its speed, and none behind its end.
 */
const watchHours = (
  config: Pick<Config, "marketHours" | "tick" | "ctp">,
  directory: InstrumentDirectory,
  calendar: TradingCalendar
): PhaseSource => {
  if (config.ctp.silenceMs === 0 || config.tick.replay) return noHours
  return config.marketHours === "always" ? alwaysOpen : certainHoursOf(directory, new TradingSessions(calendar))
}

/**
 * Ends a worker whose library may hang, so that its supervisor starts another. False when there is none, or it took no
 * signal.
 */
const killWorker = (pid: number): boolean => {
  // 0 would be the daemon's own process group.
  if (pid <= 0) return false
  try {
    return process.kill(pid, "SIGKILL")
  } catch {
    return false
  }
}

/**
 * Which instruments of a feed should tick and do not, by feed. With two feeds, each one shows the silence of the
 * other.
 */
export class Stalenesses extends Context.Service<Stalenesses, ReadonlyMap<string, Staleness>>()(
  "tickd/market/Stalenesses"
) {
  static readonly layer = Layer.effect(
    Stalenesses,
    Effect.gen(function* () {
      const { config } = yield* Options
      const { directory } = yield* TickBuffers
      const { feeds } = yield* FeedLines
      const { calendar } = yield* MarketTime
      const hours = watchHours(config, directory, calendar)
      return new Map(
        feeds.map(({ asking: { subscriptions }, ctp, feed }, at) => {
          const other = feeds[at === 0 ? 1 : 0]?.asking.subscriptions
          const isRead = () => ctp.ringCounts().empty
          return [
            feed,
            new Staleness({ subscriptions, directory, hours, isRead, ...(other === undefined ? {} : { other }) })
          ] as const
        })
      )
    })
  )
}

export const silenceLayer = Layer.effect(
  FeedSilence,
  Effect.gen(function* () {
    const stalenesses = yield* Stalenesses
    const { nowMs } = yield* Host
    return {
      silentMs: (feed) => Math.round(stalenesses.get(feed)?.last().silentMs ?? 0),
      lateMs: (feed) => Math.round(stalenesses.get(feed)?.last().lateMs ?? 0),
      isLiquidNow: (feed) => (stalenesses.get(feed)?.liquidNow(nowMs()) ?? 0) > 0
    }
  })
)

/** The repair of silent feeds, and what operators read of it. */
export class Repair extends Context.Service<Repair, ReturnType<typeof makeHealth>>()("tickd/market/Repair") {
  static readonly layer = Layer.effect(
    Repair,
    Effect.gen(function* () {
      const { config, spans } = yield* Options
      const { isPair } = yield* FeedLines
      const { directory } = yield* TickBuffers
      const feeds = yield* ConfiguredFeeds
      const { feedSwitch } = yield* Failover
      const stalenesses = yield* Stalenesses
      return makeHealth({
        feeds: feeds.map(({ feed, asking, ctp, ask }) => ({
          subscriptions: asking.subscriptions,
          staleness: stalenesses.get(feed) as Staleness,
          askLogin: () => ask({ type: "RELOGIN_ASKED" }),
          restartWorker: () => killWorker(ctp.workerPid()),
          ...(isPair && { switchFeed: () => feedSwitch?.leave(feed) })
        })),
        silenceMs: config.ctp.silenceMs,
        subscribeTimeoutMs: Math.max(0, ...feeds.map(({ asking }) => asking.timeoutMs)),
        priorities: Math.max(0, ...feeds.map(({ asking }) => asking.priorities)),
        directory,
        registry: yield* DaemonRegistry,
        log: yield* Log,
        onRepair: spans && ((record) => repairSpan(spans, record))
      })
    })
  )
}

export const healthLayer = Layer.effect(
  Health,
  Effect.map(Repair, ({ body, counts }) => ({ body, counts }))
)
