// The monitor trips on refusals of the venue: what tickd itself did not send must not count as one.
import { assert, it } from "@effect/vitest"
import { intendedOrder, refusedByVenue } from "../../../../../src/trading/domain/order/order.ts"
import { reduceOrder } from "../../../../../src/trading/domain/order/reduce-order.ts"
import { proposal } from "../../../../support/trading/gate-view.ts"

it("distinguishes a refusal of the venue from an order that tickd did not send", () => {
  const order = intendedOrder("a", "h", proposal({}).request, 1n)
  const refused = (code: string) => reduceOrder(order, { type: "refused", code, message: "why" })
  assert.strictEqual(refused("GATE_CLOSED").status, "rejected")
  for (const code of ["GATE_CLOSED", "NOT_SENT", "CANCELED"]) assert.isFalse(refusedByVenue(refused(code)), code)
  assert.isTrue(refusedByVenue(refused("40310000")))
  assert.isFalse(refusedByVenue(order))
})
