import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Effect, Layer, Option } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { decimalText } from "../../../src/kernel/decimal.ts"
import { layer as orderStore } from "../../../src/trading/adapters/store/order-store.ts"
import { intendedOrder, type Order } from "../../../src/trading/domain/order/order.ts"
import type { OrderFact } from "../../../src/trading/domain/order/order-fact.ts"
import { reduceOrder } from "../../../src/trading/domain/order/reduce-order.ts"
import type { Reservation } from "../../../src/trading/domain/position/position.ts"
import { plainSums, sumsOf } from "../../../src/trading/domain/risk/reservation-sums.ts"
import { OrderStore } from "../../../src/trading/ports/order-store.ts"
import { wholesOf } from "../seeded-random.ts"
import { decimal, proposal, sumsText } from "./gate-view.ts"
import { makeOrderLife, orderText } from "./order-life.ts"

const order = (id: string, quantity = "10", side: "buy" | "sell" = "buy"): Order =>
  intendedOrder(id, `hash-${id}`, proposal({ quantity: decimal(quantity), side }).request, 1_000_000_000n)
const reservation = (id: string, quantity = "10"): Reservation => ({
  clientOrderId: id,
  symbol: "AAPL",
  side: "buy",
  quantity: decimal(quantity),
  price: decimal("100.01"),
  reduceOnly: false
})
const recorded = (fact: OrderFact, receivedAt = 2_000_000_000n) => ({ fact, receivedAt, raw: "{}" })
const execution = (id: string, quantity: string, price: string, brokerOrderId = "b1", at = 5n): OrderFact => ({
  type: "execution",
  source: "stream",
  brokerOrderId,
  executionId: id,
  quantity: decimal(quantity),
  price: decimal(price),
  at
})
const shown = (status: string, filled: string, brokerOrderId = "b1", at = 6n): OrderFact => ({
  type: "snapshot",
  source: "rest",
  brokerOrderId,
  status,
  quantity: decimal("10"),
  filledQuantity: decimal(filled),
  updatedAt: at
})

const shownBook = Effect.gen(function* () {
  const store = yield* OrderStore
  const { positions, reservations } = yield* store.exposure
  assert.deepStrictEqual(sumsText(sumsOf(reservations)), sumsText(plainSums(reservations)), "sums that were kept")
  const sorted = (texts: ReadonlyArray<string>) => texts.toSorted()
  return {
    working: sorted((yield* store.workingOrders).map(orderText)),
    reservations: sorted(
      reservations.map((one) =>
        JSON.stringify({ ...one, quantity: decimalText(one.quantity), price: decimalText(one.price) })
      )
    ),
    positions: sorted(
      [...positions.values()].map(({ symbol, quantity, averagePrice, realized }) =>
        [symbol, ...[quantity, averagePrice, realized].map(decimalText)].join(" ")
      )
    )
  }
})

/** What this program holds in memory is what another one would read. */
const sameAsTables = Effect.fnUntraced(function* (when: string) {
  const read = yield* Effect.provide(shownBook, Layer.fresh(orderStore))
  assert.deepStrictEqual(yield* shownBook, read, when)
})

/** What every book of orders promises. `layer` makes an empty one. */
export const orderStoreContract = (name: string, layer: Layer.Layer<OrderStore | SqlClient, unknown>): void => {
  const test = (title: string, body: Effect.Effect<void, unknown, OrderStore | SqlClient>) =>
    it.effect(title, () => Effect.provide(body, layer))

  describe(`the book of orders on ${name}`, () => {
    test(
      "stores an intent once, and gives back the order that is there",
      Effect.gen(function* () {
        const store = yield* OrderStore
        assert.strictEqual((yield* store.recordIntent(order("c1"), reservation("c1"))).type, "stored")
        const again = yield* store.recordIntent(order("c1", "99"), reservation("c1", "99"))
        assert.strictEqual(again.type, "existing")
        assert.strictEqual(decimalText(again.order.request.quantity), "10")
        assert.strictEqual(orderText(again.order), orderText(order("c1")))
        const { reservations } = yield* store.exposure
        assert.deepStrictEqual(
          reservations.map(({ quantity }) => decimalText(quantity)),
          ["10"]
        )
      })
    )

    test(
      "books facts, shrinks the reservation, and ends it with the last fact",
      Effect.gen(function* () {
        const store = yield* OrderStore
        yield* store.recordIntent(order("c1"), reservation("c1"))
        yield* store.applyFacts("c1", [recorded({ type: "sent" }), recorded(shown("new", "0"))])
        yield* store.applyFacts("c1", [recorded(execution("e1", "4", "100"))])
        const part = yield* store.exposure
        assert.strictEqual(decimalText(part.positions.get("AAPL")?.quantity ?? decimal("0")), "4")
        assert.deepStrictEqual(
          part.reservations.map(({ quantity }) => decimalText(quantity)),
          ["6"]
        )
        yield* store.applyFacts("c1", [
          recorded(execution("e2", "6", "110")),
          recorded(shown("filled", "10", "b1", 9n))
        ])
        const { positions, reservations } = yield* store.exposure
        const position = positions.get("AAPL")
        assert.deepStrictEqual(
          [position?.quantity, position?.averagePrice].map((one) => decimalText(one ?? decimal("0"))),
          ["10", "106"]
        )
        assert.deepStrictEqual(reservations, [])
        assert.deepStrictEqual(yield* store.workingOrders, [])
        assert.strictEqual(Option.getOrThrow(yield* store.orderOfBrokerId("b1")).status, "filled")
      })
    )

    test(
      "books an execution once, whatever the way and however often it comes, and writes nothing for a fact that adds nothing",
      Effect.gen(function* () {
        const store = yield* OrderStore
        const sql = yield* SqlClient
        yield* store.recordIntent(order("c1"), undefined)
        const facts = [recorded(execution("e1", "4", "100"))]
        assert.isTrue(Option.getOrThrow(yield* store.applyFacts("c1", facts)).changed)
        assert.isFalse(Option.getOrThrow(yield* store.applyFacts("c1", facts)).changed)
        const [count] = yield* sql<{ readonly n: unknown }>`SELECT count(*) AS n FROM facts`
        assert.strictEqual(Number(count?.n), 1)
        assert.isTrue(Option.isNone(yield* store.applyFacts("unknown", facts)))
      })
    )

    test(
      "holds the rules of the schema: one execution id, no order without an intent, no fill beyond the quantity",
      Effect.gen(function* () {
        const store = yield* OrderStore
        const sql = yield* SqlClient
        yield* store.recordIntent(order("c1"), undefined)
        yield* store.recordIntent(order("c2"), undefined)
        yield* store.applyFacts("c1", [recorded(execution("e1", "4", "100"))])
        // The same execution for another order is the venue's fault, and must not be booked twice.
        const error = yield* Effect.flip(store.applyFacts("c2", [recorded(execution("e1", "4", "100", "b2"))]))
        assert.strictEqual(error.reason, "constraint")
        assert.strictEqual(Option.getOrThrow(yield* store.orderOf("c2")).executions.size, 0)
        const refused = (statement: Effect.Effect<unknown, unknown>) =>
          Effect.map(Effect.exit(statement), ({ _tag }) => _tag)
        assert.strictEqual(
          yield* refused(sql`INSERT INTO order_ids (broker_order_id, client_order_id) VALUES ('x', 'unknown')`),
          "Failure"
        )
        assert.strictEqual(
          yield* refused(sql`INSERT INTO fills (execution_id, client_order_id, broker_order_id, symbol, side, kind, quantity, at)
            VALUES ('x', 'c1', 'b1', 'AAPL', 'buy', 'real', 6000000001, '')`),
          "Failure"
        )
        assert.strictEqual(
          yield* refused(sql`INSERT INTO orders (client_order_id, seq, symbol, side, strategy_id, status, terminal, quantity, filled, state, updated_at)
            VALUES ('unknown', 99, 'A', 'buy', 's', 'new', 0, 1, 0, '{}', '')`),
          "Failure"
        )
      })
    )

    test(
      "books what a venue fills beyond the quantity as excess: the position has it",
      Effect.gen(function* () {
        const store = yield* OrderStore
        yield* store.recordIntent(order("c1"), undefined)
        yield* store.applyFacts("c1", [recorded(shown("filled", "12")), recorded(execution("e1", "12", "100"))])
        const { positions } = yield* store.exposure
        assert.strictEqual(decimalText(positions.get("AAPL")?.quantity ?? decimal("0")), "12")
        assert.strictEqual(decimalText(Option.getOrThrow(yield* store.orderOf("c1")).overfill), "2")
      })
    )

    test(
      "has the position and the order of all facts, for 60 lives of orders in pieces",
      Effect.gen(function* () {
        const store = yield* OrderStore
        let sum = BigDecimal.make(0n, 0)
        for (let seed = 1; seed <= 60; seed++) {
          const below = wholesOf(seed)
          const life = makeOrderLife(below)
          const named = (text: string) => `${seed}-${text}`
          const facts = life.facts.map((fact): OrderFact => {
            if (!("brokerOrderId" in fact)) return fact
            const own = { ...fact, brokerOrderId: named(fact.brokerOrderId) } as typeof fact
            for (const key of ["executionId", "previousExecutionId", "replaces", "replacedBy"] as const) {
              const text: unknown = Reflect.get(own, key)
              if (typeof text === "string") Object.assign(own, { [key]: named(text) })
            }
            return own
          })
          const first = { ...life.order, clientOrderId: `c${seed}` }
          yield* store.recordIntent(first, undefined)
          for (let at = 0; at < facts.length; at += 1 + below(3)) {
            yield* store.applyFacts(
              `c${seed}`,
              facts.slice(0, at + 3).map((fact) => recorded(fact))
            )
          }
          yield* store.applyFacts(
            `c${seed}`,
            facts.map((fact) => recorded(fact))
          )
          const stored = Option.getOrThrow(yield* store.orderOf(`c${seed}`))
          assert.strictEqual(orderText(stored), orderText(facts.reduce(reduceOrder, first)), `seed ${seed}`)
          sum = BigDecimal.sum(sum, stored.filled)
          const position = (yield* store.exposure).positions.get("AAPL")
          assert.strictEqual(decimalText(position?.quantity ?? decimal("0")), decimalText(sum), `seed ${seed}`)
          if (seed % 10 === 0) yield* sameAsTables(`seed ${seed}`)
        }
      })
    )

    test(
      "shows the working orders, reservations and positions of the tables after each change, and after a refused one",
      Effect.gen(function* () {
        const store = yield* OrderStore
        yield* store.recordIntents(["c1", "c2", "c3"].map((id) => ({ order: order(id), reservation: reservation(id) })))
        yield* sameAsTables("three intents")
        assert.lengthOf(yield* store.workingOrders, 3)
        yield* store.applyFacts("c1", [recorded({ type: "sent" }), recorded(execution("e1", "4", "100"))])
        yield* sameAsTables("a part")
        yield* store.applyFacts("c1", [
          recorded(execution("e2", "6", "110")),
          recorded(shown("filled", "10", "b1", 9n))
        ])
        yield* sameAsTables("an end")
        // Fails at its last statement: what the statements before it have done is gone again.
        yield* Effect.flip(store.applyFacts("c2", [recorded(execution("e1", "4", "100", "b2"))]))
        yield* sameAsTables("a refused fact")
        assert.lengthOf(yield* store.workingOrders, 2)
        yield* store.applyFacts("c2", [recorded({ type: "sent" }), recorded(shown("canceled", "0", "b2"))])
        yield* sameAsTables("a cancel")
        yield* store.applyFacts("c2", [recorded(execution("e9", "2", "100", "b2"))])
        yield* sameAsTables("a fill after the cancel")
        yield* store.adjust(
          {
            id: "a1",
            symbol: "AAPL",
            quantity: decimal("-12"),
            price: decimal("100"),
            keepsCost: false,
            cause: "opening",
            reason: "r",
            by: "b"
          },
          9n
        )
        yield* sameAsTables("an adjustment")
      })
    )

    test(
      "books facts of many orders at once: each has its own outcome",
      Effect.gen(function* () {
        const store = yield* OrderStore
        const ids = Array.from({ length: 100 }, (_, at) => `c${at}`)
        yield* store.recordIntents(ids.map((id) => ({ order: order(id), reservation: reservation(id) })))
        // The 50th has an execution of the 40th.
        const outcomes = yield* Effect.forEach(
          ids,
          (id, at) =>
            Effect.result(store.applyFacts(id, [recorded(execution(`e${at === 50 ? 40 : at}`, "4", "100", `b${at}`))])),
          { concurrency: 100 }
        )
        const failed = outcomes.flatMap((outcome, at) =>
          outcome._tag === "Failure" ? [[at, outcome.failure.reason]] : []
        )
        assert.deepStrictEqual(failed, [[50, "constraint"]])
        for (const [at, id] of ids.entries()) {
          const { filled } = Option.getOrThrow(yield* store.orderOf(id))
          assert.strictEqual(decimalText(filled), at === 50 ? "0" : "4", id)
        }
        assert.strictEqual(decimalText((yield* store.exposure).positions.get("AAPL")?.quantity ?? decimal("0")), "396")
        yield* sameAsTables("many at once")
      })
    )

    test(
      "takes an orphan in once, with its fills, and releases it once",
      Effect.gen(function* () {
        const store = yield* OrderStore
        const snapshot = shown("partially_filled", "3", "b9")
        if (snapshot.type !== "snapshot") throw new Error("a snapshot")
        const foreign = {
          clientOrderId: "x1",
          symbol: "AAPL",
          side: "buy",
          type: "limit",
          timeInForce: "gtc",
          snapshot,
          raw: "{}"
        } as const
        assert.isTrue(yield* store.recordOrphan(foreign, 7n))
        assert.isFalse(yield* store.recordOrphan(foreign, 8n))
        assert.strictEqual(decimalText((yield* store.exposure).positions.get("AAPL")?.quantity ?? decimal("0")), "3")
        assert.strictEqual(Option.getOrThrow(yield* store.orderOfBrokerId("b9")).request.strategyId, "external")
        assert.isTrue(yield* store.releaseOrphan("b9", "ops", "known", 9n))
        assert.isFalse(yield* store.releaseOrphan("b9", "ops", "known", 9n))
        assert.deepStrictEqual(
          (yield* store.orphans).map(({ releasedBy }) => releasedBy),
          ["ops"]
        )
      })
    )

    test(
      "posts an adjustment once, keeps events until they are sent, and values and journals as they were written",
      Effect.gen(function* () {
        const store = yield* OrderStore
        const split = {
          id: "a1",
          symbol: "AAPL",
          quantity: decimal("30"),
          price: undefined,
          keepsCost: true,
          cause: "corporateAction",
          reason: "4:1",
          by: "r"
        } as const
        yield* store.recordIntent(order("c1"), undefined)
        yield* store.applyFacts("c1", [recorded(execution("e1", "10", "100"))])
        assert.isTrue(yield* store.adjust(split, 9n))
        assert.isFalse(yield* store.adjust(split, 9n))
        const position = (yield* store.exposure).positions.get("AAPL")
        assert.deepStrictEqual(
          [position?.quantity, position?.averagePrice].map((one) => decimalText(one ?? decimal("0"))),
          ["40", "25"]
        )
        const events = yield* store.outbox(10)
        assert.deepStrictEqual(
          events.map(({ subject }) => subject),
          ["trade.order.AAPL", "trade.order.AAPL"]
        )
        yield* store.outboxSent(events[0]?.id ?? 0)
        assert.deepStrictEqual(yield* store.outbox(10), events.slice(1))
        assert.isTrue(Option.isNone(yield* store.value("mark")))
        yield* store.setValue("mark", "1")
        yield* store.setValue("mark", "2")
        assert.strictEqual(Option.getOrThrow(yield* store.value("mark")), "2")
        yield* store.appendJournal("switches", 3n, "a")
        yield* store.appendJournal("switches", 4n, "b")
        assert.deepStrictEqual(yield* store.journal("switches", 1), [{ at: 4n, body: "b" }])
      })
    )

    test(
      "keeps what was asked of an order until it is decided or the order has ended",
      Effect.gen(function* () {
        const store = yield* OrderStore
        for (const id of ["c1", "c2", "c3"]) yield* store.recordIntent(order(id), undefined)
        const change = { quantity: decimal("5.5"), timeInForce: "gtc" as const }
        const replace = { replacementId: "r1", change }
        yield* store.setWishes([
          { clientOrderId: "c1", wish: { cancel: true, replace: undefined } },
          { clientOrderId: "c2", wish: { cancel: true, replace } },
          { clientOrderId: "c3", wish: { cancel: true, replace: undefined } }
        ])
        yield* store.setWishes([
          { clientOrderId: "c2", wish: { cancel: false, replace } },
          { clientOrderId: "c3", wish: undefined }
        ])
        const kept = yield* store.wishes
        assert.deepStrictEqual([...kept.keys()].sort(), ["c1", "c2"])
        assert.deepStrictEqual(kept.get("c2"), { cancel: false, replace })
        yield* store.applyFacts("c1", [recorded(shown("canceled", "0"))])
        yield* store.setWishes([
          { clientOrderId: "c1", wish: { cancel: true, replace: undefined } },
          { clientOrderId: "unknown", wish: { cancel: true, replace: undefined } }
        ])
        assert.deepStrictEqual([...(yield* store.wishes).keys()], ["c2"])
      })
    )

    test(
      "sums up its own tables: intents, orders by status, executions, adjustments and positions",
      Effect.gen(function* () {
        const store = yield* OrderStore
        for (const id of ["c1", "c2"]) yield* store.recordIntent(order(id), undefined)
        yield* store.recordIntent(order("c3", "4", "sell"), undefined)
        yield* store.applyFacts("c1", [recorded(execution("e1", "10", "100")), recorded(shown("filled", "10"))])
        yield* store.applyFacts("c3", [recorded(execution("e3", "1.5", "101", "b3"))])
        yield* store.adjust(
          {
            id: "a1",
            symbol: "AAPL",
            quantity: decimal("0.25"),
            price: undefined,
            keepsCost: true,
            cause: "corporateAction",
            reason: "test",
            by: "test"
          },
          3_000_000_000n
        )
        const { intents, orders, symbols } = yield* store.tally
        assert.strictEqual(intents, 3)
        assert.deepStrictEqual([orders.get("filled"), orders.get("pending_new")], [1, 1])
        const { adjusted, filled, position } = symbols.get("AAPL") ?? assert.fail("no sums of AAPL")
        assert.deepStrictEqual([filled, adjusted, position].map(decimalText), ["8.5", "0.25", "8.75"])
      })
    )

    test(
      "pages orders from the newest on",
      Effect.gen(function* () {
        const store = yield* OrderStore
        for (let at = 1; at <= 5; at++) yield* store.recordIntent(order(`c${at}`), undefined)
        const ids = (orders: ReadonlyArray<Order>) => orders.map(({ clientOrderId }) => clientOrderId)
        const first = yield* store.latestOrders(2)
        assert.deepStrictEqual(ids(first), ["c5", "c4"])
        assert.deepStrictEqual(ids(yield* store.latestOrders(9, "c4")), ["c3", "c2", "c1"])
      })
    )
  })
}
