// Parts that are right alone may still be joined wrong: the daemon as it ships must be closed until an operator opens
// it, and must pass on what one part finds to the part that acts on it.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Result, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { defaultReconciliationSettings } from "../../../../actors/trading/reconciliation-actor.ts"
import { decimal, openMs } from "../../../support/trading/gate-view.ts"
import { entry, idle, limitOrder, settled } from "../../../support/trading/order-world.ts"
import { startTradeWorld, type TradeWorldOptions } from "../../../support/trading/trade-world.ts"

const test = (title: string, body: () => Effect.Effect<void, unknown, Scope.Scope>) =>
  it.effect(title, () => Effect.andThen(TestClock.setTime(openMs), Effect.suspend(body)))

const today = "2026-11-30"
const why = { by: "ops", reason: "the first day of this account" }

/** Lets the time pass in steps, so that every actor has its turns in between. */
const pass = (seconds: number) =>
  Effect.forEach(Array.from({ length: seconds * 4 }), () => Effect.andThen(TestClock.adjust(250), idle), {
    discard: true
  })

const codesOf = (result: Result.Result<unknown, unknown>) =>
  Result.isFailure(result)
    ? (result.failure as { findings: ReadonlyArray<{ code: string; outcome: string }> }).findings
        .filter(({ outcome }) => outcome === "refuse")
        .map(({ code }) => code)
    : []

const openWorld = Effect.fnUntraced(function* (options: TradeWorldOptions = {}) {
  const world = yield* startTradeWorld(options)
  yield* world.safety.initialise(why)
  yield* pass(2)
  yield* world.arming.arm({ ...why, day: today })
  return world
})

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "tickd-trade-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

describe("the layers of the trading daemon", () => {
  test("refuse everything before an operator initialises, and every order before one arms the day", () =>
    Effect.gen(function* () {
      const world = yield* startTradeWorld()
      yield* pass(2)
      const early = yield* Effect.result(world.orders.submit(limitOrder("10"), entry("early")))
      assert.includeMembers(codesOf(early), ["KILL_SWITCH", "BREAKER"])
      yield* world.safety.initialise(why)
      yield* pass(2)
      const unarmed = yield* Effect.flip(world.orders.submit(limitOrder("10"), entry("a")))
      assert.strictEqual(
        unarmed.message,
        `NOT_ARMED: live trading is not armed for ${today}, so nothing was sent: arm the day with 'tickd arm'`
      )
      yield* pass(3)
      yield* world.arming.arm({ ...why, day: today })
      // The same order under the same id: the refusal has not used it up.
      yield* world.orders.submit(limitOrder("10"), entry("a"))
      yield* settled("one POST", () => world.venue.posts.length === 1)
      assert.deepStrictEqual(world.venue.posts, ["a"])
      assert.isTrue(world.wanted.has("AAPL"), "the quotes of a requested symbol are wanted")
    }))

  test("let a confirmed flatten close on a day that is not armed, and no other order", () =>
    Effect.gen(function* () {
      const world = yield* openWorld()
      yield* world.orders.submit(limitOrder("10"), entry("held"))
      yield* settled("one POST", () => world.venue.posts.length === 1)
      world.venue.fill("b1", "e1", "10")
      yield* pass(2)
      yield* world.arming.disarm(why)
      yield* world.safety.engage(why, "entries")
      yield* pass(1)
      const exit = limitOrder("10", { side: "sell", limitPrice: decimal("101") })
      const refused = yield* Effect.result(world.orders.submit(exit, { ...entry("exit"), reduceOnly: true }))
      assert.deepStrictEqual(codesOf(refused), ["NOT_ARMED"])
      const flatten = yield* Effect.forkChild(world.safety.flatten({ ...why, confirmation: "flatten 1 symbol" }))
      yield* pass(2)
      assert.lengthOf(world.venue.posts, 2)
      world.venue.fill("b2", "e2", "10")
      yield* pass(2)
      const { flat, lines } = yield* Fiber.join(flatten)
      assert.deepStrictEqual([flat, lines.map(({ problem }) => problem)], [true, [""]])
    }))

  test("arm one trading day: a restart keeps it, the next day is not armed", () =>
    Effect.gen(function* () {
      const options: TradeWorldOptions = { path: join(yield* folder, "book.db") }
      const first = yield* openWorld(options)
      const wrong = yield* Effect.flip(first.arming.arm({ ...why, day: "2026-12-01" }))
      assert.strictEqual(wrong.code, "WRONG_DAY")
      yield* first.end
      const second = yield* startTradeWorld(options)
      assert.isTrue((yield* second.arming.status).armed)
      yield* TestClock.setTime(openMs + 86_400_000)
      assert.isFalse((yield* second.arming.status).armed)
    }))

  test("a dry run arms nothing and sends nothing", () =>
    Effect.gen(function* () {
      const world = yield* startTradeWorld({ settings: { mode: "dry" } })
      yield* world.safety.initialise(why)
      yield* pass(2)
      assert.strictEqual((yield* Effect.flip(world.arming.arm({ ...why, day: today }))).code, "NOT_LIVE")
      const { order } = yield* world.orders.submit(limitOrder("10"), entry("a"))
      assert.strictEqual(order.status, "dry_run")
      assert.lengthOf(world.venue.posts, 0)
    }))

  test("an order of the stream that no intent explains stops entries of its symbol before the next reconciliation", () =>
    Effect.gen(function* () {
      const world = yield* openWorld()
      const runs = world.heard.filter(({ type }) => type === "reconciled").length
      const foreign = world.venue.place("foreign", limitOrder("5"))
      world.venue.send(foreign, "new")
      yield* pass(4)
      const refused = yield* Effect.result(world.orders.submit(limitOrder("10"), entry("a")))
      assert.deepStrictEqual(codesOf(refused), ["SYMBOL_QUARANTINED"])
      assert.lengthOf(
        world.heard.filter(({ type }) => type === "reconciled"),
        runs
      )
    }))

  test("the kill switch cancels what works, and its event reaches bus and stream", () =>
    Effect.gen(function* () {
      const world = yield* openWorld()
      yield* world.orders.submit(limitOrder("10"), entry("a"))
      yield* settled("a POST", () => world.venue.posts.length === 1)
      yield* pass(1)
      yield* world.safety.engage({ by: "ops", reason: "drill of the kill switch" }, "entries")
      yield* pass(1)
      // The monitor may ask once more: a cancel may be repeated.
      assert.deepStrictEqual([...new Set(world.venue.cancels)], ["b1"])
      assert.isTrue(world.heard.some((event) => event.type === "safety" && event.event.type === "engaged"))
      assert.include(
        world.published.map(({ subject }) => subject),
        "trade.safety.engaged"
      )
      const refused = yield* Effect.result(world.orders.submit(limitOrder("10", { nonce: "x" }), entry("b")))
      assert.deepStrictEqual(codesOf(refused), ["KILL_SWITCH"])
    }))

  test("failures of the venue are counted, and trip the breaker within a second", () =>
    Effect.gen(function* () {
      const world = yield* openWorld()
      world.venue.state.lookup = "lostUnsent"
      world.venue.script.push("lost", "lost", "lost")
      for (const id of ["a", "b", "c"]) {
        yield* world.orders.submit(limitOrder("10", { nonce: id }), entry(id))
      }
      yield* settled("three POSTs", () => world.venue.posts.length === 3)
      yield* pass(1)
      assert.isAtLeast(world.health.errorsInRow(), 3)
      const { breakers } = yield* world.safety.status
      assert.strictEqual(breakers.find(({ scope }) => scope === "account")?.word, "TRIPPED")
    }))

  test("a store of the states that goes away closes the gate, and opens it by itself when it is back", () =>
    Effect.gen(function* () {
      const world = yield* openWorld()
      world.safetyStore.setUp(false)
      yield* pass(1)
      const refused = yield* Effect.result(world.orders.submit(limitOrder("10"), entry("a")))
      assert.includeMembers(codesOf(refused), ["KILL_SWITCH", "BREAKER"])
      world.safetyStore.setUp(true)
      yield* pass(3)
      yield* world.orders.submit(limitOrder("10", { nonce: "x" }), entry("b"))
    }))

  test("reconcile when the venue refuses to close what the book holds, and for no refused entry", () =>
    Effect.gen(function* () {
      const world = yield* openWorld()
      const refusals = () => world.heard.filter(({ type }) => type === "orderRefused").length
      const triggers = () => world.heard.flatMap((event) => (event.type === "reconciled" ? [event.report.trigger] : []))
      yield* world.orders.submit(limitOrder("10"), entry("held"))
      yield* settled("a POST", () => world.venue.posts.length === 1)
      world.venue.fill("b1", "e1", "10")
      yield* pass(1)
      world.venue.script.push("refuse")
      yield* world.orders.submit(limitOrder("1", { nonce: "buy" }), entry("buy"))
      yield* settled("the refused entry", () => refusals() === 1)
      yield* pass(1)
      assert.notInclude(triggers(), "refusedClose")
      world.venue.script.push("refuse")
      yield* world.orders.submit(limitOrder("10", { nonce: "sell", side: "sell" }), entry("sell"))
      yield* settled("the refused close", () => refusals() === 2)
      yield* pass(1)
      assert.include(triggers(), "refusedClose")
    }))

  test("reconcile at the start, at the interval, and once after the close", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-11-30T20:59:45Z"))
      const reconciliation = { ...defaultReconciliationSettings, intervalMs: 10_000, afterCloseMs: 5000 }
      const world = yield* startTradeWorld({ settings: { reconciliation } })
      const triggers = () => world.heard.flatMap((event) => (event.type === "reconciled" ? [event.report.trigger] : []))
      yield* pass(2)
      assert.include(triggers(), "start")
      yield* pass(10)
      assert.include(triggers(), "interval")
      assert.notInclude(triggers(), "endOfDay")
      for (const _ of [1, 2]) {
        yield* TestClock.adjust(30_000)
        yield* pass(1)
      }
      assert.lengthOf(
        triggers().filter((trigger) => trigger === "endOfDay"),
        1
      )
    }))
})
