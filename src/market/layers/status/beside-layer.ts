import { Context, Effect, Layer } from "effect"
import { epochDayOf } from "../../../kernel/calendar/calendar-day.ts"
import type { TradingCalendar } from "../../../kernel/calendar/trading-calendar.ts"
import { shanghaiMidnightMs } from "../../../kernel/time/shanghai-time.ts"
import type { ReaderCut } from "../../../platform/http/reader-bounds.ts"
import { makeMetrics } from "../../adapters/prometheus/metrics.ts"
import { makeSubscriptionMetrics } from "../../adapters/prometheus/subscription-registry.ts"
import { makePlannedSections } from "../../application/silence/planned-sections.ts"
import { type ProductCount, ProductCounts } from "../../application/subscriptions/product-counts.ts"
import { countedRestarts } from "../causes/counted-restarts.ts"
import { makeOperators } from "../control/daemon-operators.ts"
import { switchMessage } from "../control/failover-words.ts"
import { DaemonEvents } from "../events/daemon-events.ts"
import { Failover } from "../failover/failover-layer.ts"
import { ConfiguredFeeds } from "../feeds/configured-feeds.ts"
import { Repair, Stalenesses } from "../health/health-layer.ts"
import { Integrity } from "../integrity/integrity-layer.ts"
import { Log } from "../log/log-layer.ts"
import { BesideLine, DaemonRegistry, MarketTime, States, TickBuffers } from "../lowest.ts"
import { Options } from "../run-options.ts"
import { makeDaemonSpans } from "../trace/daemon-spans.ts"
import { consumersOf } from "./daemon-consumers.ts"
import { feedFronts } from "./feed-fronts.ts"
import { metricBounds } from "./metric-bounds.ts"
import { outsideReadings } from "./outside-readings.ts"
import { Readiness } from "./readiness-layer.ts"
import { Status } from "./status-layer.ts"
import { makeTelemetry } from "./telemetry.ts"

/**
 * What operators see and do over NATS: the journal, the control service, and the wanted set that follows the
 * catalogue.
 */
export class Operators extends Context.Service<Operators, ReturnType<typeof makeOperators>>()(
  "tickd/market/Operators"
) {
  static readonly layer = Layer.effect(
    Operators,
    Effect.gen(function* () {
      const { read } = yield* Status
      const { directory } = yield* TickBuffers
      const { feedSwitch } = yield* Failover
      const daemon = yield* Options
      const spans = daemon.spans && makeDaemonSpans(daemon.spans)
      const operators = makeOperators({
        daemon,
        onCommand: spans?.command,
        registry: yield* DaemonRegistry,
        states: yield* States,
        log: yield* Log,
        status: read,
        directory,
        feeds: yield* ConfiguredFeeds,
        feedSwitch,
        health: yield* Repair
      })
      const events = yield* DaemonEvents
      events.subscribe("journal", (event) => {
        if (event.type === "publisher" && event.event.type === "takenBack") operators.noteTakeBack(event.event)
        if (event.type !== "switched") return
        operators.journal.switched(switchMessage(event.record))
        spans?.switched(event.record)
      })
      return operators
    })
  )
}

/** Days begin at midnight in Shanghai. */
const endOfCalendar = ({ through }: TradingCalendar) => shanghaiMidnightMs(epochDayOf(through) + 1)

/** `/metrics`, `/readyz`, `/healthz` and `/status`. */
export class Telemetry extends Context.Service<
  Telemetry,
  ReturnType<typeof makeTelemetry> & { readonly readerCut: (why: ReaderCut) => void }
>()("tickd/market/Telemetry") {
  static readonly layer = Layer.effect(
    Telemetry,
    Effect.gen(function* () {
      const { broker, catalogue, config, logDropped, spans } = yield* Options
      const { read: status } = yield* Status
      const { answer } = yield* Readiness
      const { directory, latency, line } = yield* TickBuffers
      const integrity = yield* Integrity
      const { calendar, hours } = yield* MarketTime
      const stalenesses = yield* Stalenesses
      const products = new Map<string, () => ReadonlyArray<ProductCount>>(
        (yield* ConfiguredFeeds).map(({ asking, feed }) => {
          const counts = new ProductCounts(asking.subscriptions.table, directory)
          return [feed, () => counts.read(stalenesses.get(feed)?.last().stalled ?? [])]
        })
      )
      const readersCut = { slow: 0, crowded: 0 }
      const readerCut = (why: ReaderCut) => void readersCut[why]++
      const metrics = makeMetrics({
        status,
        latency,
        line,
        outside: { ...outsideReadings(config, broker), calendarEndMs: endOfCalendar(calendar) },
        consumers: consumersOf({ config, broker, isLinkUp: () => status().broker.link === "up" }),
        fronts: feedFronts(yield* ConfiguredFeeds),
        gaps: integrity.feeds.map((feed) => feed.gaps),
        contracts: catalogue?.counts,
        products: (feed) => products.get(feed)?.() ?? [],
        bounds: metricBounds,
        logDropped,
        readersCut,
        spansDropped: spans?.dropped,
        sections: makePlannedSections(hours, () => Date.now()),
        isTrading: () => hours.phaseAt(Date.now()) === "trading"
      })
      const telemetry = makeTelemetry(config.http, { metrics: metrics.read, readiness: answer, status, readerCut })
      return { ...telemetry, readerCut }
    })
  )
}

/** The subscription metrics on their own port; undefined without one. */
const subscriptionServer = Effect.gen(function* () {
  const { config } = yield* Options
  const { read: status } = yield* Status
  const { answer } = yield* Readiness
  const { readerCut } = yield* Telemetry
  if (config.subscriptionHttp === undefined) return undefined
  const metrics = makeSubscriptionMetrics({ status, nowMs: () => Date.now() })
  const names = { host: "SUBSCRIPTION_METRICS_HOST", port: "SUBSCRIPTION_METRICS_PORT" }
  return makeTelemetry(config.subscriptionHttp, { metrics: metrics.read, readiness: answer, status, readerCut }, names)
    .body
})

/**
 * The children beside the line. What waits for a cause is started again without its supervisor, and its restarts are
 * counted.
 */
export const besideLayer = Layer.effect(
  BesideLine,
  Effect.gen(function* () {
    const { broker, catalogue, waiting } = yield* Options
    const registry = yield* DaemonRegistry
    const telemetry = yield* Telemetry
    const subscriptions = yield* subscriptionServer
    const { answerDuring, control, entrance, isRestarting, journal, wanted } = yield* Operators
    const restartsOf = countedRestarts(registry, () => Date.now())
    return {
      telemetry: waiting.child("telemetry", telemetry.body, { atOnce: true, ...restartsOf("telemetry") }),
      subscriptionMetrics:
        subscriptions && waiting.beside("subscription metrics", subscriptions, restartsOf("subscription-metrics")),
      broker:
        broker.run === undefined
          ? undefined
          : waiting.child("nats-server", broker.run, { atOnce: true, ...restartsOf("broker") }),
      journal: waiting.beside("control plane", journal.body, restartsOf("journal")),
      control: control.body,
      contracts: catalogue?.body(wanted.onList),
      entrance,
      isRestarting,
      answerDuring
    }
  })
)
