// One id for one wish: a second send of it must find the first, and another wish must never.
import { assert, describe, it } from "@effect/vitest"
import {
  clientOrderIdOf,
  isClientOrderId,
  payloadHashOf,
  replacementIdOf
} from "../../../../../src/trading/domain/order/client-order-id.ts"
import {
  changeFaults,
  type OrderRequest,
  requestFaults
} from "../../../../../src/trading/domain/order/order-request.ts"
import { decimal } from "../../../../support/trading/gate-view.ts"

const order = (more: Partial<OrderRequest> = {}): OrderRequest => ({
  symbol: "AAPL",
  side: "buy",
  quantity: decimal("10"),
  type: "market",
  timeInForce: "day",
  strategyId: "alpha_baseline",
  ...more
})
const limit = (price: string): OrderRequest => order({ type: "limit", limitPrice: decimal(price) })

describe("clientOrderIdOf", () => {
  it("gives the ids of the reference", () => {
    assert.strictEqual(clientOrderIdOf(order(), "2024-10-17"), "1b5445b3d1a61a15f64411be")
    assert.strictEqual(clientOrderIdOf(order(), "2024-10-18"), "6333a0e20bf8820cdc668c04")
    for (const price of ["150", "150.0", "150.00"]) {
      assert.strictEqual(clientOrderIdOf(limit(price), "2024-10-17"), "2577f42edf645c813725246c", price)
    }
    const sell = order({
      symbol: "MSFT",
      side: "sell",
      quantity: decimal("5"),
      type: "limit",
      limitPrice: decimal("300.5"),
      timeInForce: "gtc"
    })
    assert.strictEqual(clientOrderIdOf(sell, "2025-01-02"), "dbc1c3abf98c0cb5561d131a")
  })

  it("distinguishes prices that differ in the fourth place, quantities in the ninth, and repeats by their nonce", () => {
    const ids = [
      limit("0.5001"),
      limit("0.5"),
      order({ quantity: decimal("10.000000001") }),
      order(),
      order({ nonce: "2" }),
      order({ nonce: "3" })
    ].map((one) => clientOrderIdOf(one, "2024-10-17"))
    assert.lengthOf(new Set(ids), ids.length)
  })

  it("distinguishes a resend from another order, whatever the day", () => {
    assert.strictEqual(payloadHashOf(limit("150")), payloadHashOf(limit("150.00")))
    assert.notStrictEqual(payloadHashOf(limit("150")), payloadHashOf(limit("150.01")))
  })

  it("gives each replacement an id of its own", () => {
    assert.match(replacementIdOf("c1", 1), /^[0-9a-f]{24}$/)
    assert.notStrictEqual(replacementIdOf("c1", 1), replacementIdOf("c1", 2))
  })

  it.each(["", "a".repeat(25), "a b", "a|b", "é"])("does not accept %j from a caller", (id) =>
    assert.isFalse(isClientOrderId(id)))
})

describe("requestFaults", () => {
  const faulty: ReadonlyArray<readonly [string, OrderRequest]> = [
    ["symbol", order({ symbol: "aapl" })],
    ["strategy_id", order({ strategyId: "" })],
    ["nonce", order({ nonce: "a|b" })],
    ["qty", order({ quantity: decimal("0") })],
    ["qty", order({ quantity: decimal("-1") })],
    ["time_in_force", order({ quantity: decimal("0.5"), timeInForce: "gtc" })],
    ["limit_price", order({ type: "limit" })],
    ["limit_price", order({ limitPrice: decimal("1") })],
    ["limit_price", limit("100.123")],
    ["limit_price", limit("0.12345")],
    ["limit_price", limit("0")],
    ["stop_price", order({ type: "stop" })],
    ["limit_price", order({ type: "stop_limit", stopPrice: decimal("10"), limitPrice: decimal("9.99") })],
    ["limit_price", order({ side: "sell", type: "stop_limit", stopPrice: decimal("10"), limitPrice: decimal("10.01") })]
  ]
  it.each(faulty)("names %s, alone", (name, request) => {
    const faults = requestFaults(request)
    assert.lengthOf(faults, 1)
    assert.match(faults[0] ?? "", new RegExp(`^${name}: `))
  })

  it.each([
    order(),
    limit("0.1234"),
    limit("100.12"),
    order({ type: "stop_limit", stopPrice: decimal("10"), limitPrice: decimal("10") }),
    order({ symbol: "BRK.B", quantity: decimal("0.000000001") }),
    order({ quantity: decimal("5.0"), timeInForce: "gtc" })
  ])("accepts a good one", (request) => assert.deepStrictEqual(requestFaults(request), []))

  it("lets no fraction of a share be changed, nor a whole order become one", () => {
    const [whole, fraction] = [order({ quantity: decimal("5") }), order({ quantity: decimal("5.5") })]
    assert.deepStrictEqual(changeFaults(order({ quantity: decimal("6") }), whole), [])
    for (const [changed, original] of [
      [fraction, whole],
      [whole, fraction]
    ] as const) {
      assert.match(changeFaults(changed, original).join(), /^qty: an order of a fraction/)
    }
  })
})
