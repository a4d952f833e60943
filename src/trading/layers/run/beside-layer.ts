import { Context, Effect, Layer } from "effect"
import { projectVersion } from "../../../platform/process/project-version.ts"
import { apiMetricsText } from "../../adapters/prometheus/api-metric-table.ts"
import { flowMetricsText } from "../../adapters/prometheus/flow-metric-table.ts"
import { metricsText } from "../../adapters/prometheus/trade-metrics.ts"
import { TradeFlow } from "../../ports/trade-flow.ts"
import { TradeControl } from "../control/trading-control.ts"
import { ApiCounts } from "../http/api-counts.ts"
import { httpApiLayer, TradeHttpApi } from "../http/http-api-layer.ts"
import { BesideOrders } from "../lowest.ts"
import { Readiness, readinessLayer } from "../status/readiness.ts"
import { readingsLayer, TradeReadingsNow } from "../status/trade-readings.ts"
import { TradeStatus, tradeStatusLayer } from "../status/trade-status.ts"
import { controlLayer, TreeEntrance } from "./control-layer.ts"
import { NatsLink } from "./nats-link.ts"
import { makeTelemetry } from "./telemetry.ts"
import { TradeOptions } from "./trade-options.ts"

/** `/metrics` of the telemetry port and of the API. */
class MetricsPage extends Context.Service<
  MetricsPage,
  { readonly render: () => Promise<{ readonly contentType: string; readonly text: string }> }
>()("tickd/trading/MetricsPage") {
  static readonly layer = Layer.effect(
    MetricsPage,
    Effect.gen(function* () {
      const [{ read }, counts, { isUp }] = [yield* TradeReadingsNow, yield* ApiCounts, yield* NatsLink]
      const flow = yield* TradeFlow
      return {
        render: async () => {
          const readings = { ...(await Effect.runPromise(read)), trade_nats_connected: isUp() ? 1 : 0 }
          return {
            contentType: "text/plain; version=0.0.4",
            text: `${metricsText(readings)}${flowMetricsText(flow)}${apiMetricsText(counts)}`
          }
        }
      }
    })
  )
}

/** The HTTP API of a daemon on this host. */
const apiLayer = Layer.unwrap(
  Effect.gen(function* () {
    const { config } = yield* TradeOptions
    const { render } = yield* MetricsPage
    return httpApiLayer({ http: config.http, version: projectVersion, metrics: render, drainMs: apiDrainMs })
  })
)
/** Below the time that the tree gives to a child that stops. */
const apiDrainMs = 4000

/** `/metrics`, `/healthz`, `/readyz` and `/status`. */
export class Telemetry extends Context.Service<Telemetry, ReturnType<typeof makeTelemetry>>()(
  "tickd/trading/Telemetry"
) {
  static readonly layer = Layer.effect(
    Telemetry,
    Effect.gen(function* () {
      const { config, isStopping } = yield* TradeOptions
      const { problem } = yield* NatsLink
      const readiness = yield* Readiness
      const status = yield* TradeStatus
      const { render } = yield* MetricsPage
      const api = yield* TradeHttpApi
      return makeTelemetry(config.telemetry, {
        metrics: render,
        readiness: () => ({
          reasons: [
            ...(isStopping() ? ["daemon draining"] : []),
            ...(problem() === "" ? [] : [`NATS: ${problem()}`]),
            ...readiness.reasons()
          ],
          beside: [...readiness.beside(), ...(api.problem() === "" ? [] : [`HTTP API: ${api.problem()}`])]
        }),
        status: status.now
      })
    })
  )
}

/** The children beside the way of orders, of a daemon on this host. */
export const besideLayer = Layer.effect(
  BesideOrders,
  Effect.gen(function* () {
    const { broker, simulatedVenue } = yield* TradeOptions
    const { body: telemetry } = yield* Telemetry
    const { body: natsLink } = yield* NatsLink
    const { body: control } = yield* TradeControl
    const { of: entrance } = yield* TreeEntrance
    const { body: httpApi } = yield* TradeHttpApi
    return {
      telemetry,
      broker: broker.run,
      simulatedVenue,
      journal: undefined,
      natsLink,
      httpApi,
      control,
      entrance
    }
  })
).pipe(
  Layer.provideMerge(Telemetry.layer),
  Layer.provideMerge(apiLayer),
  Layer.provideMerge(MetricsPage.layer),
  Layer.provideMerge(ApiCounts.layer),
  Layer.provideMerge(controlLayer),
  Layer.provideMerge(Layer.mergeAll(tradeStatusLayer, readingsLayer)),
  Layer.provideMerge(readinessLayer)
)
