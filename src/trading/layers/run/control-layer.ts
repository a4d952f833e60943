import { Context, Effect, Layer } from "effect"
import type { SupervisorControl } from "../../../../actors/runtime/supervisor-control.ts"
import { makeTreeControl } from "../../../../actors/runtime/tree-control.ts"
import { projectVersion } from "../../../platform/process/project-version.ts"
import { tradeControlLayer } from "../control/trading-control.ts"
import { NatsLink } from "./nats-link.ts"
import { TradeOptions } from "./trade-options.ts"

/** The entrance through which operators restart children of the tree. */
export class TreeEntrance extends Context.Service<
  TreeEntrance,
  { readonly of: (supervisor: string) => SupervisorControl }
>()("tickd/trading/TreeEntrance") {}

/** The control plane of a daemon on this host: over its connection to NATS, with the audit beside its book. */
export const controlLayer = Layer.unwrap(
  Effect.gen(function* () {
    const { config, log, onDrainAsked } = yield* TradeOptions
    const { connection } = yield* NatsLink
    const tree = makeTreeControl()
    return tradeControlLayer({
      version: projectVersion,
      venue: config.venue?.urls.trading ?? "none",
      stateDir: config.bookDir,
      connection,
      startedMs: Date.now(),
      setLogLevel: log.beginAt,
      restartChild: tree.restartChild,
      drain: onDrainAsked
    }).pipe(Layer.merge(Layer.succeed(TreeEntrance, { of: tree.of })))
  })
)
