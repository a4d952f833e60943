// An order that is lost, doubled or forgotten costs money: what the venue did is found out, and never done twice.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { decimalText } from "../../../../src/kernel/decimal.ts"
import { OrderStoreError } from "../../../../src/trading/ports/order-store.ts"
import { decimal, openMs } from "../../../support/trading/gate-view.ts"
import { entry, idle, limitOrder, settled, startWorld } from "../../../support/trading/order-world.ts"

const test = (title: string, body: () => Effect.Effect<void, unknown, Scope.Scope>) =>
  it.effect(title, () => Effect.andThen(TestClock.setTime(openMs), Effect.suspend(body)))

type World = Effect.Success<ReturnType<typeof startWorld>>
const orderOf = (world: World, id = "a") => Effect.map(world.store.orderOf(id), Option.getOrThrow)
const submitted = Effect.fnUntraced(function* (world: World, id = "a", quantity = "10") {
  yield* world.desk.submit(limitOrder(quantity, { nonce: id }), entry(id))
  yield* settled("a POST", () => world.venue.posts.includes(id))
  yield* idle
})
const working = (world: World, id = "a") => settled("working", () => world.stateOf(id) === "working")
const ended = (world: World, id = "a") => settled("ended", () => world.stateOf(id) === undefined)
const later = (span: Parameters<typeof TestClock.adjust>[0]) => Effect.andThen(TestClock.adjust(span), idle)

describe("an order actor", () => {
  test("follows an order from its POST to its last fill, and is gone", () =>
    Effect.gen(function* () {
      const world = yield* startWorld()
      yield* submitted(world)
      assert.strictEqual((yield* orderOf(world)).status, "new")
      world.venue.fill("b1", "e1", "4")
      world.venue.fill("b1", "e2", "6")
      yield* ended(world)
      const order = yield* orderOf(world)
      assert.deepStrictEqual([order.status, decimalText(order.filled)], ["filled", "10"])
      assert.deepStrictEqual((yield* world.store.exposure).reservations, [])
    }))

  test("finds an order whose reply was lost: one POST, and it is known", () =>
    Effect.gen(function* () {
      const world = yield* startWorld()
      world.venue.script.push("lost")
      yield* submitted(world)
      yield* working(world)
      assert.deepStrictEqual(world.venue.posts, ["a"])
      assert.strictEqual((yield* orderOf(world)).brokerOrderId, "b1")
    }))

  test("finds an order whose POST was refused and yet executed", () =>
    Effect.gen(function* () {
      const world = yield* startWorld()
      world.venue.script.push("refusedYetThere")
      yield* submitted(world)
      yield* working(world)
      world.venue.fill("b1", "e1", "10")
      yield* ended(world)
      assert.strictEqual((yield* orderOf(world)).status, "filled")
    }))

  test("books a refusal only after a lookup, with the venue's words, and reports it", () =>
    Effect.gen(function* () {
      const world = yield* startWorld()
      world.venue.script.push("refuse")
      world.venue.state.lookup = "lost"
      yield* submitted(world)
      assert.strictEqual((yield* orderOf(world)).status, "submitted")
      world.venue.state.lookup = "accept"
      yield* later("2 seconds")
      yield* ended(world)
      const order = yield* orderOf(world)
      assert.deepStrictEqual([order.status, order.sendingReason], ["rejected", "42210000: insufficient buying power"])
      assert.isTrue(world.heard.some(({ type }) => type === "orderRefused"))
    }))

  test("calls an order lost only after the grace period, and takes it back when the venue shows it", () =>
    Effect.gen(function* () {
      const world = yield* startWorld()
      world.venue.script.push("lostUnsent")
      yield* submitted(world)
      yield* later("4 minutes")
      assert.strictEqual((yield* orderOf(world)).status, "submitted_unconfirmed")
      for (let step = 0; step < 8; step++) yield* later("20 seconds")
      yield* ended(world)
      assert.strictEqual((yield* orderOf(world)).status, "failed")
      const late = world.venue.place("a", limitOrder("10"))
      world.venue.send(late, "new")
      yield* working(world)
      assert.strictEqual((yield* orderOf(world)).status, "new")
      assert.deepStrictEqual(world.venue.posts, ["a"])
    }))

  test("waits as the venue asks, and then sends the same order", () =>
    Effect.gen(function* () {
      const world = yield* startWorld()
      world.venue.script.push("rateLimited")
      yield* submitted(world)
      yield* later(200)
      yield* working(world)
      assert.deepStrictEqual(world.venue.posts, ["a", "a"])
      assert.strictEqual(world.venue.orders.size, 1)
    }))

  test("does not send after a wait what a closed gate forbids now, entry or exit", () =>
    Effect.gen(function* () {
      const world = yield* startWorld()
      world.venue.script.push("rateLimited")
      yield* submitted(world)
      yield* later(50)
      world.safety.killSwitch = { state: "engaged", scope: "all", reason: "odd fills", by: "ops" }
      yield* later("3 seconds")
      assert.deepStrictEqual(world.venue.posts, ["a"])
      const order = Option.getOrThrow(yield* world.store.orderOf("a"))
      assert.strictEqual(order.status, "rejected")
      assert.include(order.sendingReason, "GATE_CLOSED: the kill switch is engaged for all by ops")
      assert.deepStrictEqual((yield* world.store.exposure).reservations, [])
    }))

  test("does not send after a wait an entry of a day that was disarmed meanwhile", () =>
    Effect.gen(function* () {
      const mode = { armed: true }
      const world = yield* startWorld({ armed: () => mode.armed })
      world.venue.script.push("rateLimited")
      yield* submitted(world)
      yield* later(50)
      mode.armed = false
      yield* later("3 seconds")
      assert.deepStrictEqual(world.venue.posts, ["a"])
      const order = Option.getOrThrow(yield* world.store.orderOf("a"))
      assert.include(order.sendingReason, "GATE_CLOSED: live trading is not armed for 2026-11-30")
    }))

  test("gives up an answer that does not come, and asks for the order instead", () =>
    Effect.gen(function* () {
      const world = yield* startWorld()
      world.venue.script.push("never")
      yield* submitted(world)
      yield* later("10 seconds")
      yield* working(world)
      assert.deepStrictEqual(world.venue.posts, ["a"])
    }))

  test("keeps a cancel that is asked for before the confirmation, and sends it after", () =>
    Effect.gen(function* () {
      const world = yield* startWorld()
      world.venue.script.push("lost")
      world.venue.state.lookup = "lost"
      yield* submitted(world)
      yield* world.desk.cancel("a", "test")
      yield* idle
      assert.deepStrictEqual(world.venue.cancels, [])
      world.venue.state.lookup = "accept"
      yield* later("2 seconds")
      assert.deepStrictEqual(world.venue.cancels, ["b1"])
      world.venue.end("b1", "canceled")
      yield* ended(world)
      assert.strictEqual((yield* orderOf(world)).status, "canceled")
    }))

  test("repeats a cancel that was held back or whose answer was lost", () =>
    Effect.gen(function* () {
      const world = yield* startWorld()
      world.venue.cancelScript.push("rateLimited", "lostUnsent")
      yield* submitted(world)
      yield* world.desk.cancel("a", "test")
      yield* later(200)
      yield* later("2 seconds")
      assert.deepStrictEqual(world.venue.cancels, ["b1", "b1", "b1"])
      yield* settled("taken", () => world.stateOf("a") === "awaitingCancel")
    }))

  test("sends a cancel again that the venue took and did not carry out", () =>
    Effect.gen(function* () {
      const world = yield* startWorld()
      world.venue.cancelScript.push("takenUndone")
      yield* submitted(world)
      yield* world.desk.cancel("a", "test")
      yield* later("8 seconds")
      assert.deepStrictEqual(world.venue.cancels, ["b1", "b1"])
      // The venue has it now: polls follow, and no third one.
      yield* later("2 minutes")
      assert.deepStrictEqual(world.venue.cancels, ["b1", "b1"])
    }))

  test("polls soon after a cancel whose last update is lost, however long the order was silent before", () =>
    Effect.gen(function* () {
      const world = yield* startWorld()
      yield* submitted(world)
      // The pauses have grown to a minute.
      yield* later("4 minutes")
      yield* world.desk.cancel("a", "test")
      yield* idle
      world.venue.end("b1", "canceled", true)
      yield* later("8 seconds")
      yield* ended(world)
      assert.strictEqual((yield* orderOf(world)).status, "canceled")
    }))

  test("looks at an order again whose cancel is asked for again, as the monitor does every 5 s", () =>
    Effect.gen(function* () {
      const world = yield* startWorld()
      yield* submitted(world)
      yield* world.desk.cancel("a", "test")
      yield* later("20 seconds")
      world.venue.end("b1", "canceled", true)
      yield* world.desk.cancel("a", "test")
      yield* idle
      yield* ended(world)
      assert.strictEqual((yield* orderOf(world)).status, "canceled")
      assert.deepStrictEqual(world.venue.cancels, ["b1"])
    }))

  test("looks an order up whose cancel is refused, once", () =>
    Effect.gen(function* () {
      const world = yield* startWorld()
      yield* submitted(world)
      world.venue.fill("b1", "e1", "10", "100", true)
      world.venue.cancelScript.push("refuse")
      yield* world.desk.cancel("a", "test")
      yield* ended(world)
      const order = yield* orderOf(world)
      assert.deepStrictEqual([order.status, decimalText(order.inferred)], ["filled", "10"])
      assert.deepStrictEqual(world.venue.cancels, ["b1"])
    }))

  test("takes an update that is faster than the POST's reply, and the same facts twice", () =>
    Effect.gen(function* () {
      const world = yield* startWorld()
      let again = () => undefined as void
      world.venue.beforeReply.run = ({ snapshot }) => {
        again = world.venue.fill(snapshot.brokerOrderId, "e1", "4")
      }
      yield* submitted(world)
      yield* working(world)
      const changes = () => world.heard.filter(({ type }) => type === "orderChanged").length
      const before = changes()
      again()
      again()
      yield* idle
      const order = yield* orderOf(world)
      assert.deepStrictEqual([order.status, decimalText(order.filled), changes()], ["partially_filled", "4", before])
    }))

  test("asks for an order that is silent, and books a fill that never came", () =>
    Effect.gen(function* () {
      const world = yield* startWorld()
      yield* submitted(world)
      world.venue.fill("b1", "e1", "10", "100", true)
      yield* later("7 seconds")
      yield* ended(world)
      assert.strictEqual((yield* orderOf(world)).status, "filled")
    }))

  test("replaces under the next client id, also when the reply is lost", () =>
    Effect.gen(function* () {
      const world = yield* startWorld()
      yield* submitted(world)
      world.venue.script.push("lost")
      yield* world.desk.replace("a", { quantity: decimal("12") }, "test")
      yield* settled("replaced", () => world.venue.replacements.length === 1)
      yield* idle
      const order = yield* orderOf(world)
      assert.deepStrictEqual([order.brokerOrderId, decimalText(order.quantity)], ["b2", "12"])
      world.venue.script.push("refuse")
      yield* world.desk.replace("a", { quantity: decimal("13") }, "test")
      yield* settled("refused", () => world.heard.some(({ type }) => type === "replaceRefused"))
      assert.lengthOf(new Set(world.venue.replacements), 2)
    }))

  test("keeps a fact while the store does not take it, and books it when it does", () =>
    Effect.gen(function* () {
      let down = false
      const error = new OrderStoreError({ reason: "full", message: "full" })
      const world = yield* startWorld({
        wrap: (store) => ({
          ...store,
          applyFacts: (id, facts) => (down ? Effect.fail(error) : store.applyFacts(id, facts))
        })
      })
      yield* submitted(world)
      down = true
      world.venue.fill("b1", "e1", "4")
      yield* later("20 seconds")
      assert.strictEqual(decimalText((yield* orderOf(world)).filled), "0")
      assert.isAbove(world.supervision.counts.storeRetries, 5)
      down = false
      yield* later("3 seconds")
      assert.strictEqual(decimalText((yield* orderOf(world)).filled), "4")
      assert.deepStrictEqual(
        world.heard.flatMap(({ type }) => (type.startsWith("store") ? [type] : [])),
        ["storeTrouble", "storeBack"]
      )
    }))

  test("does not send an order that the store did not take as sent in time", () =>
    Effect.gen(function* () {
      let down = true
      const error = new OrderStoreError({ reason: "busy", message: "The book of orders is busy." })
      const world = yield* startWorld({
        wrap: (store) => ({
          ...store,
          applyFacts: (id, facts) => (down ? Effect.fail(error) : store.applyFacts(id, facts))
        })
      })
      yield* world.desk.submit(limitOrder("10"), entry("a"))
      yield* later("5 seconds")
      down = false
      yield* later("3 seconds")
      yield* ended(world)
      const order = yield* orderOf(world)
      assert.deepStrictEqual(world.venue.posts, [])
      assert.deepStrictEqual([order.status, order.sendingReason], ["rejected", `NOT_SENT: ${error.message}`])
    }))

  test("is restarted after a crash without a second POST, and keeps a wanted cancel", () =>
    Effect.gen(function* () {
      let crash = 0
      const world = yield* startWorld({
        wrap: (store) => ({
          ...store,
          applyFacts: (id, facts) =>
            facts.some(({ fact }) => fact.type === "snapshot") && crash-- > 0
              ? Effect.die(new Error("a bug"))
              : store.applyFacts(id, facts)
        })
      })
      crash = 1
      yield* submitted(world)
      assert.strictEqual(world.supervision.counts.crashes, 1)
      yield* world.desk.cancel("a", "test")
      yield* later("1 seconds")
      assert.deepStrictEqual([world.venue.posts, world.venue.cancels], [["a"], ["b1"]])
    }))

  test("refuses a fact that breaks a rule of the book, books the others, and says so", () =>
    Effect.gen(function* () {
      const world = yield* startWorld()
      yield* submitted(world, "a")
      yield* submitted(world, "b")
      world.venue.fill("b1", "e1", "4")
      yield* idle
      world.venue.fill("b2", "e1", "4")
      yield* idle
      const order = yield* orderOf(world, "b")
      assert.deepStrictEqual([decimalText(order.filled), decimalText(order.inferred)], ["4", "4"])
      assert.strictEqual(world.supervision.counts.factsRefused, 1)
    }))
})
