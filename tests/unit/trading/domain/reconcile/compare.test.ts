// Reconciliation finds what was missed, says why, and never invents: a second run after it must find nothing.
import { assert, describe, it } from "@effect/vitest"
import { BigDecimal } from "effect"
import { decimalText } from "../../../../../src/kernel/decimal.ts"
import type { Order } from "../../../../../src/trading/domain/order/order.ts"
import type { OrderFact, SnapshotFact } from "../../../../../src/trading/domain/order/order-fact.ts"
import { reduceOrder } from "../../../../../src/trading/domain/order/reduce-order.ts"
import type { VenueOrder } from "../../../../../src/trading/domain/order/venue-order.ts"
import { compareOrders, type VenueOrders } from "../../../../../src/trading/domain/reconcile/compare-orders.ts"
import { comparePositions } from "../../../../../src/trading/domain/reconcile/compare-positions.ts"
import { wholesOf } from "../../../../support/seeded-random.ts"
import { decimal, held } from "../../../../support/trading/gate-view.ts"
import { makeOrderLife, orderText } from "../../../../support/trading/order-life.ts"

const minute = 60_000_000_000n
const bookOf = (order: Order) => ({
  orders: new Map([[order.clientOrderId, order]]),
  clientIds: new Map([...order.legs.keys()].map((id) => [id, order.clientOrderId]))
})
const shown = (snapshot: SnapshotFact, clientOrderId = "c1"): VenueOrder => ({
  clientOrderId,
  symbol: "AAPL",
  side: "buy",
  type: "market",
  timeInForce: "day",
  snapshot,
  raw: "{}"
})
const snapshot = (more: Partial<SnapshotFact> = {}): SnapshotFact => ({
  type: "snapshot",
  source: "reconciliation",
  brokerOrderId: "b9",
  status: "new",
  quantity: decimal("5"),
  filledQuantity: decimal("0"),
  updatedAt: 5000n,
  ...more
})
const nothing: VenueOrders = { listed: [], lookedUp: new Map(), fills: [] }
const types = (order: Order, venue: Partial<VenueOrders>, now = 0n) =>
  compareOrders(bookOf(order), { ...nothing, ...venue }, now, 5n * minute).map(({ type }) => type)

describe("compareOrders", () => {
  it("brings a book that missed any facts to the venue's state, and finds nothing the second time", () => {
    let missed = 0
    for (let seed = 1; seed <= 2000; seed++) {
      const below = wholesOf(seed)
      const life = makeOrderLife(below)
      const seen = life.facts.filter(({ type }) => type === "sent" || (type !== "amendment" && below(2) === 0))
      const order = seen.reduce(reduceOrder, life.order)
      const truth = life.facts.reduce(reduceOrder, life.order)
      const venue: VenueOrders = {
        // The leg that names what it replaces comes after it, as in a list by id.
        listed: life.facts.filter((fact) => fact.type === "snapshot").map((fact) => shown(fact)),
        lookedUp: new Map(),
        fills: life.facts
          .filter((fact) => fact.type === "execution")
          .map((fact) => ({ fact, symbol: "AAPL", raw: "{}" }))
      }
      const differences = compareOrders(bookOf(order), venue, 0n, minute)
      const facts: ReadonlyArray<OrderFact> = differences.flatMap((one) =>
        one.type === "facts" ? one.facts.map(({ fact }) => fact) : []
      )
      assert.isTrue(
        differences.every(({ type }) => type === "facts"),
        `seed ${seed}`
      )
      missed += differences.filter((one) => one.type === "facts" && one.kind === "missedFill").length
      const after = facts.reduce(reduceOrder, order)
      if (!life.amended) {
        assert.strictEqual(decimalText(after.filled), decimalText(truth.filled), `seed ${seed}`)
        assert.strictEqual(after.status, truth.status, `seed ${seed}`)
      }
      assert.deepStrictEqual(compareOrders(bookOf(after), venue, 0n, minute), [], `seed ${seed}`)
      assert.strictEqual(orderText(facts.reduce(reduceOrder, after)), orderText(after))
    }
    assert.isAbove(missed, 500)
  })

  it("finds nothing in what the stream has brought already, and calls a new state by its name", () => {
    const streamed = snapshot({ source: "stream", status: "partially_filled", filledQuantity: decimal("2") })
    const execution = {
      type: "execution",
      source: "stream",
      brokerOrderId: "b9",
      executionId: "e1",
      quantity: decimal("2"),
      price: decimal("100"),
      at: 5000n
    } as const
    const order = [streamed, execution].reduce(reduceOrder, makeOrderLife(wholesOf(1)).order)
    const again: VenueOrders = {
      ...nothing,
      listed: [shown({ ...streamed, source: "reconciliation" }, order.clientOrderId)],
      fills: [{ fact: { ...execution, source: "reconciliation" }, symbol: "AAPL", raw: "{}" }]
    }
    assert.deepStrictEqual(compareOrders(bookOf(order), again, 0n, minute), [])
    const canceled = shown({ ...streamed, status: "canceled", updatedAt: 6000n }, order.clientOrderId)
    const found = compareOrders(bookOf(order), { ...nothing, listed: [canceled] }, 0n, minute)
    assert.deepStrictEqual(
      found.map((one) => (one.type === "facts" ? one.kind : one.type)),
      ["staleState"]
    )
  })

  it("waits for an unconfirmed order within the grace period, and then calls it lost", () => {
    const order = [{ type: "sent" }, { type: "outcomeUnknown", cause: "timeout" }] as ReadonlyArray<OrderFact>
    const unconfirmed = order.reduce(reduceOrder, makeOrderLife(wholesOf(1)).order)
    const venue = { lookedUp: new Map([["c1", undefined]]) }
    assert.deepStrictEqual(types(unconfirmed, venue, 5n * minute - 1n), ["waiting"])
    assert.deepStrictEqual(types(unconfirmed, venue, 5n * minute), ["lost"])
  })

  it("calls nothing lost that the venue has confirmed", () => {
    const confirmed = reduceOrder(makeOrderLife(wholesOf(1)).order, snapshot())
    assert.deepStrictEqual(types(confirmed, { lookedUp: new Map([["c1", undefined]]) }, 600n * minute), ["vanished"])
  })

  it("finds an order that is not ours once, however often it is listed, and asks for the order of an unknown fill", () => {
    const { order } = makeOrderLife(wholesOf(1))
    const foreign = shown(snapshot(), "other")
    const fact = {
      type: "execution",
      source: "reconciliation",
      executionId: "e9",
      quantity: decimal("1"),
      price: decimal("1"),
      at: 1n
    } as const
    assert.deepStrictEqual(
      types(order, {
        listed: [foreign, foreign],
        fills: [
          { fact: { ...fact, brokerOrderId: "b9" }, symbol: "AAPL", raw: "" },
          { fact: { ...fact, brokerOrderId: "b10" }, symbol: "AAPL", raw: "" }
        ]
      }),
      ["unknownFill", "orphan"]
    )
  })

  it("knows the replacement of an order of ours by the id that it replaces", () => {
    const order = reduceOrder(makeOrderLife(wholesOf(1)).order, snapshot({ brokerOrderId: "b1" }))
    const replaced = shown(snapshot({ brokerOrderId: "b2", replaces: "b1" }), "another-client-id")
    assert.deepStrictEqual(types(order, { listed: [replaced] }), ["facts"])
  })
})

describe("comparePositions", () => {
  const at = (quantity: string) => [
    { symbol: "AAPL", quantity: decimal(quantity), averagePrice: decimal("1"), marketPrice: undefined }
  ]
  const book = new Map([held("AAPL", "10")])
  const split = { id: "ca1", symbol: "AAPL", ratio: decimal("4"), day: "2026-12-01" }

  it("finds nothing where both agree, also on 10.00 and on a symbol that is flat on both sides", () => {
    assert.deepStrictEqual(comparePositions(new Map([held("AAPL", "10"), held("MSFT", "0")]), at("10.00"), []), [])
  })
  it("explains a split by one adjustment with the same id each time, and nothing else", () => {
    const [first] = comparePositions(book, at("40"), [split])
    assert.deepStrictEqual(comparePositions(book, at("40"), [split])[0], first)
    assert.strictEqual(first?.type === "explained" ? decimalText(first.adjustment.quantity) : "", "30")
    assert.strictEqual(comparePositions(book, at("41"), [split])[0]?.type, "unexplained")
  })
  it("explains a reverse split whose fractions are rounded, cut, or paid out in money", () => {
    const third = { ...split, ratio: BigDecimal.divideUnsafe(decimal("1"), decimal("3")) }
    const kinds = (own: string, theirs: string) =>
      comparePositions(new Map([held("AAPL", own)]), at(theirs), [third]).map(({ type }) => type)
    for (const [own, theirs] of [
      ["30", "10"],
      ["20", "6.666666667"],
      ["20", "6.666666666"],
      ["20", "6"],
      ["-20", "-6"]
    ] as const) {
      assert.deepStrictEqual(kinds(own, theirs), ["explained"], `${own} ${theirs}`)
    }
    for (const theirs of ["7", "6.5", "6.666666668", "-6"]) assert.deepStrictEqual(kinds("20", theirs), ["unexplained"])
  })
  it("never overwrites: a position that only one side has is unexplained", () => {
    assert.deepStrictEqual(
      comparePositions(book, [], []).map(({ type }) => type),
      ["unexplained"]
    )
    assert.deepStrictEqual(
      comparePositions(new Map(), at("1"), []).map(({ type }) => type),
      ["unexplained"]
    )
  })
})
