import { Effect, Layer } from "effect"
import { chinaCalendar } from "../../kernel/calendar/trading-calendar.ts"
import { noHours } from "../../kernel/calendar/trading-phase.ts"
import { TradingSessions } from "../../kernel/calendar/trading-sessions.ts"
import { InstrumentDirectory } from "../../kernel/instrument/instrument-directory.ts"
import { phaseSourceOf } from "../../kernel/instrument/instrument-hours.ts"
import { LatencyHistogram } from "../../kernel/latency-histogram.ts"
import { SlabPool } from "../../kernel/tick/tick-slab.ts"
import { connectionOf } from "../../platform/nats/nats-settings.ts"
import { later, monotonicMs } from "../../platform/process/clock.ts"
import { startStallWatchdog } from "../../platform/process/stall-watchdog.ts"
import { LineLatency } from "../application/intake/line-latency.ts"
import { makeTickQueue } from "../application/intake/tick-queue.ts"
import { OverflowIntegrity } from "../application/integrity/overflow-integrity.ts"
import { Outbox } from "../application/publish/outbox.ts"
import type { DaemonOptions } from "./daemon-options.ts"
import { DaemonEvents } from "./events/daemon-events.ts"
import { ConfiguredFeeds, feedLinesLayer } from "./feeds/configured-feeds.ts"
import { marketHoursOf } from "./feeds/market-hours.ts"
import { healthLayer, Repair, Stalenesses, silenceLayer } from "./health/health-layer.ts"
import { Log, logLayer } from "./log/log-layer.ts"
import {
  BrokerLinks,
  Causes,
  DaemonRegistry,
  FeedLines,
  Host,
  MarketTime,
  Settings,
  States,
  TickBuffers
} from "./lowest.ts"
import { lookAtUnusedSpool } from "./publish/spool-unused.ts"
import { Options } from "./run-options.ts"
import { besideLayer, Operators, Telemetry } from "./status/beside-layer.ts"

// The lowest layers of `tickd run`: this host, a real broker, worker processes and shared memory.

const slabRows = 1024

/** Integrity events that wait while the broker is away: 320 bytes and an object each, some 10 MB when full. */
const outboxEvents = 20_000

const hostLayer = Layer.effect(
  Host,
  Effect.gen(function* () {
    const { config } = yield* Options
    const log = yield* Log
    const events = yield* DaemonEvents
    const stalls = yield* startStallWatchdog((stallMs) => events.publish({ type: "stall", stallMs }))
    return {
      nowMs: () => Date.now(),
      monotonicMs,
      later,
      stalls: stalls.counts,
      spoolUnused: lookAtUnusedSpool(config.tick.unusedSpool, log)
    }
  })
)

const linksLayer = Layer.effect(
  BrokerLinks,
  Effect.map(Options, ({ broker, config, streamLooks }) => ({
    url: broker.url,
    whenUp: broker.whenUp,
    isOwnServer: broker.run !== undefined,
    connection: (what) => connectionOf(config.nats, { url: broker.url(), name: `tickd ${config.instance} ${what}` }),
    outbox: new Outbox(outboxEvents),
    looks: streamLooks
  }))
)

const buffersLayer = Layer.effect(
  TickBuffers,
  Effect.gen(function* () {
    const { config, contracts } = yield* Options
    const { overflow: policy = "drop-newest", queueTicks } = config.tick
    const pool = new SlabPool({ rows: slabRows, keep: Math.ceil(queueTicks / slabRows) + 2 })
    const overflow = new OverflowIntegrity(policy)
    return {
      directory: new InstrumentDirectory(contracts),
      latency: new LatencyHistogram(),
      line: new LineLatency(),
      pool,
      queue: yield* makeTickQueue(queueTicks, { integrity: overflow, pool }),
      overflow,
      inHand: []
    }
  })
)

const timeLayer = Layer.effect(
  MarketTime,
  Effect.gen(function* () {
    const { calendar = chinaCalendar, config } = yield* Options
    const { directory } = yield* TickBuffers
    const { feeds } = yield* FeedLines
    const [first] = feeds
    if (first === undefined) return yield* Effect.die(new Error("a daemon has at least one feed"))
    return {
      calendar,
      // A recording has the hours of its days, also where the market of the demo has none.
      laws:
        config.tick.replay || config.marketHours === "calendar"
          ? phaseSourceOf(directory, new TradingSessions(calendar))
          : noHours,
      hours: marketHoursOf(config.marketHours, first.asking.subscriptions, directory, new TradingSessions(calendar))
    }
  })
)

/** What `tickd run` and `tickd demo` give to the shared layers. */
export const runWorld = (options: DaemonOptions) => ({
  lowest: silenceLayer.pipe(
    Layer.provideMerge(Stalenesses.layer),
    Layer.provideMerge(timeLayer),
    Layer.provideMerge(feedLinesLayer),
    Layer.provideMerge(ConfiguredFeeds.layer),
    Layer.provideMerge(Layer.mergeAll(buffersLayer, hostLayer, linksLayer)),
    Layer.provideMerge(logLayer),
    Layer.provideMerge(DaemonRegistry.layer),
    Layer.provideMerge(
      Layer.mergeAll(
        DaemonEvents.layer,
        States.layer,
        Layer.succeed(Options, options),
        Layer.succeed(Settings, options.config),
        Layer.succeed(Causes, options.waiting)
      )
    )
  ),
  health: healthLayer.pipe(Layer.provideMerge(Repair.layer)),
  beside: besideLayer.pipe(Layer.provideMerge(Telemetry.layer), Layer.provideMerge(Operators.layer))
})
