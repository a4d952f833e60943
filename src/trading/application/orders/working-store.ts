import { Cause, Effect, Exit, Layer, Option, Semaphore } from "effect"
import type { Order } from "../../domain/order/order.ts"
import { isTerminal } from "../../domain/order/order-words.ts"
import { OrderStore, type OrderStoreError } from "../../ports/order-store.ts"

/** Nothing was written: the promise of the store for every failure but a lost connection, whose commit is not known. */
const wroteNothing = (cause: Cause.Cause<OrderStoreError>): boolean =>
  cause.reasons.every((reason) => Cause.isFailReason(reason) && reason.error.reason !== "lost")

/**
 * The same book, with its working orders in memory: each order that is judged needs them, and reading 1,000 of them
 * takes tens of milliseconds. Everything that changes an order goes through here, one after the other; after an end
 * that does not say whether it was written, they are read again.
 */
export const layer = Layer.effect(
  OrderStore,
  Effect.gen(function* () {
    const store = yield* OrderStore
    const oneByOne = Semaphore.makeUnsafe(1)
    /** Undefined: they have to be read. */
    let working: Map<string, Order> | undefined

    const note = (order: Order) => {
      if (isTerminal(order.status)) working?.delete(order.clientOrderId)
      else working?.set(order.clientOrderId, order)
    }
    const forget = () => {
      working = undefined
    }
    const written = <A>(write: Effect.Effect<A, OrderStoreError>, noteAll: (value: A) => void) =>
      oneByOne.withPermits(1)(
        Effect.onExit(write, (exit) =>
          Effect.sync(() => {
            if (Exit.isSuccess(exit)) noteAll(exit.value)
            else if (!wroteNothing(exit.cause)) forget()
          })
        )
      )
    const load = oneByOne.withPermits(1)(
      Effect.suspend(() =>
        working === undefined
          ? Effect.map(store.workingOrders, (orders) => {
              working = new Map(orders.map((order) => [order.clientOrderId, order]))
              return orders
            })
          : Effect.succeed([...working.values()])
      )
    )

    return OrderStore.of({
      ...store,
      recordIntent: (order, reservation) => written(store.recordIntent(order, reservation), (one) => note(one.order)),
      recordIntents: (intents) =>
        written(store.recordIntents(intents), (outcomes) => outcomes.forEach((one) => note(one.order))),
      applyFacts: (clientOrderId, facts) =>
        written(store.applyFacts(clientOrderId, facts), (found) => {
          if (Option.isSome(found)) note(found.value.after)
        }),
      // It gives no order back, and is rare.
      recordOrphan: (order, at) => written(store.recordOrphan(order, at), forget),
      workingOrders: Effect.suspend(() => (working === undefined ? load : Effect.succeed([...working.values()])))
    })
  })
)
