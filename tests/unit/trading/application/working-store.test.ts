// A working order that memory forgot is not canceled by a kill switch: memory and book must agree after everything.
import { assert, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer } from "effect"
import { layer as sqlite } from "../../../../src/platform/sql/sqlite-client.ts"
import { layer as orderStore } from "../../../../src/trading/adapters/store/order-store.ts"
import { layer as workingStore } from "../../../../src/trading/application/orders/working-store.ts"
import type { VenueOrder } from "../../../../src/trading/domain/order/venue-order.ts"
import { OrderStore, OrderStoreError } from "../../../../src/trading/ports/order-store.ts"
import { wholesOf } from "../../../support/seeded-random.ts"
import { makeOrderLife, orderText } from "../../../support/trading/order-life.ts"

type Store = (typeof OrderStore)["Service"]
const base = Layer.provide(orderStore, Layer.fresh(sqlite({ path: ":memory:", busyTimeoutMs: 100 })))
const textsOf = (store: Store) =>
  Effect.map(store.workingOrders, (orders) => orders.map(orderText).sort((a, b) => (a < b ? -1 : 1)))

it.effect("memory and book have the same working orders after every life of an order and every failure", () =>
  Effect.gen(function* () {
    const book = yield* Effect.map(Layer.build(base), (context) => context)
    const truth = yield* Effect.provideContext(OrderStore, book)
    let reads = 0
    /** What becomes of the next writes: the answer is lost before or after the commit, or it never comes. */
    const faults: Array<"lost" | "lostAfter" | "full" | "never" | "bug"> = []
    const faulty = <A>(write: Effect.Effect<A, OrderStoreError>) =>
      Effect.suspend(() => {
        const fault = faults.shift()
        if (fault === undefined) return write
        if (fault === "never") return Effect.andThen(write, Effect.never)
        if (fault === "bug") return Effect.andThen(write, Effect.die(new Error("a bug")))
        const reason = fault === "full" ? "full" : "lost"
        const fail = Effect.fail(new OrderStoreError({ reason, message: fault }))
        return fault === "lostAfter" ? Effect.andThen(write, fail) : fail
      })
    const between = OrderStore.of({
      ...truth,
      recordIntents: (intents) => faulty(truth.recordIntents(intents)),
      applyFacts: (id, facts) => faulty(truth.applyFacts(id, facts)),
      workingOrders: Effect.andThen(
        Effect.sync(() => void reads++),
        truth.workingOrders
      )
    })
    const store = yield* Effect.flatMap(
      Layer.build(Layer.provide(workingStore, Layer.succeed(OrderStore, between))),
      (context) => Effect.provideContext(OrderStore, context)
    )
    const agree = Effect.fnUntraced(function* (what: string) {
      assert.deepStrictEqual(yield* textsOf(store), yield* textsOf(truth), what)
    })
    yield* agree("empty")
    for (let seed = 1; seed <= 40; seed++) {
      const below = wholesOf(seed)
      const life = makeOrderLife(below)
      const id = `c${seed}`
      const unique = (text: string) => `${seed}-${text}`
      yield* store.recordIntents([{ order: { ...life.order, clientOrderId: id }, reservation: undefined }])
      for (const fact of life.facts) {
        const own = "brokerOrderId" in fact ? { ...fact, brokerOrderId: unique(fact.brokerOrderId) } : { ...fact }
        for (const key of ["executionId", "previousExecutionId", "replaces", "replacedBy"]) {
          const text: unknown = Reflect.get(own, key)
          if (typeof text === "string") Object.assign(own, { [key]: unique(text) })
        }
        yield* store.applyFacts(id, [{ fact: own as typeof fact, receivedAt: 1n, raw: "" }])
      }
      yield* agree(`seed ${seed}`)
    }
    assert.strictEqual(reads, 1, "read once")

    const write = (id: string) => {
      const { order } = makeOrderLife(wholesOf(99))
      return store.recordIntents([{ order: { ...order, clientOrderId: id }, reservation: undefined }])
    }
    for (const fault of ["full", "lost", "lostAfter", "bug"] as const) {
      faults.push(fault)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(write(fault))))
      yield* agree(fault)
    }
    faults.push("never")
    const fiber = yield* Effect.forkChild(write("never"))
    yield* Effect.yieldNow
    yield* Effect.yieldNow
    yield* Fiber.interrupt(fiber)
    yield* agree("interrupted")
    assert.isAbove((yield* textsOf(store)).length, 2)
    const snapshot = makeOrderLife(wholesOf(3)).facts.find((fact) => fact.type === "snapshot")
    if (snapshot?.type !== "snapshot") throw new Error("a snapshot")
    const orphan: VenueOrder = {
      clientOrderId: "x",
      symbol: "AAPL",
      side: "buy",
      type: "limit",
      timeInForce: "day",
      snapshot: { ...snapshot, brokerOrderId: "bx" },
      raw: ""
    }
    yield* store.recordOrphan(orphan, 5n)
    yield* agree("an orphan")
    // A full disk changes nothing, and is not read again for.
    assert.strictEqual(reads, 6)
  }).pipe(Effect.scoped)
)
