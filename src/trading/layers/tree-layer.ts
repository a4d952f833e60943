import { Context, Effect, Layer } from "effect"
import { SupervisorEvents } from "../../../actors/runtime/supervisor.ts"
import { type Body, runTree } from "../../../actors/runtime/tree.ts"
import { runMonitor } from "../../../actors/trading/monitor-actor.ts"
import { OrderSupervision } from "../../../actors/trading/order-supervision.ts"
import { makeOutboxActor } from "../../../actors/trading/outbox-actor.ts"
import { makeReconciliation } from "../../../actors/trading/reconciliation-actor.ts"
import { runSilenceWatch } from "../../../actors/trading/silence-watch-actor.ts"
import { tradeTree } from "../../../actors/trading/supervision-tree.ts"
import { makeTradeUpdates } from "../../../actors/trading/trade-updates-actor.ts"
import { makeVenuePoll } from "../../../actors/trading/venue-poll-actor.ts"
import { followBook } from "../application/quotes/wanted-quotes.ts"
import { SafetyEventStream } from "../application/safety/safety-alerts.ts"
import { SafetyFollower } from "../application/safety/safety-state.ts"
import { VenueReadings } from "../application/venue-readings.ts"
import { BesideOrders, TradeRegistry, TradeSettings } from "./lowest.ts"

/** The actors that keep running, as built: their counts are what metrics and the ledger read. */
export class TradeActors extends Context.Service<
  TradeActors,
  {
    readonly updates: Effect.Success<ReturnType<typeof makeTradeUpdates>>
    readonly poll: Effect.Success<ReturnType<typeof makeVenuePoll>>
    readonly outbox: Effect.Success<ReturnType<typeof makeOutboxActor>>
    readonly reconciliation: Effect.Success<ReturnType<typeof makeReconciliation>>
    readonly positionSync: Effect.Effect<never>
    readonly monitor: Body
    readonly silenceWatch: Body
  }
>()("tickd/trading/TradeActors") {}

export const actorsLayer = Layer.effect(
  TradeActors,
  Effect.gen(function* () {
    const settings = yield* TradeSettings
    const monitorServices = yield* Effect.context<Effect.Services<ReturnType<typeof runMonitor>>>()
    const watchServices = yield* Effect.context<Effect.Services<ReturnType<typeof runSilenceWatch>>>()
    const { followEveryMs, symbols } = settings.quotes
    // Nothing is sent in a dry run, so no update is missed.
    if (settings.mode === "dry") (yield* VenueReadings).noteListening(true)
    return {
      updates: yield* makeTradeUpdates(settings.updates),
      poll: yield* makeVenuePoll(settings.poll),
      outbox: yield* makeOutboxActor(settings.outbox),
      reconciliation: yield* makeReconciliation(settings.reconciliation),
      positionSync: yield* followBook({ everyMs: followEveryMs, symbols }),
      monitor: (ready) =>
        runMonitor({ limits: () => settings.monitor, settings: settings.safety, run: settings.process }, ready).pipe(
          Effect.provideContext(monitorServices)
        ),
      silenceWatch: (ready) => Effect.provideContext(runSilenceWatch(settings.safety, ready), watchServices)
    }
  })
)

/** The daemon's tree over all other layers. */
export class TradeTree extends Context.Service<
  TradeTree,
  {
    /**
     * Runs the tree until it gives up or is interrupted; interruption drains it in stop order.
     * Errors: the end that no restart can cure, or `SupervisorGaveUp` after too many restarts.
     */
    readonly run: (ready: Effect.Effect<void>) => Effect.Effect<never, unknown>
  }
>()("tickd/trading/TradeTree") {}

/** A child that is ready at once. */
const lasting =
  (run: Effect.Effect<never>): Body =>
  (ready) =>
    Effect.andThen(ready, run)

export const treeLayer = Layer.effect(
  TradeTree,
  Effect.gen(function* () {
    const { mode } = yield* TradeSettings
    const registry = yield* TradeRegistry
    const actors = yield* TradeActors
    const { entrance, ...beside } = yield* BesideOrders
    const { body: orders } = yield* OrderSupervision
    const { run: follow } = yield* SafetyFollower
    const { run: safetyEvents } = yield* SafetyEventStream
    const children = tradeTree({
      ...beside,
      outbox: actors.outbox.body,
      safetyEvents: lasting(safetyEvents),
      updates: mode === "live" ? actors.updates.body : undefined,
      poll: actors.poll.body,
      positionSync: lasting(actors.positionSync),
      safetyFollower: lasting(follow),
      orders,
      reconciliation: actors.reconciliation.body,
      monitor: actors.monitor,
      silenceWatch: actors.silenceWatch
    })
    return {
      run: (ready) =>
        runTree({ children, isFatal: () => false, stateOf: (actor) => registry.stoodIn(actor), entrance }, ready).pipe(
          Effect.provideService(SupervisorEvents, (event) => registry.noteSupervisor(event))
        )
    }
  })
)
