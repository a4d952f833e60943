// A report of "flat" that is not true leaves a position that no one watches.
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { decimalText } from "../../../../src/kernel/decimal.ts"
import { layer as sqlite } from "../../../../src/platform/sql/sqlite-client.ts"
import { layer as orderStore } from "../../../../src/trading/adapters/store/order-store.ts"
import { makeFlatten } from "../../../../src/trading/application/safety/flatten.ts"
import { intendedOrder } from "../../../../src/trading/domain/order/order.ts"
import type { OrderFact } from "../../../../src/trading/domain/order/order-fact.ts"
import { OrderDesk, OrderRefused } from "../../../../src/trading/ports/order-desk.ts"
import { OrderStore } from "../../../../src/trading/ports/order-store.ts"
import { decimal } from "../../../support/trading/gate-view.ts"

/** What the venue fills of each exit; a symbol that is absent is refused by the gate. */
const fills: Readonly<Record<string, string>> = { AAPL: "10", TSLA: "3" }
const sent: Array<string> = []

const entrance = Layer.effect(
  OrderDesk,
  Effect.map(OrderStore, (store) => ({
    ...OrderDesk.of({} as OrderDesk["Service"]),
    cancelAll: (which: string) => Effect.sync(() => sent.push(`cancel ${which}`)),
    submit: Effect.fnUntraced(function* (request, { reduceOnly }) {
      const { quantity, side, symbol } = request
      sent.push(`${side} ${decimalText(quantity)} ${symbol} ${reduceOnly}`)
      const filled = fills[symbol]
      if (filled === undefined) return yield* new OrderRefused({ message: "PRICE_STALE: no quote", findings: [] })
      const id = `x-${symbol}`
      const order = intendedOrder(id, "h", request, 1n)
      const [brokerOrderId, source] = [`b-${symbol}`, "rest" as const]
      const facts: ReadonlyArray<OrderFact> = [
        { type: "sent" },
        {
          type: "execution",
          source,
          brokerOrderId,
          executionId: `e-${symbol}`,
          quantity: decimal(filled),
          price: decimal("100"),
          at: 5n
        },
        {
          type: "snapshot",
          source,
          brokerOrderId,
          status: filled === decimalText(quantity) ? "filled" : "canceled",
          quantity,
          filledQuantity: decimal(filled),
          updatedAt: 6n
        }
      ]
      yield* Effect.orDie(store.recordIntent(order, undefined))
      yield* Effect.orDie(
        store.applyFacts(
          id,
          facts.map((fact) => ({ fact, receivedAt: 7n, raw: "" }))
        )
      )
      return { order, repeat: false, kind: "exit" as const, findings: [] }
    })
  }))
)

it.effect("a flatten needs the text of this moment, and reports what the book still holds", () =>
  Effect.gen(function* () {
    const store = yield* OrderStore
    for (const [symbol, quantity] of [
      ["AAPL", "10"],
      ["MSFT", "-4"],
      ["TSLA", "5"]
    ] as const) {
      const opening = { keepsCost: false, cause: "opening", reason: "", by: "t", price: decimal("100") } as const
      yield* store.adjust({ id: symbol, symbol, quantity: decimal(quantity), ...opening }, 1n)
    }
    const flatten = yield* makeFlatten
    assert.strictEqual(yield* flatten.text, "flatten 3 symbols")
    const request = { by: "ops", reason: "the account is to be closed now" }
    const refused = yield* Effect.flip(flatten.run({ ...request, confirmation: "flatten 2 symbols" }))
    assert.strictEqual(refused.code, "NOT_CONFIRMED")
    assert.deepStrictEqual(sent, [])

    const { flat, lines } = yield* flatten.run({ ...request, confirmation: "flatten 3 symbols" })
    assert.deepStrictEqual(sent, ["cancel all", "sell 10 AAPL true", "buy 4 MSFT true", "sell 5 TSLA true"])
    assert.isFalse(flat)
    assert.deepStrictEqual(
      lines.map(({ left, problem, symbol }) => [symbol, left, problem]),
      [
        ["AAPL", "0", ""],
        ["MSFT", "-4", "PRICE_STALE: no quote"],
        ["TSLA", "2", "the exit has not filled"]
      ]
    )
  }).pipe(
    Effect.provide(
      Layer.provideMerge(
        entrance,
        Layer.provideMerge(orderStore, Layer.fresh(sqlite({ path: ":memory:", busyTimeoutMs: 100 })))
      )
    )
  )
)
