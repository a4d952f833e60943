import { Context, Effect, identity, Layer } from "effect"
import { marketTree } from "../../../actors/market/supervision-tree.ts"
import { SupervisorEvents } from "../../../actors/runtime/supervisor.ts"
import { runTree } from "../../../actors/runtime/tree.ts"
import { DaemonEvents } from "./events/daemon-events.ts"
import { Failover } from "./failover/failover-layer.ts"
import { closeIntegrity } from "./feeds/child-bodies.ts"
import { FeedChildren } from "./feeds/feeds-layer.ts"
import { Integrity } from "./integrity/integrity-layer.ts"
import { Machines } from "./journal/machines-layer.ts"
import { BesideLine, Causes, DaemonRegistry, Health } from "./lowest.ts"
import { Publish } from "./publish/publish-layer.ts"

/** The daemon's tree over all other layers. */
export class Tree extends Context.Service<
  Tree,
  {
    /**
     * Runs the tree until it gives up or is interrupted; interruption drains it in stop order.
     * Errors: the end that no restart can cure, as it was, or `SupervisorGaveUp` after too many restarts.
     */
    readonly run: (ready: Effect.Effect<void>) => Effect.Effect<never, unknown>
  }
>()("tickd/market/Tree") {}

export const treeLayer = Layer.effect(
  Tree,
  Effect.gen(function* () {
    const { verdict } = yield* Causes
    const registry = yield* DaemonRegistry
    const events = yield* DaemonEvents
    const integrity = yield* Integrity
    const machines = yield* Machines
    const { natsLink, publisher, publishing } = yield* Publish
    const { feedSwitch } = yield* Failover
    const health = yield* Health
    const fronts = yield* FeedChildren
    const { answerDuring = identity, entrance, isRestarting, ...beside } = yield* BesideLine
    const children = marketTree({
      ...beside,
      machines: machines.body,
      natsLink,
      publisher,
      failover: feedSwitch?.body,
      health: health.body,
      fronts
    })
    const stateOf = (actor: string) => registry.stoodIn(actor)
    return {
      run: (ready) =>
        answerDuring(runTree({ children, isFatal: verdict.endsDaemon, stateOf, entrance }, ready)).pipe(
          Effect.mapError((gaveUp): unknown => (gaveUp.fatal ? (verdict.end() ?? gaveUp) : gaveUp)),
          closeIntegrity(publishing),
          integrity.closeAfter,
          Effect.provideService(SupervisorEvents, (event) =>
            events.publish({
              type: "supervisor",
              event,
              byOperator: isRestarting(`${event.supervisor}/${event.child}`)
            })
          )
        )
    }
  })
)
