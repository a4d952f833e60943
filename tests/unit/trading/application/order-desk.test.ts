// Orders that only fit alone must not both pass, and a limit that a restart resets is none.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Option, Result, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { OrderStoreError } from "../../../../src/trading/ports/order-store.ts"
import { decimal, openMs } from "../../../support/trading/gate-view.ts"
import { entry, idle, limitOrder, settled, startWorld } from "../../../support/trading/order-world.ts"

const test = (title: string, body: () => Effect.Effect<void, unknown, Scope.Scope>) =>
  it.effect(title, () => Effect.andThen(TestClock.setTime(openMs), Effect.suspend(body)))

const codes = (result: Result.Result<unknown, unknown>) =>
  Result.isFailure(result)
    ? ((result.failure as { findings?: ReadonlyArray<{ code: string; outcome: string }> }).findings ?? [])
        .filter(({ outcome }) => outcome === "refuse")
        .map(({ code }) => code)
    : []

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "tickd-orders-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

describe("the way of orders", () => {
  test("lets exactly one of two concurrent buys of 600 pass under a limit of 1,000", () =>
    Effect.gen(function* () {
      const { desk, store, venue } = yield* startWorld()
      const results = yield* Effect.all(
        ["a", "b"].map((id) => Effect.result(desk.submit(limitOrder("600", { nonce: id }), entry(id)))),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(results.map(Result.isSuccess).sort(), [false, true])
      assert.include(results.flatMap(codes), "POSITION_QUANTITY")
      yield* settled("one POST", () => venue.posts.length === 1)
      assert.lengthOf((yield* store.exposure).reservations, 1)
    }))

  test("lets exactly one of a new buy and a change at the same time pass, whichever comes first", () =>
    Effect.gen(function* () {
      for (const first of ["buy", "change"] as const) {
        const { desk, end, stateOf, venue } = yield* startWorld()
        yield* desk.submit(limitOrder("300"), entry("a"))
        yield* settled("working", () => stateOf("a") === "working")
        // Each fits alone under 80,000 USD and 1,000 shares; together they do not.
        const buy = desk.submit(limitOrder("450", { nonce: "b" }), entry("b"))
        const change = desk.replace("a", { quantity: decimal("750") }, "test")
        const both: ReadonlyArray<Effect.Effect<unknown, unknown>> = first === "buy" ? [buy, change] : [change, buy]
        const results = yield* Effect.all(both.map(Effect.result), { concurrency: "unbounded" })
        assert.deepStrictEqual(results.map(Result.isSuccess), [true, false], first)
        assert.include(results.flatMap(codes), "POSITION_QUANTITY")
        yield* idle
        assert.deepStrictEqual(
          [venue.posts.length, venue.replacements.length],
          first === "buy" ? [2, 0] : [1, 1],
          first
        )
        yield* end
      }
    }))

  test("lets exactly one of two buys of 600 pass with a restart between, whatever became of the first POST", () =>
    Effect.gen(function* () {
      for (const does of ["accept", "lost", "lostUnsent", "never"] as const) {
        const path = join(yield* folder, "book.db")
        const first = yield* startWorld({ path })
        first.venue.script.push(does)
        first.venue.state.lookup = "never"
        yield* first.desk.submit(limitOrder("600"), entry("a"))
        yield* settled("one POST", () => first.venue.posts.length === 1)
        yield* first.end
        const second = yield* startWorld({ path, venue: first.venue })
        const both = yield* Effect.all(
          ["b", "c"].map((id) => Effect.result(second.desk.submit(limitOrder("600", { nonce: id }), entry(id)))),
          { concurrency: "unbounded" }
        )
        assert.isTrue(both.every(Result.isFailure), does)
        assert.include(both.flatMap(codes), "POSITION_QUANTITY")
        yield* second.desk.submit(limitOrder("200", { nonce: "d" }), entry("d"))
        assert.deepStrictEqual(
          (yield* second.store.exposure).reservations.map(({ clientOrderId }) => clientOrderId).sort(),
          ["a", "d"]
        )
        yield* second.end
      }
    }))

  test("lets a burst share the buying power of one reading, and gives a changed order its own back", () =>
    Effect.gen(function* () {
      const { desk, readings, stateOf, venue, watch } = yield* startWorld()
      const account = yield* Effect.orDie(venue.venue.account)
      const reports = (buyingPower: string) => readings.noteAccount({ ...account, buyingPower: decimal(buyingPower) })
      reports("1000")
      const results = yield* Effect.forEach(["a", "b", "c"], (id) =>
        Effect.result(desk.submit(limitOrder("4", { nonce: id }), entry(id)))
      )
      assert.deepStrictEqual(results.map(codes), [[], [], ["BUYING_POWER"]])
      yield* settled("working", () => stateOf("a") === "working")
      // The reading may be older than the orders that were under way.
      yield* TestClock.adjust("1 second")
      reports("1000")
      const early = yield* Effect.result(desk.submit(limitOrder("3", { nonce: "d" }), entry("d")))
      assert.deepStrictEqual(codes(early), ["BUYING_POWER"])
      yield* TestClock.adjust("3 seconds")
      // The venue has counted both: 800 of 1,000 USD.
      reports("200")
      assert.isAbove(watch.accountAtMs() ?? 0, openMs)
      yield* desk.replace("a", { quantity: decimal("5") }, "test")
      const more = yield* Effect.result(desk.submit(limitOrder("2", { nonce: "e" }), entry("e")))
      assert.deepStrictEqual(codes(more), ["BUYING_POWER"])
      yield* desk.submit(limitOrder("1", { nonce: "f" }), entry("f"))
    }))

  test("refuses entries of an account that the venue blocks, from the reading on", () =>
    Effect.gen(function* () {
      const { desk, readings, venue } = yield* startWorld()
      const account = yield* Effect.orDie(venue.venue.account)
      readings.noteAccount({ ...account, blocks: ["trading_blocked"] })
      const blocked = yield* Effect.flip(desk.submit(limitOrder("4"), entry("a")))
      assert.match(blocked.message, /^ACCOUNT_BLOCKED: the venue blocks the account: trading_blocked$/)
      readings.noteAccount(account)
      yield* desk.submit(limitOrder("4", { nonce: "again" }), entry("a"))
    }))

  test("holds the larger quantity of a change until the venue has decided", () =>
    Effect.gen(function* () {
      const { desk, stateOf, venue } = yield* startWorld()
      yield* desk.submit(limitOrder("300"), entry("a"))
      yield* settled("working", () => stateOf("a") === "working")
      yield* desk.replace("a", { quantity: decimal("800") }, "test")
      const other = yield* Effect.result(desk.submit(limitOrder("300", { nonce: "x" }), entry("b")))
      assert.include(codes(other), "POSITION_QUANTITY")
      yield* settled("replaced", () => venue.replacements.length === 1)
    }))

  test("answers the same request with the order that is there, and refuses another one under its id", () =>
    Effect.gen(function* () {
      const { desk, venue } = yield* startWorld()
      const [first, second] = yield* Effect.all(
        [desk.submit(limitOrder("10"), entry("a")), desk.submit(limitOrder("10"), entry("a"))],
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual([first.repeat, second.repeat], [false, true])
      assert.isTrue((yield* desk.submit(limitOrder("10"), entry("a"))).repeat)
      assert.strictEqual((yield* Effect.flip(desk.submit(limitOrder("11"), entry("a"))))._tag, "IdInUse")
      assert.strictEqual((yield* Effect.flip(desk.submit(limitOrder("11"), entry("a b"))))._tag, "IdInUse")
      yield* idle
      assert.deepStrictEqual(venue.posts, ["a"])
    }))

  test("judges and stores in dry run, and sends and reserves nothing", () =>
    Effect.gen(function* () {
      const { desk, store, venue } = yield* startWorld({ mode: "dry" })
      const { order } = yield* desk.submit(limitOrder("10"), entry("a"))
      yield* idle
      assert.strictEqual(order.status, "dry_run")
      assert.deepStrictEqual([venue.posts, (yield* store.exposure).reservations], [[], []])
    }))

  test("refuses what is above the order rate", () =>
    Effect.gen(function* () {
      const { desk, limits } = yield* startWorld()
      yield* limits.change("risk", "test", (now) => ({ ...now, ordersPerMinute: 2 }))
      for (const id of ["a", "b"]) yield* desk.submit(limitOrder("1", { nonce: id }), entry(id))
      const third = yield* Effect.result(desk.submit(limitOrder("1", { nonce: "c" }), entry("c")))
      assert.deepStrictEqual(codes(third), ["ORDER_RATE"])
    }))

  test("counts changes among the orders of a minute, and refuses the same change twice at once", () =>
    Effect.gen(function* () {
      const { desk, heard, limits, stateOf, venue } = yield* startWorld()
      yield* limits.change("risk", "test", (now) => ({ ...now, ordersPerMinute: 3 }))
      yield* desk.submit(limitOrder("10"), entry("a"))
      yield* settled("working", () => stateOf("a") === "working")
      venue.script.push("refuse")
      yield* desk.replace("a", { quantity: decimal("11") }, "test")
      yield* settled("refused", () => heard.some(({ type }) => type === "replaceRefused"))
      const same = yield* Effect.result(desk.replace("a", { quantity: decimal("11") }, "test"))
      assert.deepStrictEqual(codes(same), ["DUPLICATE"])
      const third = yield* Effect.result(desk.replace("a", { quantity: decimal("12") }, "test"))
      assert.deepStrictEqual(codes(third), ["ORDER_RATE"])
    }))

  test("refuses a request that no venue could take, and stores nothing of it", () =>
    Effect.gen(function* () {
      const { desk, stateOf, store, venue } = yield* startWorld()
      for (const bad of [
        { quantity: decimal("0") },
        { quantity: decimal("-5") },
        { symbol: "aapl" },
        { limitPrice: decimal("100.001") },
        { quantity: decimal("0.5"), timeInForce: "gtc" as const }
      ]) {
        const refused = yield* Effect.result(desk.submit(limitOrder("10", bad), entry("bad")))
        assert.deepStrictEqual(codes(refused), ["INVALID_REQUEST"], JSON.stringify(Object.keys(bad)))
      }
      assert.deepStrictEqual([venue.posts, yield* store.latestOrders(5)], [[], []])
      yield* desk.submit(limitOrder("0.5"), entry("a"))
      yield* settled("working", () => stateOf("a") === "working")
      const change = yield* Effect.result(desk.replace("a", { quantity: decimal("1") }, "test"))
      assert.deepStrictEqual(codes(change), ["INVALID_REQUEST"])
      assert.deepStrictEqual(venue.replacements, [])
    }))

  test("stops a strategy that repeats its executions, also after a restart, until it is released", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "book.db")
      const first = yield* startWorld({ path })
      yield* first.limits.change("risk", "test", (now) => ({ ...now, repeatedExecutions: 2 }))
      for (const id of ["a", "b"]) {
        yield* first.desk.submit(limitOrder("1", { nonce: id }), entry(id))
        yield* settled("working", () => first.stateOf(id) === "working")
        first.venue.fill(first.venue.byClientId(id)?.snapshot.brokerOrderId ?? "", `e-${id}`, "1")
        yield* settled("ended", () => first.stateOf(id) === undefined)
      }
      // The throttle's own window is kept over a restart too.
      yield* first.end
      const second = yield* startWorld({ path, venue: first.venue })
      const third = yield* Effect.result(second.desk.submit(limitOrder("1", { nonce: "c" }), entry("c")))
      assert.deepStrictEqual(codes(third), ["REPEATED_EXECUTION"])
      yield* second.end
      yield* TestClock.adjust("10 minutes")
      const world = yield* startWorld({ path, venue: first.venue })
      const fourth = yield* Effect.result(world.desk.submit(limitOrder("1", { nonce: "d" }), entry("d")))
      assert.deepStrictEqual(codes(fourth), ["STRATEGY_STOPPED"])
      assert.isTrue(yield* world.limits.release("alpha", "risk", "looked into it"))
      assert.isFalse(yield* world.limits.release("alpha", "risk", "looked into it"))
      yield* world.desk.submit(limitOrder("1", { nonce: "e" }), entry("e"))
      assert.strictEqual(world.limits.current().version, 1)
    }))

  test("refuses with the store's sentence when its disk is full, and nothing is written or sent", () =>
    Effect.gen(function* () {
      let full = true
      const error = new OrderStoreError({ reason: "full", message: "The book of orders: the disk is full." })
      const world = yield* startWorld({
        wrap: (store) => ({
          ...store,
          recordIntents: (intents) => (full ? Effect.fail(error) : store.recordIntents(intents))
        })
      })
      const refused = yield* Effect.flip(world.desk.submit(limitOrder("10"), entry("a")))
      assert.deepStrictEqual([refused._tag, refused.message], ["DeskUnavailable", error.message])
      const troubles = () => world.heard.flatMap(({ type }) => (type.startsWith("store") ? [type] : []))
      assert.deepStrictEqual(troubles(), ["storeTrouble"])
      yield* idle
      assert.isTrue(Option.isNone(yield* world.store.orderOf("a")))
      assert.deepStrictEqual([world.venue.posts, yield* world.store.outboxSize], [[], 0])
      full = false
      yield* TestClock.adjust("3 seconds")
      yield* world.desk.submit(limitOrder("10"), entry("a"))
      yield* settled("sent", () => world.venue.posts.length === 1)
      assert.deepStrictEqual(troubles(), ["storeTrouble", "storeBack"])
    }))

  test("sends nothing more with keys that the venue rejects, says so, and goes on with keys that work", () =>
    Effect.gen(function* () {
      const world = yield* startWorld()
      world.venue.script.push("wrongKeys")
      yield* world.desk.submit(limitOrder("10"), entry("a"))
      yield* settled("an event", () => world.heard.some(({ type }) => type === "unauthorized"))
      const refused = yield* Effect.flip(world.desk.submit(limitOrder("10", { nonce: "b" }), entry("b")))
      assert.strictEqual(refused._tag, "DeskUnavailable")
      assert.include(refused.message, "The venue rejects the API keys")
      world.events.publish({ type: "authorized" })
      yield* world.desk.submit(limitOrder("10", { nonce: "b" }), entry("b"))
    }))

  test("stores a burst in few transactions, and answers at once when more wait than it takes", () =>
    Effect.gen(function* () {
      const sizes: Array<number> = []
      const { desk, limits } = yield* startWorld({
        mode: "dry",
        wrap: (store) => ({
          ...store,
          recordIntents: (intents) => {
            sizes.push(intents.length)
            return store.recordIntents(intents)
          }
        })
      })
      yield* limits.change("risk", "test", (now) => ({ ...now, ordersPerMinute: 100 }))
      const exits = yield* Effect.all(
        Array.from({ length: 1010 }, (_, at) =>
          Effect.exit(desk.submit(limitOrder("1", { nonce: `${at}` }), entry(`o${at}`)))
        ),
        { concurrency: "unbounded" }
      )
      const full = exits.filter((exit) => Exit.isFailure(exit) && `${exit.cause}`.includes("wait to be judged"))
      assert.strictEqual(full.length, 10)
      assert.strictEqual(exits.filter(Exit.isSuccess).length, 100)
      assert.deepStrictEqual(sizes.slice(0, 2), [64, 36])
    }))

  test("goes on when a caller that waits goes away", () =>
    Effect.gen(function* () {
      const { desk, store } = yield* startWorld({ mode: "dry" })
      const caller = (id: string) => Effect.forkChild(desk.submit(limitOrder("1", { nonce: id }), entry(id)))
      const fibers = [yield* caller("a"), yield* caller("b"), yield* caller("c")]
      yield* Effect.yieldNow
      yield* Fiber.interrupt(fibers[0] as Fiber.Fiber<unknown, unknown>)
      yield* Fiber.await(fibers[2] as Fiber.Fiber<unknown, unknown>)
      assert.isTrue(Option.isSome(yield* store.orderOf("c")))
      yield* desk.submit(limitOrder("1", { nonce: "d" }), entry("d"))
    }))
})
