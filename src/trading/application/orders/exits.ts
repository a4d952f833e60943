import { Effect } from "effect"
import { isTerminal } from "../../domain/order/order-words.ts"
import { OrderStore } from "../../ports/order-store.ts"
import { TradeEvents } from "../../ports/trade-events.ts"

/**
 * Working orders that the gate let through as exits. In memory beside the book, because what closes trading cancels
 * the entries also while the book does not answer, and must leave the exits.
 */
export const makeExits = Effect.gen(function* () {
  const [store, events] = [yield* OrderStore, yield* TradeEvents]
  const { reservations } = yield* store.exposure
  const exits = new Set(reservations.filter(({ reduceOnly }) => reduceOnly).map((one) => one.clientOrderId))
  const unsubscribe = events.subscribe((event) => {
    if (event.type === "orderChanged" && isTerminal(event.after.status)) exits.delete(event.after.clientOrderId)
  })
  yield* Effect.addFinalizer(() => Effect.sync(unsubscribe))
  return {
    /** Before its actor starts. */
    note: (clientOrderId: string): void => void exits.add(clientOrderId),
    has: (clientOrderId: string): boolean => exits.has(clientOrderId)
  }
})
