import { Clock, Effect } from "effect"
import type { Order } from "../../domain/order/order.ts"
import { closedFor } from "../../domain/risk/checks/state-checks.ts"
import { OrderStore } from "../../ports/order-store.ts"
import { SafetyState } from "../../ports/safety-state.ts"
import { makeArmingView } from "./gate-view.ts"

/**
 * The last look before a POST. The gate has judged the order, and it may have waited since: for its actor, for the
 * store, or for a minute because the venue asked to. Succeeds with why it must not leave now; empty: it may.
 */
export const makeLastLook = Effect.gen(function* () {
  const [safety, store, arming] = [yield* SafetyState, yield* OrderStore, yield* makeArmingView]
  return Effect.fnUntraced(function* ({ clientOrderId, request: { strategyId, symbol } }: Order) {
    const view = { ...safety.view(strategyId, symbol), arming: arming(yield* Clock.currentTimeMillis) }
    if (closedFor(view, "entry") === "") return ""
    const exposure = yield* Effect.option(store.exposure)
    // A book that does not answer does not say that it is an exit.
    const isExit =
      exposure._tag === "Some" &&
      exposure.value.reservations.some((one) => one.clientOrderId === clientOrderId && one.reduceOnly)
    return closedFor(view, isExit ? "exit" : "entry")
  })
})
