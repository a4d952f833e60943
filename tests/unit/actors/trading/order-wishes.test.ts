// What an operator has asked of an order is asked of the venue, whatever happens to the program in between.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { decimalText } from "../../../../src/kernel/decimal.ts"
import { OrderStoreError } from "../../../../src/trading/ports/order-store.ts"
import { decimal, openMs } from "../../../support/trading/gate-view.ts"
import { entry, idle, limitOrder, settled, startWorld } from "../../../support/trading/order-world.ts"
import type { Script } from "../../../support/trading/scripted-venue.ts"

const book = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "tickd-wishes-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  ),
  (folder) => join(folder, "book.db")
)
const test = (title: string, body: () => Effect.Effect<void, unknown, Scope.Scope>) =>
  it.effect(title, () => Effect.andThen(TestClock.setTime(openMs), Effect.suspend(body)))
const later = (span: Parameters<typeof TestClock.adjust>[0]) => Effect.andThen(TestClock.adjust(span), idle)

type World = Effect.Success<ReturnType<typeof startWorld>>
const working = Effect.fnUntraced(function* (world: World, quantity = "10") {
  yield* world.desk.submit(limitOrder(quantity), entry("a"))
  yield* settled("working", () => world.stateOf("a") === "working")
})
const freshAccount = (world: World) => Effect.map(Effect.orDie(world.venue.venue.account), world.readings.noteAccount)
const refusals = ({ heard }: World) => heard.filter(({ type }) => type === "replaceRefused").length

describe("a cancel that was asked for", () => {
  test("is sent after a restart when the program ended before the venue had it", () =>
    Effect.gen(function* () {
      const path = yield* book
      const first = yield* startWorld({ path })
      yield* working(first)
      first.venue.cancelScript.push("never")
      yield* first.desk.cancel("a", "test")
      yield* settled("the first cancel", () => first.venue.cancels.length === 1)
      yield* first.end
      const second = yield* startWorld({ path, venue: first.venue })
      yield* settled("the cancel", () => second.venue.cancels.length === 2)
      second.venue.end("b1", "canceled")
      yield* settled("the end", () => second.stateOf("a") === undefined)
      assert.strictEqual((yield* second.store.wishes).size, 0)
    }))

  test("is sent after a restart to an order that was not confirmed yet", () =>
    Effect.gen(function* () {
      const path = yield* book
      const first = yield* startWorld({ path })
      first.venue.script.push("lost")
      first.venue.state.lookup = "never"
      yield* first.desk.submit(limitOrder("10"), entry("a"))
      yield* idle
      yield* first.desk.cancel("a", "test")
      yield* first.end
      first.venue.state.lookup = "accept"
      const second = yield* startWorld({ path, venue: first.venue })
      yield* settled("the cancel", () => second.venue.cancels.length === 1)
      assert.deepStrictEqual(second.venue.posts, ["a"])
    }))

  test("is not sent after a restart when the venue had decided against it", () =>
    Effect.gen(function* () {
      const path = yield* book
      const first = yield* startWorld({ path })
      yield* working(first)
      first.venue.cancelScript.push("refuse")
      yield* first.desk.cancel("a", "test")
      yield* settled("refused", () => first.heard.some(({ type }) => type === "cancelRefused"))
      yield* first.end
      const second = yield* startWorld({ path, venue: first.venue })
      yield* later("1 minute")
      assert.lengthOf(second.venue.cancels, 1)
    }))

  test("leaves when the store does not take it", () =>
    Effect.gen(function* () {
      const full = new OrderStoreError({ reason: "full", message: "full" })
      const world = yield* startWorld({ wrap: (store) => ({ ...store, setWishes: () => Effect.fail(full) }) })
      yield* working(world)
      yield* world.desk.cancel("a", "test")
      yield* settled("the cancel", () => world.venue.cancels.length === 1)
      // A change is not as urgent, and must not be forgotten: it is refused.
      const change = yield* Effect.flip(world.desk.replace("a", { quantity: decimal("5") }, "test"))
      assert.strictEqual(change._tag, "DeskUnavailable")
      assert.deepStrictEqual(world.venue.replacements, [])
    }))
})

describe("a change that was asked for", () => {
  const changed = Effect.fnUntraced(function* (does: Script) {
    const path = yield* book
    const first = yield* startWorld({ path })
    yield* working(first)
    first.venue.script.push(does)
    first.venue.state.lookup = "never"
    yield* first.desk.replace("a", { quantity: decimal("12") }, "test")
    yield* settled("the change", () => first.venue.replacements.length === 1)
    yield* first.end
    first.venue.state.lookup = "accept"
    return yield* startWorld({ path, venue: first.venue })
  })

  test("is found after a restart when the venue had taken it", () =>
    Effect.gen(function* () {
      const world = yield* changed("lost")
      yield* settled("working", () => world.stateOf("a") === "working")
      const order = Option.getOrThrow(yield* world.store.orderOf("a"))
      assert.deepStrictEqual([order.brokerOrderId, decimalText(order.quantity)], ["b2", "12"])
      assert.lengthOf(world.venue.replacements, 1)
      // Decided: the next one is taken.
      yield* world.desk.replace("a", { quantity: decimal("13") }, "test")
      yield* settled("the next change", () => world.venue.replacements.length === 2)
    }))

  test("is reported after a restart when the venue does not have it, and is not sent by a later price", () =>
    Effect.gen(function* () {
      const world = yield* changed("lostUnsent")
      yield* later("10 seconds")
      // It may still arrive: another one waits.
      assert.strictEqual(refusals(world), 0)
      const busy = yield* Effect.flip(world.desk.replace("a", { quantity: decimal("13") }, "test"))
      assert.strictEqual(busy._tag, "NotPossible")
      for (let step = 0; step < 6; step++) yield* later("20 seconds")
      assert.strictEqual(refusals(world), 1)
      assert.lengthOf(world.venue.replacements, 1)
      assert.strictEqual((yield* world.store.wishes).size, 0)
      yield* freshAccount(world)
      yield* world.desk.replace("a", { quantity: decimal("13") }, "test")
      yield* settled("the next change", () => world.venue.replacements.length === 2)
    }))

  test("holds its quantity over a restart: the gate counts it until the venue has decided", () =>
    Effect.gen(function* () {
      const path = yield* book
      const first = yield* startWorld({ path })
      yield* working(first, "300")
      first.venue.script.push("lostUnsent")
      yield* first.desk.replace("a", { quantity: decimal("700") }, "test")
      yield* first.end
      const second = yield* startWorld({ path, venue: first.venue })
      // 70,000 of 80,000 USD are taken, of which the store's reservation has 30,000.
      const refused = yield* Effect.flip(second.desk.submit(limitOrder("200", { nonce: "b" }), entry("b")))
      assert.include(refused.message, "LONG_NOTIONAL")
      for (let step = 0; step < 8; step++) yield* later("20 seconds")
      assert.strictEqual(refusals(second), 1)
      yield* freshAccount(second)
      yield* second.desk.submit(limitOrder("200", { nonce: "c" }), entry("c"))
    }))
})
