// An update that is not booked is a position that is not known: none may be dropped without a word.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { decimalText } from "../../../../src/kernel/decimal.ts"
import { replacementIdOf } from "../../../../src/trading/domain/order/client-order-id.ts"
import { OrderStoreError } from "../../../../src/trading/ports/order-store.ts"
import { openMs } from "../../../support/trading/gate-view.ts"
import { entry, idle, limitOrder, settled, startWorld } from "../../../support/trading/order-world.ts"

const test = (title: string, body: () => Effect.Effect<void, unknown, Scope.Scope>) =>
  it.effect(title, () => Effect.andThen(TestClock.setTime(openMs), Effect.suspend(body)))
const later = (span: Parameters<typeof TestClock.adjust>[0]) => Effect.andThen(TestClock.adjust(span), idle)

describe("the reader of updates", () => {
  test("reconciles when it begins to listen, and the gate knows when it does not", () =>
    Effect.gen(function* () {
      const world = yield* startWorld()
      assert.deepStrictEqual([world.watch.listening(), world.runs], [true, ["reconnect"]])
      world.venue.emit({ type: "lost", cause: "reset" })
      yield* idle
      assert.isFalse(world.watch.listening())
      const refused = yield* Effect.flip(world.desk.submit(limitOrder("10"), entry("a")))
      assert.include(refused.message, "STREAM_DOWN")
      world.venue.emit({ type: "listening" })
      yield* idle
      assert.deepStrictEqual([world.watch.listening(), world.runs], [true, ["reconnect", "reconnect"]])
    }))

  test("tries a reconciliation again that fails", () =>
    Effect.gen(function* () {
      const world = yield* startWorld({ failingReconciliations: 2 })
      assert.deepStrictEqual(world.updates.counts.reconciliations, 0)
      assert.isFalse(world.watch.listening(), "executions may be missing until one has succeeded")
      yield* later("1 seconds")
      assert.deepStrictEqual([world.updates.counts.reconciliations, world.runs.length], [1, 3])
      assert.isTrue(world.watch.listening())
    }))

  test("books the leg of a replacement by the order that it replaces, and by its client id", () =>
    Effect.gen(function* () {
      const world = yield* startWorld()
      yield* world.desk.submit(limitOrder("10"), entry("a"))
      yield* settled("working", () => world.stateOf("a") === "working")
      const id = replacementIdOf("a", 1)
      const byReplaces = world.venue.place(id, limitOrder("12"), { replaces: "b1" })
      world.venue.send(byReplaces, "new")
      yield* idle
      const order = Option.getOrThrow(yield* world.store.orderOf("a"))
      assert.deepStrictEqual([order.brokerOrderId, decimalText(order.quantity)], ["b2", "12"])
      assert.deepStrictEqual([world.updates.counts.parked, world.orphans], [0, []])
    }))

  test("waits with an update that no order explains, looks it up, and hands it over as an orphan once", () =>
    Effect.gen(function* () {
      const world = yield* startWorld()
      const foreign = world.venue.place("x", limitOrder("10"))
      world.venue.send(foreign, "new")
      world.venue.fill("b1", "e1", "3")
      yield* idle
      assert.deepStrictEqual([world.orphans.length, world.updates.parked()], [0, 1])
      world.venue.state.lookup = "lost"
      yield* later("3 seconds")
      assert.deepStrictEqual([world.orphans.length, world.updates.parked()], [0, 1])
      world.venue.state.lookup = "accept"
      yield* later("3 seconds")
      assert.deepStrictEqual(
        world.orphans.map(({ clientOrderId }) => clientOrderId),
        ["x"]
      )
      assert.strictEqual(world.updates.parked(), 0)
    }))

  test("books a waiting update when the book has come to know the order", () =>
    Effect.gen(function* () {
      const world = yield* startWorld()
      world.venue.script.push("lost")
      const early = world.venue.place("a", limitOrder("10"))
      world.venue.send(early, "new")
      yield* idle
      assert.strictEqual(world.updates.parked(), 1)
      yield* world.desk.submit(limitOrder("10"), entry("a"))
      yield* later("3 seconds")
      assert.deepStrictEqual([world.updates.parked(), world.orphans.length], [0, 0])
      assert.strictEqual(Option.getOrThrow(yield* world.store.orderOf("a")).brokerOrderId, "b1")
    }))

  test("holds a bounded number of unknown orders: the oldest is an orphan before its time", () =>
    Effect.gen(function* () {
      const world = yield* startWorld()
      for (let at = 1; at <= 258; at++) world.venue.send(world.venue.place(`x${at}`, limitOrder("1")), "new")
      yield* settled("two orphans", () => world.orphans.length === 2)
      yield* idle
      assert.deepStrictEqual([world.updates.parked(), world.orphans.length], [256, 2])
    }))

  test("waits for a store that does not answer, and loses nothing", () =>
    Effect.gen(function* () {
      let down = false
      const error = new OrderStoreError({ reason: "lost", message: "away" })
      const world = yield* startWorld({
        wrap: (store) => ({
          ...store,
          orderOfBrokerId: (id) => Effect.suspend(() => (down ? Effect.fail(error) : store.orderOfBrokerId(id)))
        })
      })
      yield* world.desk.submit(limitOrder("10"), entry("a"))
      yield* settled("working", () => world.stateOf("a") === "working")
      down = true
      world.venue.fill("b1", "e1", "4")
      world.venue.fill("b1", "e2", "6")
      yield* later("4 seconds")
      down = false
      for (let step = 0; step < 10; step++) yield* later("1 seconds")
      const order = Option.getOrThrow(yield* world.store.orderOf("a"))
      assert.deepStrictEqual([order.status, order.executions.size], ["filled", 2])
    }))
})
