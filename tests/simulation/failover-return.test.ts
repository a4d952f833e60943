// A failback that is too early flaps, and a hold must hold: failback, hold, new attempts, cold pairs, crashes.
import { assert, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { start } from "../support/failover-feeds.ts"

it.effect("the preferred feed becomes active again after five healthy minutes, and a short fault restarts them", () =>
  Effect.gen(function* () {
    const run = yield* start()
    yield* run.live(2)
    run.primary.live = false
    yield* run.live(10)
    run.primary.live = true
    yield* run.live(290)
    run.primary.live = false
    yield* run.live(1)
    run.primary.live = true
    yield* run.live(295)
    assert.deepStrictEqual(run.ends(), ["backup auto committed"])
    yield* run.live(10)
    assert.deepStrictEqual(run.ends(), ["backup auto committed", "primary auto committed"])
    assert.isAtMost(run.feedSwitch.status().last_failback?.latency_ms ?? Number.NaN, 500)
    yield* run.stop
  })
)

it.effect(
  "a feed that flaps must prove itself twice as long each time, up to the cap; a long healthy time resets it",
  () =>
    Effect.gen(function* () {
      const run = yield* start({ MD_FAILBACK_AFTER_SECONDS: 60, MD_FAILBACK_MAX_SECONDS: 200 })
      yield* run.live(2)
      const flap = Effect.gen(function* () {
        run.primary.live = false
        yield* run.live(2)
        run.primary.live = true
        const before = run.records.length
        let seconds = 0
        while (run.records.length === before && seconds < 1000) {
          yield* run.live(1)
          seconds++
        }
        return seconds
      })
      const near = (seconds: number, wanted: number) => assert.approximately(seconds, wanted, 2)
      near(yield* flap, 60)
      near(yield* flap, 120)
      near(yield* flap, 200)
      near(yield* flap, 200)
      yield* run.live(210)
      near(yield* flap, 60)
      yield* run.stop
    })
)

it.effect("a manual switch is not reverted by a timer", () =>
  Effect.gen(function* () {
    const run = yield* start()
    yield* run.live(1)
    run.ask("backup")
    yield* run.live(4000)
    assert.deepStrictEqual(run.ends(), ["backup manual committed"])
    yield* run.stop
  })
)

it.effect("a hold forbids every automatic switch and every command without force, until it is released", () =>
  Effect.gen(function* () {
    const run = yield* start({ MD_FAILOVER_HOLD: "1" })
    yield* run.live(1)
    assert.isTrue(run.feedSwitch.status().held)
    run.primary.live = false
    yield* run.live(60)
    assert.deepStrictEqual([run.state(), run.ends()], ["troubled", []])
    assert.isTrue(run.feedSwitch.status().required)
    assert.strictEqual(run.ask("backup"), "SWITCH_HELD")
    assert.strictEqual(run.feedSwitch.leave("primary"), "a switch to backup is refused: SWITCH_HELD")
    assert.strictEqual(run.ask("backup", true), undefined)
    yield* run.live(1)
    assert.strictEqual(run.feedSwitch.active(), "backup")
    run.primary.live = true
    yield* run.live(1)
    run.backup.live = false
    yield* run.live(30)
    assert.strictEqual(run.feedSwitch.active(), "backup")
    run.feedSwitch.hold(false)
    yield* run.live(1)
    assert.deepStrictEqual(run.ends(), ["backup manual committed", "primary auto committed"])
    yield* run.stop
  })
)

it.effect("an automatic switch without a tick is retried after a doubling pause", () =>
  Effect.gen(function* () {
    const run = yield* start()
    yield* run.live(2)
    run.primary.live = false
    run.ticking.clear()
    yield* run.live(6)
    assert.deepStrictEqual(run.ends(), ["backup auto rolled_back"])
    assert.strictEqual(run.state(), "troubled")
    yield* run.live(36)
    assert.strictEqual(run.records.length, 2)
    yield* run.live(58)
    assert.strictEqual(run.records.length, 2)
    yield* run.live(8)
    assert.strictEqual(run.records.length, 3)
    yield* run.stop
  })
)

it.effect("a command without a tick does not block automatic switches", () =>
  Effect.gen(function* () {
    const run = yield* start()
    run.ticking.delete(run.backup)
    yield* run.live(1)
    run.ask("backup")
    yield* run.live(6)
    assert.deepStrictEqual(run.ends(), ["backup manual rolled_back"])
    run.ticking.add(run.backup)
    run.primary.live = false
    yield* run.live(1)
    assert.strictEqual(run.feedSwitch.active(), "backup")
    yield* run.stop
  })
)

it.effect(
  "a command at lunch waits for the market, is cancelled by the opposite one, or commits after the opening",
  () =>
    Effect.gen(function* () {
      const run = yield* start({}, "break")
      yield* TestClock.adjust(200)
      run.ask("backup")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(run.state(), "awaitingMarket")
      assert.strictEqual(run.ask("backup"), "SWITCH_BUSY")
      assert.strictEqual(run.ask("primary"), undefined)
      yield* TestClock.adjust(10)
      assert.deepStrictEqual(run.ends(), ["backup manual cancelled"])
      // There was one switch, and it answers both commands.
      assert.deepStrictEqual(
        run.outcomes.map((outcome) => (outcome.type === "ended" ? outcome.record.id : outcome.type)),
        ["command-1", "command-1"]
      )
      run.ask("backup")
      yield* TestClock.adjust("30 minutes")
      run.phases.announce("trading")
      yield* TestClock.adjust(2000)
      assert.strictEqual(run.state(), "switching")
      yield* run.live(1)
      assert.strictEqual(run.feedSwitch.active(), "backup")
      yield* run.stop
    })
)

it.effect("an automatic switch that meets the end of trading is cancelled", () =>
  Effect.gen(function* () {
    const run = yield* start()
    yield* run.live(2)
    run.ticking.clear()
    run.primary.live = false
    yield* TestClock.adjust(500)
    assert.strictEqual(run.state(), "switching")
    run.phases.announce("break")
    yield* TestClock.adjust(10)
    assert.deepStrictEqual([run.state(), run.ends()], ["serving", ["backup auto cancelled"]])
    yield* run.stop
  })
)

it.effect("cold: one feed is stopped and the other started; without a tick this is reversed", () =>
  Effect.gen(function* () {
    const run = yield* start({ MD_FAILOVER_MODE: "cold" })
    run.backup.live = false
    assert.deepStrictEqual(run.done.splice(0), ["activate primary", "stop backup", "start primary"])
    yield* run.live(3)
    run.ask("backup")
    yield* TestClock.adjust(10)
    assert.deepStrictEqual(run.done.splice(0), ["stop primary", "start backup"])
    run.primary.live = false
    yield* TestClock.adjust(31_000)
    assert.deepStrictEqual(run.done.splice(0), ["activate primary", "stop backup", "start primary"])
    assert.deepStrictEqual(run.ends(), ["backup manual rolled_back"])
    // It failed a short time ago, so no switch may choose it.
    assert.strictEqual(run.ask("backup"), "FEED_NOT_HEALTHY")
    assert.strictEqual(run.ask("backup", true), undefined)
    yield* TestClock.adjust(100)
    run.backup.live = true
    run.backup.tick(run.nowMs())
    yield* TestClock.adjust(100)
    assert.deepStrictEqual(run.done, ["stop primary", "start backup", "activate backup"])
    yield* run.stop
  })
)

it.effect("cold: a lost session gets its threshold of time to recover before another login", () =>
  Effect.gen(function* () {
    const run = yield* start({ MD_FAILOVER_MODE: "cold", MD_FAILOVER_THRESHOLD_SECONDS: 20 })
    yield* run.live(2)
    run.primary.live = false
    yield* run.live(19)
    assert.strictEqual(run.state(), "confirmingLoss")
    run.primary.live = true
    yield* run.live(2)
    assert.strictEqual(run.state(), "serving")
    run.primary.live = false
    yield* run.live(21)
    assert.include(run.done, "start backup")
    yield* run.stop
  })
)

it.effect("a crash of the machine changes neither the active feed nor a hold", () =>
  Effect.gen(function* () {
    const run = yield* start()
    yield* run.live(1)
    run.ask("backup")
    yield* run.live(1)
    run.feedSwitch.hold(true)
    yield* run.stop
    run.done.length = 0
    const again = yield* run.feedSwitch.body(Effect.void).pipe(Effect.delay(1), Effect.forkChild)
    yield* run.live(1)
    assert.deepStrictEqual(run.done, ["activate backup"])
    assert.strictEqual(run.ask("primary"), "SWITCH_HELD")
    run.backup.live = false
    yield* run.live(40)
    assert.strictEqual(run.feedSwitch.active(), "backup")
    yield* Fiber.interrupt(again)
  })
)

it.effect("a caller that knows of a lost session need not wait for the next check", () =>
  Effect.gen(function* () {
    const run = yield* start()
    yield* run.live(1)
    run.primary.live = false
    run.feedSwitch.look()
    yield* TestClock.adjust(1)
    assert.strictEqual(run.state(), "switching")
    yield* run.stop
  })
)

it.effect("the repair ladder leaves the active feed only, and no caller is left waiting when the failover stops", () =>
  Effect.gen(function* () {
    const run = yield* start()
    yield* run.live(1)
    assert.strictEqual(run.feedSwitch.leave("backup"), "feed backup is not the active one")
    assert.strictEqual(run.feedSwitch.leave("primary"), undefined)
    yield* run.live(1)
    assert.deepStrictEqual(run.ends(), ["backup repair committed"])
    run.ticking.clear()
    run.ask("primary")
    yield* TestClock.adjust(10)
    yield* run.stop
    yield* Effect.promise(() => Promise.resolve())
    assert.deepStrictEqual(run.outcomes, [{ type: "stopped" }])
    assert.isFalse(run.feedSwitch.isRunning())
  })
)
