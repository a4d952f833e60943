import { Effect, Layer } from "effect"
import { layer as orderActors } from "../../../actors/trading/order-actors.ts"
import { layer as countedDesk } from "../application/flow/counted-desk.ts"
import { layer as limitBook } from "../application/limits/limit-book.ts"
import { layer as arming } from "../application/mode/arming.ts"
import { layer as orderDesk } from "../application/orders/order-desk.ts"
import { layer as recentOrders } from "../application/orders/recent-orders.ts"
import { quotedOrders } from "../application/quotes/wanted-quotes.ts"
import { layer as orphanIntake } from "../application/reconcile/orphan-intake.ts"
import { makeReconciler } from "../application/reconcile/reconciler.ts"
import { layer as safetyAlerts } from "../application/safety/safety-alerts.ts"
import { layer as safetyService } from "../application/safety/safety-service.ts"
import { layer as safetyState } from "../application/safety/safety-state.ts"
import { Reconciler } from "../ports/reconciler.ts"
import { TradeEvents } from "../ports/trade-events.ts"
import { TradeSettings, type TradeSettingsShape } from "./lowest.ts"

const of = <A, E, R>(layerOf: (settings: TradeSettingsShape) => Layer.Layer<A, E, R>) =>
  Layer.unwrap(Effect.map(TradeSettings, layerOf))

/** The reconciler, with its runs on the event bus. A run that several callers wait for is reported once. */
const reconciler = Layer.effect(
  Reconciler,
  Effect.gen(function* () {
    const service = yield* makeReconciler((yield* TradeSettings).reconciler)
    const events = yield* TradeEvents
    let reported: unknown
    return Reconciler.of({
      ...service,
      run: (trigger) =>
        service.run(trigger).pipe(
          Effect.tap((report) =>
            Effect.sync(() => {
              if (reported === report) return
              reported = report
              events.publish({ type: "reconciled", report })
            })
          ),
          Effect.tapError((error) =>
            Effect.sync(() => {
              if (reported === error) return
              reported = error
              events.publish({ type: "reconciliationFailed", trigger, message: error.message })
            })
          )
        )
    })
  })
)

/** What the gate judges by: limits, mode, rates, and the states that close it. */
const gateLayer = Layer.mergeAll(
  of(({ limits }) => limitBook(limits)),
  of(({ mode }) => arming(mode)),
  recentOrders,
  of(({ safety }) => safetyState(safety))
)

/** The one way of orders, from the request to the venue, and the commands of the safety states over it. */
export const ordersLayer = of(({ safety }) => safetyService(safety)).pipe(
  Layer.provideMerge(
    countedDesk.pipe(Layer.provide(of(({ quotes }) => quotedOrders(quotes.waitMs))), Layer.provide(orderDesk))
  ),
  Layer.provideMerge(Layer.mergeAll(orphanIntake, safetyAlerts)),
  Layer.provideMerge(reconciler),
  Layer.provideMerge(of(({ orders }) => orderActors(orders))),
  Layer.provideMerge(gateLayer)
)
