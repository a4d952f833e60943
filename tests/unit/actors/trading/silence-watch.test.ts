// A monitor that died in the night must not look like a quiet night: its silence stays until an operator has seen it.
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Fiber, Layer, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { runMonitor } from "../../../../actors/trading/monitor-actor.ts"
import { runSilenceWatch } from "../../../../actors/trading/silence-watch-actor.ts"
import { MemorySafetyStore } from "../../../../src/trading/adapters/memory/safety-bucket.ts"
import { SafetyFollower } from "../../../../src/trading/application/safety/safety-state.ts"
import { makeSilenceWatch } from "../../../../src/trading/application/safety/silence-watch.ts"
import type { BreakerView } from "../../../../src/trading/domain/risk/safety.ts"
import { defaultSafetySettings } from "../../../../src/trading/domain/safety/safety-settings.ts"
import { OrderStore, OrderStoreError } from "../../../../src/trading/ports/order-store.ts"
import { Safety } from "../../../../src/trading/ports/safety.ts"
import { SafetyState } from "../../../../src/trading/ports/safety-state.ts"
import { openMs } from "../../../support/trading/gate-view.ts"
import { monitorOptions, type SafetyWorld, safetyRun, safetyWorld } from "../../../support/trading/safety-run.ts"

type Parts = Layer.Success<ReturnType<typeof safetyRun>>
const why = { by: "ops", reason: "the morning check of all parts is done" }
const account = { level: "account" } as const

const test = (
  title: string,
  body: (store: MemorySafetyStore, world: SafetyWorld) => Effect.Effect<void, unknown, Parts | Scope.Scope>
) =>
  it.effect(title, () => {
    const [store, world] = [new MemorySafetyStore(), safetyWorld()]
    return Effect.gen(function* () {
      yield* TestClock.setTime(openMs)
      yield* Effect.forkScoped(Effect.flatMap(SafetyFollower, ({ run }) => run))
      yield* (yield* Safety).initialise(why)
      yield* Effect.forkScoped(runSilenceWatch(defaultSafetySettings, Effect.void))
      yield* body(store, world)
    }).pipe(Effect.provide(safetyRun(store.layer, ":memory:", world)))
  })

/** As under its supervisor: one that gives up is started again. */
const startMonitor = Effect.forkScoped(
  Effect.forever(
    Effect.catchCause(runMonitor({ ...monitorOptions, settings: defaultSafetySettings }, Effect.void), (cause) =>
      Cause.hasInterrupts(cause) ? Effect.interrupt : Effect.sleep(100)
    )
  )
)
const seconds = (count: number) =>
  Effect.forEach(Array.from({ length: count * 10 }), () => TestClock.adjust(100), { discard: true })
const breaker = Effect.flatMap(SafetyState, (state) => state.breaker(account))
const tripped = Effect.map(breaker, ({ state, tripReason }) => (state === "tripped" ? tripReason : state))

describe("the watch of the monitor", () => {
  test("trips the account when the monitor ends, for good, and again after a reset while it is silent", (_, world) =>
    Effect.gen(function* () {
      const safety = yield* Safety
      const first = yield* startMonitor
      yield* seconds(10)
      assert.strictEqual(yield* tripped, "open")
      yield* Fiber.interrupt(first)
      yield* seconds(5)
      assert.strictEqual(yield* tripped, "MONITOR_SILENT")
      assert.deepStrictEqual(world.cancelled, ["entries silence-watch"])
      const early = yield* Effect.flip(safety.reset(account, { ...why, acknowledged: false }))
      assert.strictEqual((early as { readonly code?: string }).code, "CAUSE_HOLDS")
      yield* safety.reset(account, { ...why, acknowledged: true })
      yield* seconds(2)
      assert.strictEqual(yield* tripped, "MONITOR_SILENT")
      // One that comes back does not open it.
      yield* startMonitor
      yield* seconds(10)
      assert.strictEqual(yield* tripped, "MONITOR_SILENT")
      assert.strictEqual((yield* breaker).tripsToday, 2)
      assert.isFalse((yield* safety.reset(account, { ...why, acknowledged: false })).causeHolds)
      yield* seconds(10)
      assert.strictEqual(yield* tripped, "quietPeriod")
    }))

  test("gives the monitor of a host that starts 30 seconds, and no more", () =>
    Effect.gen(function* () {
      yield* seconds(29)
      assert.strictEqual(yield* tripped, "open")
      yield* seconds(3)
      assert.strictEqual(yield* tripped, "MONITOR_SILENT")
    }))

  test("does not take an outage of the states for a silence of the monitor", (store) =>
    Effect.gen(function* () {
      yield* startMonitor
      yield* seconds(5)
      store.setUp(false)
      yield* seconds(20)
      store.setUp(true)
      yield* seconds(5)
      assert.strictEqual(yield* tripped, "open")
    }))

  it.effect("does not trip a program that stood still, such as a machine that slept: only the second look counts", () =>
    Effect.gen(function* () {
      const trips: Array<string> = []
      let silentMs = 100
      let bookIsLost = false
      let account: BreakerView = { state: "open" }
      const parts = Layer.mergeAll(
        Layer.mock(SafetyState)({
          view: () => ({ killSwitch: { state: "active" }, breakers: [account] }),
          monitorSilentMs: () => silentMs
        }),
        Layer.mock(Safety)({ trip: (_, reason) => Effect.die(trips.push(reason)) }),
        Layer.mock(OrderStore)({
          outboxSize: Effect.suspend(() =>
            bookIsLost ? Effect.fail(new OrderStoreError({ reason: "lost", message: "no answer" })) : Effect.succeed(0)
          )
        })
      )
      const look = yield* Effect.provide(makeSilenceWatch(defaultSafetySettings), parts)
      const lookAt = (silence: number) => {
        silentMs = silence
        return Effect.andThen(TestClock.adjust(500), Effect.exit(look))
      }
      for (let at = 0; at < 10; at++) yield* lookAt(100)
      // The monitor is heard again between two looks.
      for (let pause = 0; pause < 3; pause++) {
        yield* TestClock.adjust("8 hours")
        yield* lookAt(28_800_000)
        yield* lookAt(200)
      }
      // The states are back before the monitor has written again.
      account = { state: "unknown", cause: "the link is down" }
      for (let at = 0; at < 20; at++) yield* lookAt(at * 500)
      account = { state: "open" }
      for (let at = 20; at < 25; at++) yield* lookAt(at * 500)
      for (let at = 0; at < 10; at++) yield* lookAt(100)
      // The book is lost for 10 s, in which the monitor cannot look; then it has its usual time.
      bookIsLost = true
      for (let at = 0; at < 20; at++) yield* lookAt(at * 500)
      bookIsLost = false
      for (let at = 20; at < 25; at++) yield* lookAt(at * 500)
      for (let at = 0; at < 10; at++) yield* lookAt(100)
      assert.deepStrictEqual(trips, [])
      yield* lookAt(3500)
      yield* lookAt(4000)
      assert.deepStrictEqual(trips, ["MONITOR_SILENT"])
    })
  )
})
