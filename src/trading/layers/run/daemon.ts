import { Context, Effect, Layer } from "effect"
import { effectLoggerLayer } from "../../../platform/log/effect-logger.ts"
import { TradeControl } from "../control/trading-control.ts"
import { TradeHttpApi } from "../http/http-api-layer.ts"
import { eventLinesLayer } from "../log/event-lines.ts"
import { TradeRegistry } from "../lowest.ts"
import { TradeStatus } from "../status/trade-status.ts"
import { tradeLayers } from "../trade-layers.ts"
import { TradeTree } from "../tree-layer.ts"
import { Telemetry } from "./beside-layer.ts"
import type { TradeDaemonOptions } from "./trade-options.ts"
import { tradeWorld } from "./trade-world.ts"

/**
 * Puts the daemon together: the layers of trade-layers.ts over this host. Nothing runs yet, but the book is open; it
 * belongs to the scope. `services`: what a demo drives the daemon with.
 */
export const makeTradeDaemon = Effect.fnUntraced(function* (options: TradeDaemonOptions) {
  const built = yield* Layer.build(eventLinesLayer.pipe(Layer.provideMerge(tradeLayers(tradeWorld(options)))))
  const { log } = options
  const registry = Context.get(built, TradeRegistry)
  let healthy = true
  registry.onChange((change) => {
    if (change.type !== "supervisor") return
    const { event } = change
    if (event.type === "restarting" || event.type === "gaveUp") {
      const text = event.type === "gaveUp" ? "gives up" : `starts again in ${event.inMs} ms`
      log.write("ERROR", `${event.supervisor}/${event.child} ${text}: ${event.reason}`, {
        event: event.type === "gaveUp" ? "supervisor_gave_up" : "child_restarts",
        child: `${event.supervisor}/${event.child}`,
        state: event.lastState
      })
    }
    if (event.type !== "gaveUp" || event.supervisor !== "root") return
    healthy = false
    options.onGivingUp()
  })
  const { run } = Context.get(built, TradeTree)
  const { during } = Context.get(built, TradeControl)
  return {
    run: (ready: Effect.Effect<void>): Effect.Effect<never, unknown> =>
      during(run(ready)).pipe(Effect.ensuring(Effect.sync(log.flush)), Effect.provide(effectLoggerLayer(log))),
    status: Context.get(built, TradeStatus).now,
    services: built,
    telemetryPort: Context.get(built, Telemetry).port,
    apiPort: Context.get(built, TradeHttpApi).port,
    stillStopping: () => registry.stopping(),
    isHealthy: () => healthy
  }
})
