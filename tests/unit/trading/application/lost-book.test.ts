// What closes trading must work on its worst day: a book that is lost takes no row, and yet every entry that works at
// the venue has to be canceled.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { makeFlatten } from "../../../../src/trading/application/safety/flatten.ts"
import { OrderDesk } from "../../../../src/trading/ports/order-desk.ts"
import { OrderStore, OrderStoreError } from "../../../../src/trading/ports/order-store.ts"
import { decimal, openMs } from "../../../support/trading/gate-view.ts"
import { entry, idle, limitOrder, settled, startWorld } from "../../../support/trading/order-world.ts"

const test = (title: string, body: () => Effect.Effect<void, unknown, Scope.Scope>) =>
  it.effect(title, () => Effect.andThen(TestClock.setTime(openMs), Effect.suspend(body)))

/** A position of 10, an entry (b2) and an exit (b3) that work; then the book is lost. */
const withLostBook = (reason: "lost" | "full") =>
  Effect.gen(function* () {
    let lost = false
    const world = yield* startWorld({
      wrap: (store) =>
        new Proxy(store, {
          get: (target, name) => {
            const member = Reflect.get(target, name) as Effect.Effect<never> | ((...args: unknown[]) => never)
            const failure = Effect.fail(new OrderStoreError({ reason, message: `The book of orders: ${reason}.` }))
            if (Effect.isEffect(member)) return Effect.suspend(() => (lost ? failure : member))
            return (...args: ReadonlyArray<unknown>) => Effect.suspend(() => (lost ? failure : member(...args)))
          }
        })
    })
    const { desk, stateOf, venue } = world
    yield* desk.submit(limitOrder("10"), entry("held"))
    yield* settled("working", () => stateOf("held") === "working")
    venue.fill("b1", "e1", "10")
    yield* settled("filled", () => stateOf("held") === undefined)
    yield* desk.submit(limitOrder("5", { symbol: "MSFT", limitPrice: decimal("300"), nonce: "e" }), entry("entry"))
    const exit = limitOrder("10", { side: "sell", nonce: "x" })
    const { kind } = yield* desk.submit(exit, { ...entry("exit"), reduceOnly: true })
    assert.strictEqual(kind, "exit")
    yield* settled("both work", () => stateOf("entry") === "working" && stateOf("exit") === "working")
    lost = true
    return { ...world, found: () => void (lost = false) }
  })

describe("with a book that is gone", () => {
  for (const reason of ["lost", "full"] as const) {
    test(`a cancel leaves (${reason}), and what the venue made of it is booked when the book is back`, () =>
      Effect.gen(function* () {
        const { desk, found, store, venue } = yield* withLostBook(reason)
        const order = yield* desk.cancel("entry", "test")
        assert.strictEqual(order.clientOrderId, "entry")
        yield* TestClock.adjust("1 second")
        yield* idle
        assert.deepStrictEqual(venue.cancels, ["b2"])
        venue.end("b2", "canceled")
        yield* TestClock.adjust("10 seconds")
        found()
        yield* TestClock.adjust("5 seconds")
        yield* idle
        assert.deepInclude(yield* store.orderOf("entry"), { _tag: "Some" })
        assert.notInclude(
          (yield* store.workingOrders).map((one) => one.clientOrderId),
          "entry"
        )
      }))
  }

  test("the kill switch cancels the entries and leaves the exits", () =>
    Effect.gen(function* () {
      const { desk, venue } = yield* withLostBook("lost")
      assert.strictEqual(yield* desk.cancelAll("entries", "test"), 1)
      yield* TestClock.adjust("1 second")
      yield* idle
      assert.deepStrictEqual(venue.cancels, ["b2"])
    }))

  test("flatten cancels everything, sends no exit, and says so", () =>
    Effect.gen(function* () {
      const { desk, store, venue } = yield* withLostBook("lost")
      const flatten = yield* makeFlatten.pipe(
        Effect.provideService(OrderDesk, desk),
        Effect.provideService(OrderStore, store)
      )
      const why = { by: "test", reason: "the book is lost and orders work" }
      const other = yield* Effect.exit(flatten.run({ ...why, confirmation: "yes" }))
      assert.isTrue(Exit.isFailure(other))
      yield* idle
      assert.deepStrictEqual(venue.cancels, [], "not confirmed")
      const exit = yield* Effect.exit(flatten.run({ ...why, confirmation: "flatten 1 symbol" }))
      assert.match(String(exit), /The book of orders: lost\. \(cancels asked: 2; no exit was sent/)
      yield* TestClock.adjust("1 second")
      yield* idle
      assert.sameMembers(venue.cancels, ["b2", "b3"])
      assert.lengthOf(venue.posts, 3)
    }))
})
