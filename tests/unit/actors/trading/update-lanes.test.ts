// Updates of one order are booked in their order, and a burst of many orders does not pay a commit for each.
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Option } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { TestClock } from "effect/testing"
import { updateSteps } from "../../../../actors/trading/update-lanes.ts"
import { decimalText } from "../../../../src/kernel/decimal.ts"
import { layer as sqlite } from "../../../../src/platform/sql/sqlite-client.ts"
import { layer as orderStore } from "../../../../src/trading/adapters/store/order-store.ts"
import { intendedOrder } from "../../../../src/trading/domain/order/order.ts"
import { OrderStore, type RecordedFact } from "../../../../src/trading/ports/order-store.ts"
import type { VenueUpdate } from "../../../../src/trading/ports/venue.ts"
import { wholesOf } from "../../../support/seeded-random.ts"
import { openMs } from "../../../support/trading/gate-view.ts"
import { entry, limitOrder, settled, startWorld } from "../../../support/trading/order-world.ts"

type OrderUpdate = Extract<VenueUpdate, { readonly type: "order" }>

const update = (clientOrderId: string, brokerOrderId: string, more: object = {}) =>
  ({
    type: "order",
    event: "new",
    facts: [],
    order: { clientOrderId, snapshot: { brokerOrderId, ...more } }
  }) as unknown as OrderUpdate
const stepsOf = (updates: ReadonlyArray<VenueUpdate>) =>
  updateSteps<OrderUpdate, Exclude<VenueUpdate, OrderUpdate>>(updates)
const shown = (steps: ReturnType<typeof stepsOf>) =>
  steps.map((step) =>
    "type" in step ? step.type : step.map((lane) => lane.map(({ order }) => order.snapshot.brokerOrderId))
  )

describe("what is booked together", () => {
  it("keeps the updates of an order in one lane, also those of its replacements", () => {
    const steps = stepsOf([
      update("a", "b1"),
      update("x", "b2"),
      update("a", "b1", { replacedBy: "b3" }),
      update("a-r1", "b3", { replaces: "b1" }),
      update("x", "b2")
    ])
    assert.deepStrictEqual(shown(steps), [
      [
        ["b1", "b1", "b3"],
        ["b2", "b2"]
      ]
    ])
  })

  it("begins a new step with an update that connects two lanes, and with what is not about an order", () => {
    const steps = stepsOf([
      update("a", "b1"),
      update("a-r1", "b3"),
      update("a-r1", "b3", { replaces: "b1" }),
      { type: "lost", cause: "reset" },
      update("a", "b1"),
      { type: "listening" }
    ])
    assert.deepStrictEqual(shown(steps), [[["b1"], ["b3"]], [["b3"]], "lost", [["b1"]], "listening"])
  })

  it("loses none, and lets none pass another one with an id in common", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const below = wholesOf(seed)
      const all = Array.from({ length: 20 }, () => {
        const id = () => (below(4) === 0 ? { replaces: `b${below(6)}` } : {})
        return update(`c${below(6)}`, `b${below(6)}`, id())
      })
      const place = new Map<OrderUpdate, readonly [number, number]>()
      let at = 0
      for (const [step, lanes] of stepsOf(all).entries()) {
        if ("type" in lanes) continue
        for (const lane of lanes) for (const one of lane) place.set(one, [step, at++])
      }
      assert.strictEqual(place.size, all.length)
      const ids = ({ order: { clientOrderId, snapshot } }: OrderUpdate) => [
        clientOrderId,
        snapshot.brokerOrderId,
        ...(snapshot.replaces === undefined ? [] : [snapshot.replaces])
      ]
      const laneOf = new Map<OrderUpdate, unknown>()
      for (const lanes of stepsOf(all)) {
        if (!("type" in lanes)) for (const lane of lanes) for (const one of lane) laneOf.set(one, lane)
      }
      for (const [later, one] of all.entries()) {
        for (const before of all.slice(0, later)) {
          if (!ids(before).some((id) => ids(one).includes(id))) continue
          const [[stepBefore, atBefore] = [0, 0], [step, own] = [0, 0]] = [place.get(before), place.get(one)]
          const inTurn = stepBefore < step || (laneOf.get(before) === laneOf.get(one) && atBefore < own)
          assert.isTrue(inTurn, `seed ${seed}`)
        }
      }
    }
  })
})

/** SQLite in memory that counts its transactions. */
const counted = (counts: { transactions: number }) =>
  Layer.effect(
    SqlClient,
    Effect.map(
      SqlClient,
      (sql) =>
        new Proxy(sql, {
          get: (target, key) => {
            if (key !== "withTransaction") return Reflect.get(target, key)
            return <R, E, A>(effect: Effect.Effect<A, E, R>) => {
              counts.transactions++
              return target.withTransaction(effect)
            }
          }
        })
    )
  ).pipe(Layer.provide(sqlite({ path: ":memory:", busyTimeoutMs: 100 })))

it.effect("an intent and facts that wait together share a transaction", () =>
  Effect.gen(function* () {
    const counts = { transactions: 0 }
    const store = Context.get(yield* Layer.build(Layer.provide(orderStore, counted(counts))), OrderStore)
    const order = (id: string) => intendedOrder(id, id, limitOrder("10"), 1n)
    yield* store.recordIntents(["a", "b"].map((id) => ({ order: order(id), reservation: undefined })))
    const sent: RecordedFact = { fact: { type: "sent" }, receivedAt: 2n, raw: "" }
    const together = (id: string) =>
      Effect.all(
        [
          Effect.result(store.recordIntents([{ order: order(id), reservation: undefined }])),
          Effect.result(store.applyFacts("a", [sent])),
          Effect.result(store.applyFacts("b", [sent]))
        ],
        { concurrency: 3 }
      )
    counts.transactions = 0
    const [intents, ...facts] = yield* together("c")
    assert.strictEqual(counts.transactions, 1)
    assert.deepStrictEqual([intents._tag, ...facts.map(({ _tag }) => _tag)], ["Success", "Success", "Success"])
    assert.deepStrictEqual(
      (yield* store.workingOrders).map(({ clientOrderId, sending }) => [clientOrderId, sending]),
      [
        ["a", "sent"],
        ["b", "sent"],
        ["c", "intended"]
      ]
    )
  })
)

it.effect("40 orders that fill at once, in two executions each, cost a few transactions", () =>
  Effect.gen(function* () {
    yield* TestClock.setTime(openMs)
    const counts = { transactions: 0 }
    const world = yield* startWorld({ database: counted(counts) })
    yield* world.limits.change("risk", "test", (now) => ({ ...now, ordersPerMinute: 100, repeatedExecutions: 1000 }))
    const ids = Array.from({ length: 40 }, (_, at) => `o${at}`)
    yield* Effect.forEach(ids, (id) => world.desk.submit(limitOrder("10", { nonce: id }), entry(id)), {
      concurrency: 40
    })
    yield* settled("all work", () => ids.every((id) => world.stateOf(id) === "working"))
    counts.transactions = 0
    world.heard.length = 0
    for (const at of ids.keys()) {
      world.venue.fill(`b${at + 1}`, `e${at}`, "4")
      world.venue.fill(`b${at + 1}`, `f${at}`, "6")
    }
    yield* settled("all end", () => ids.every((id) => world.stateOf(id) === undefined))
    assert.isAtMost(counts.transactions, 4)
    for (const id of ids) {
      assert.strictEqual(Option.getOrThrow(yield* world.store.orderOf(id)).executions.size, 2)
      const filled = world.heard.flatMap((event) =>
        event.type === "orderChanged" && event.after.clientOrderId === id ? [decimalText(event.after.filled)] : []
      )
      assert.deepStrictEqual(filled, ["4", "10"], id)
    }
  })
)
