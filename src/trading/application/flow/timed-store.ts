import { Effect, Layer } from "effect"
import { OrderStore } from "../../ports/order-store.ts"
import { TradeFlow } from "../../ports/trade-flow.ts"
import { timed } from "./count-flow.ts"

/** The same book, with the time of its writes of orders recorded. It changes no answer. */
export const layer = Layer.effect(
  OrderStore,
  Effect.gen(function* () {
    const [store, { storeWrites }] = [yield* OrderStore, yield* TradeFlow]
    return OrderStore.of({
      ...store,
      recordIntent: (...args) => timed(storeWrites, store.recordIntent(...args)),
      recordIntents: (intents) =>
        // A batch of nothing is no write.
        intents.length === 0 ? store.recordIntents(intents) : timed(storeWrites, store.recordIntents(intents)),
      applyFacts: (...args) => timed(storeWrites, store.applyFacts(...args))
    })
  })
)
