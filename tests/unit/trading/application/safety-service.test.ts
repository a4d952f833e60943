// A stop that an operator gives must hold whatever else fails; one that opens must leave a trace first.
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Layer, Option, type Scope } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { accountBreakerKey, killSwitchKey } from "../../../../src/protocol/trading/safety.ts"
import { MemorySafetyStore } from "../../../../src/trading/adapters/memory/safety-bucket.ts"
import { makeMonitor } from "../../../../src/trading/application/safety/monitor.ts"
import { SafetyFollower } from "../../../../src/trading/application/safety/safety-state.ts"
import { OrderStore } from "../../../../src/trading/ports/order-store.ts"
import { Safety } from "../../../../src/trading/ports/safety.ts"
import { SafetyState } from "../../../../src/trading/ports/safety-state.ts"
import { decimal } from "../../../support/trading/gate-view.ts"
import {
  journalRows,
  monitorOptions,
  type SafetyWorld,
  safetyRun,
  safetyWorld
} from "../../../support/trading/safety-run.ts"
import { waitFor } from "../../../support/trading/safety-state-contract.ts"

const why = { by: "ops", reason: "the morning check of all parts is done" }

type Parts = Layer.Success<ReturnType<typeof safetyRun>>
const test = (title: string, body: (world: SafetyWorld) => Effect.Effect<void, unknown, Parts | Scope.Scope>) =>
  it.live(title, () => {
    const world = safetyWorld()
    const started = Effect.gen(function* () {
      yield* Effect.forkScoped(Effect.flatMap(SafetyFollower, ({ run }) => run))
      yield* (yield* Safety).initialise(why)
      yield* waitFor(yield* SafetyState, "MONITOR_SILENT")
      yield* body(world)
    })
    return Effect.scoped(Effect.provide(started, safetyRun(new MemorySafetyStore().layer, ":memory:", world)))
  })

const look = Effect.gen(function* () {
  const monitor = yield* makeMonitor(monitorOptions)
  return yield* monitor
})
const account = { level: "account" } as const
const codeOf = <A, E, R>(command: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(command), (error) => (error as { readonly code?: string }).code)

describe("the commands of safety", () => {
  test("write a row before and after each change, and raise an event", (world) =>
    Effect.gen(function* () {
      const safety = yield* Safety
      yield* safety.engage({ by: "ops", reason: "odd fills" }, "entries")
      assert.strictEqual((yield* Effect.flip(safety.engage(why, "entries"))).message.includes("engaged"), true)
      yield* safety.disengage(why)
      const { isNew } = yield* safety.trip(account, "MANUAL", "drill", "ops")
      assert.isTrue(isNew)
      assert.isFalse((yield* safety.trip(account, "DATA_STALE", "", "monitor")).isNew)
      yield* safety.reset(account, { ...why, acknowledged: false })
      const rows = (yield* journalRows).map(({ row }) => row)
      assert.deepStrictEqual(rows, [
        "initialise asked",
        "initialise done",
        "engage asked",
        "engage done",
        "engage asked",
        "engage failed",
        "disengage asked",
        "disengage done",
        "trip asked",
        "trip done",
        "reset asked",
        "reset done"
      ])
      assert.deepStrictEqual(
        world.events.map(({ type }) => type),
        ["initialised", "engaged", "disengaged", "tripped", "reset"]
      )
      assert.deepStrictEqual(world.cancelled, ["entries ops", "entries ops"])
    }))

  test("need a reason of 20 characters for what opens", () =>
    Effect.gen(function* () {
      const safety = yield* Safety
      yield* safety.engage({ by: "ops", reason: "x" }, "all")
      yield* safety.trip(account, "MANUAL", "", "ops")
      const short = { by: "ops", reason: "   nineteen letters!   " }
      for (const command of [safety.disengage(short), safety.reset(account, { ...short, acknowledged: true })]) {
        assert.strictEqual(yield* codeOf<unknown, unknown, never>(command), "REASON_TOO_SHORT")
      }
      assert.strictEqual(yield* codeOf(safety.initialise(why)), "ALREADY_INITIALISED")
    }))

  it.live("begin closed after their records were lost: a deletion must not end a stop", () => {
    const world = safetyWorld()
    const bucket = new MemorySafetyStore()
    const lost = Effect.gen(function* () {
      yield* Effect.forkScoped(Effect.flatMap(SafetyFollower, ({ run }) => run))
      const [safety, state] = [yield* Safety, yield* SafetyState]
      yield* safety.initialise(why)
      assert.strictEqual((yield* state.killSwitch).state, "active")
      yield* safety.trip(account, "DAILY_LOSS_EXCEEDED", "", "monitor")
      bucket.delete(killSwitchKey)
      bucket.delete(accountBreakerKey)
      yield* safety.initialise(why)
      assert.deepInclude(yield* state.killSwitch, { state: "engaged", scope: "entries" })
      assert.deepInclude(yield* state.breaker(account), { state: "tripped", tripReason: "MANUAL" })
    })
    return Effect.scoped(Effect.provide(lost, safetyRun(bucket.layer, ":memory:", world)))
  })

  test("close without a journal and say so, and open nothing", (world) =>
    Effect.gen(function* () {
      const [safety, sql, state] = [yield* Safety, yield* SqlClient, yield* SafetyState]
      yield* sql`DROP TABLE journals`
      yield* safety.engage(why, "all")
      yield* safety.trip(account, "MANUAL", "", "ops")
      assert.strictEqual(state.view("a", "A").killSwitch.state, "engaged")
      assert.include(
        world.events.map(({ type }) => type),
        "notJournaled"
      )
      for (const command of [safety.disengage(why), safety.reset(account, { ...why, acknowledged: true })]) {
        assert.strictEqual(yield* codeOf<unknown, unknown, never>(command), "NOT_JOURNALED")
      }
      assert.strictEqual((yield* state.breaker(account)).state, "tripped")
      assert.strictEqual((yield* state.killSwitch).state, "engaged")
    }))

  it.live("cancel what works also when the stop cannot be written, and say so", () => {
    const world = safetyWorld()
    // Nothing is initialised: there is no record to write to.
    const stops = Effect.gen(function* () {
      const safety = yield* Safety
      const engaged = yield* Effect.flip(safety.engage(why, "entries"))
      assert.match(engaged.message, /Cancels requested all the same: 1\./)
      const tripped = yield* Effect.flip(safety.trip(account, "DAILY_LOSS_EXCEEDED", "", "monitor"))
      assert.match(tripped.message, /Cancels requested all the same: 2\./)
      assert.deepStrictEqual(world.cancelled, ["entries ops", "entries monitor"])
      assert.include(
        (yield* journalRows).map(({ row }) => row),
        "engage failed"
      )
    })
    return Effect.scoped(Effect.provide(stops, safetyRun(new MemorySafetyStore().layer, ":memory:", world)))
  })

  test("trip one symbol, and cancel only its orders", (world) =>
    Effect.gen(function* () {
      const safety = yield* Safety
      yield* safety.trip({ level: "symbol", symbol: "AAPL" }, "MANUAL", "halted", "ops")
      assert.deepStrictEqual(world.cancelled, ["entries ops symbol AAPL"])
      const { breakers } = yield* safety.status
      assert.deepStrictEqual(
        breakers.map(({ scope, word }) => `${scope} ${word}`),
        ["account OPEN", "symbol.AAPL TRIPPED"]
      )
    }))
})

describe("the monitor", () => {
  test("trips on what it finds, once, and a reset says that the cause holds", (world) =>
    Effect.gen(function* () {
      const [safety, state] = [yield* Safety, yield* SafetyState]
      yield* look
      assert.strictEqual((yield* state.breaker(account)).state, "open")
      world.equity = "94999.99"
      yield* look
      yield* look
      const { tripDetails, tripReason, tripsToday } = yield* state.breaker(account)
      assert.deepStrictEqual([tripReason, tripsToday], ["DAILY_LOSS_EXCEEDED", 1])
      assert.include(tripDetails, "5000.01")
      assert.strictEqual(yield* codeOf(safety.reset(account, { ...why, acknowledged: false })), "CAUSE_HOLDS")
      assert.isTrue((yield* safety.reset(account, { ...why, acknowledged: true })).causeHolds)
      world.equity = "99000"
      yield* look
      const [status] = (yield* safety.status).breakers
      assert.deepStrictEqual([status?.word, status?.causeHolds], ["QUIET_PERIOD", false])
    }))

  test("trips on an account whose values cannot be read, with the last good one still known", (world) =>
    Effect.gen(function* () {
      const state = yield* SafetyState
      yield* look
      world.invalidAccount = "equity is not an amount"
      yield* look
      assert.strictEqual((yield* state.breaker(account)).tripReason, "DATA_INVALID")
    }))

  test("does not take its own start in the middle of a session for stale data", (world) =>
    Effect.gen(function* () {
      const adjustment = { id: "a1", symbol: "AAPL", quantity: decimal("10"), price: decimal("100"), keepsCost: false }
      const why = { cause: "opening", reason: "held before", by: "ops" } as const
      yield* (yield* OrderStore).adjust({ ...adjustment, ...why }, 1n)
      // 14:00 in New York: more than the limit since the opening, and no quote has come yet.
      world.skewMs = Date.parse("2026-11-30T19:00:00Z") - (yield* Clock.currentTimeMillis)
      yield* look
      assert.strictEqual((yield* (yield* SafetyState).breaker(account)).state, "open")
    }))

  test("keeps the day's baseline over a restart and over clocks that are set, and begins a day that the venue begins", (world) =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const kept = Effect.map(store.value("safety.baseline"), Option.getOrThrow)
      world.equity = "101000"
      yield* look
      const first = yield* kept
      world.equity = "99000"
      // Each look is of a new monitor, as after a restart.
      for (const skewMs of [0, 3 * 86_400_000, -3 * 86_400_000, undefined]) {
        world.skewMs = skewMs
        yield* look
        assert.strictEqual(yield* kept, first, `${skewMs}`)
      }
      world.skewMs = 7 * 86_400_000
      world.equityAtClose = "99500"
      yield* look
      const next = JSON.parse(yield* kept)
      assert.deepStrictEqual([next.equityAtStart, next.peak], ["99500", "99500"])
      assert.isAbove(next.day.localeCompare(JSON.parse(first).day), 0)
    }))

  test("gives no sign of life when it cannot read its baseline or write a trip", (world) =>
    Effect.gen(function* () {
      const [store, state] = [yield* OrderStore, yield* SafetyState]
      yield* look
      const silentBefore = state.monitorSilentMs()
      yield* store.setValue("safety.baseline", "garbage")
      assert.strictEqual((yield* Effect.exit(look))._tag, "Failure")
      assert.isUndefined(silentBefore)
      assert.isUndefined(state.monitorSilentMs())
      yield* store.setValue("safety.baseline", JSON.stringify({ day: "2000-01-01", equityAtStart: "1", peak: "1" }))
      yield* look
      assert.isDefined(state.monitorSilentMs())
      world.differences = 1
      yield* look
      yield* waitFor(state, "RECONCILIATION_DIFFERENCE")
    }))
})
