import { Clock, Effect, Layer } from "effect"
import { instantOfMs } from "../../../kernel/time/utc-instant.ts"
import { OrderActors } from "../../ports/order-actors.ts"
import { OrderStore } from "../../ports/order-store.ts"
import { OrphanIntake } from "../../ports/orphan-intake.ts"
import { Reconciler } from "../../ports/reconciler.ts"
import { TradeEvents } from "../../ports/trade-events.ts"

/**
 * Stores an order that no intent explains, with its facts, and stops entries of its symbol. A store that does not take
 * it is reported: the next reconciliation finds the order again.
 */
export const layer = Layer.effect(
  OrphanIntake,
  Effect.gen(function* () {
    const [store, actors] = [yield* OrderStore, yield* OrderActors]
    const [reconciler, events] = [yield* Reconciler, yield* TradeEvents]
    return OrphanIntake.of({
      found: Effect.fnUntraced(
        function* (order, facts) {
          const isNew = yield* store.recordOrphan(order, instantOfMs(yield* Clock.currentTimeMillis))
          const { brokerOrderId } = order.snapshot
          if (isNew) events.publish({ type: "orphanFound", brokerOrderId, symbol: order.symbol })
          yield* reconciler.refreshQuarantine
          yield* actors.book(order.clientOrderId, facts)
        },
        Effect.catch(({ message }) => Effect.sync(() => events.publish({ type: "storeTrouble", message })))
      )
    })
  })
)
