import { Effect } from "effect"
import type { OrderStore } from "../../ports/order-store.ts"
import type { TradeEvents } from "../../ports/trade-events.ts"

type Store = (typeof OrderStore)["Service"]

/** The store, with its trouble reported when it takes no intents: without orders that work it takes no facts either. */
export const reportedIntents = (store: Store, events: (typeof TradeEvents)["Service"]): Store => {
  let troubled = false
  const worked = () => {
    if (troubled) events.publish({ type: "storeBack" })
    troubled = false
  }
  return {
    ...store,
    recordIntents: (intents) =>
      intents.length === 0
        ? store.recordIntents(intents)
        : store.recordIntents(intents).pipe(
            Effect.tap(() => Effect.sync(worked)),
            Effect.tapError(({ message, reason }) =>
              Effect.sync(() => {
                // A broken rule is of the one order, and no fault of the book.
                if (reason === "constraint") return
                troubled = true
                events.publish({ type: "storeTrouble", message })
              })
            )
          )
  }
}
