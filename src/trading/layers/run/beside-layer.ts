import { Context, Effect, Layer } from "effect"
import { TradeControl } from "../control/trading-control.ts"
import { BesideOrders } from "../lowest.ts"
import { Readiness, readinessLayer } from "../status/readiness.ts"
import { TradeStatus, tradeStatusLayer } from "../status/trade-status.ts"
import { controlLayer, TreeEntrance } from "./control-layer.ts"
import { NatsLink } from "./nats-link.ts"
import { makeTelemetry } from "./telemetry.ts"
import { TradeOptions } from "./trade-options.ts"

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
      return makeTelemetry(config.telemetry, {
        metrics: () => Promise.resolve({ contentType: "text/plain; version=0.0.4", text: "" }),
        readiness: () => ({
          reasons: [
            ...(isStopping() ? ["daemon draining"] : []),
            ...(problem() === "" ? [] : [`NATS: ${problem()}`]),
            ...readiness.reasons()
          ],
          beside: readiness.beside()
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
    return {
      telemetry,
      broker: broker.run,
      simulatedVenue,
      journal: undefined,
      natsLink,
      httpApi: undefined,
      control,
      entrance
    }
  })
).pipe(
  Layer.provideMerge(controlLayer),
  Layer.provideMerge(Telemetry.layer),
  Layer.provideMerge(tradeStatusLayer),
  Layer.provideMerge(readinessLayer)
)
