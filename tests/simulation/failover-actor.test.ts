// A switch that commits too early delivers no ticks, one during lunch wakes an operator, and a flapping one does
// both. These tests hold when the label moves and when it stays.
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { start } from "../support/failover-feeds.ts"

it.effect("a command commits on the first valid tick of the new feed and on nothing before", () =>
  Effect.gen(function* () {
    const run = yield* start()
    run.primary.tick(run.nowMs())
    run.backup.tick(run.nowMs())
    yield* TestClock.adjust(300)
    assert.deepStrictEqual(run.done, ["activate primary"])
    assert.strictEqual(run.ask("backup"), undefined)
    yield* TestClock.adjust(2000)
    // Logged in, live and subscribed all the time: none of it is a tick.
    assert.strictEqual(run.feedSwitch.active(), "primary")
    assert.strictEqual(run.state(), "switching")
    run.backup.tick(run.nowMs())
    yield* TestClock.adjust(10)
    assert.deepStrictEqual(run.done, ["activate primary", "activate backup"])
    assert.deepInclude(run.records[0], {
      id: "command-1",
      kind: "failover",
      from: "primary",
      to: "backup",
      cause: "manual",
      result: "committed",
      gapMs: 2300
    })
    const [record] = run.records
    assert.strictEqual((record?.committedMs ?? 0) - (record?.askedMs ?? 0), 2000)
    assert.match(run.logged[0] ?? "", /^Failover completed in 2000ms: backup is active/)
    assert.strictEqual(run.feedSwitch.status().last_failover?.latency_ms, 2000)
    yield* run.stop
  })
)

it.effect("a tick that was received before the command, and is read after it, commits nothing", () =>
  Effect.gen(function* () {
    const run = yield* start()
    const beforeMs = run.nowMs()
    yield* TestClock.adjust(100)
    run.ask("backup")
    yield* TestClock.adjust(50)
    run.backup.tick(beforeMs)
    yield* TestClock.adjust(200)
    assert.strictEqual(run.state(), "switching")
    yield* run.stop
  })
)

it.effect(
  "a switch without a tick is rolled back in time, the old feed is informed, and a late tick changes nothing",
  () =>
    Effect.gen(function* () {
      const run = yield* start()
      run.ask("backup")
      yield* TestClock.adjust(4900)
      assert.strictEqual(run.state(), "switching")
      yield* TestClock.adjust(200)
      assert.strictEqual(run.state(), "serving")
      assert.deepStrictEqual(run.done, ["activate primary", "activate primary"])
      run.backup.tick(run.nowMs())
      yield* TestClock.adjust(60_000)
      assert.strictEqual(run.feedSwitch.active(), "primary")
      assert.deepStrictEqual(run.ends(), ["backup manual rolled_back"])
      assert.deepInclude(run.records[0], { committedMs: undefined, gapMs: undefined })
      assert.strictEqual(run.outcomes[0]?.type, "ended")
      yield* run.stop
    })
)

it.effect("a timer of a switch that has ended does not end the next one", () =>
  Effect.gen(function* () {
    const run = yield* start()
    run.ask("backup")
    yield* TestClock.adjust(4000)
    run.backup.tick(run.nowMs())
    yield* TestClock.adjust(100)
    run.ask("primary")
    // The deadline of the first switch passes.
    yield* TestClock.adjust(2000)
    assert.strictEqual(run.state(), "switching")
    run.primary.tick(run.nowMs())
    yield* TestClock.adjust(10)
    assert.deepStrictEqual(run.ends(), ["backup manual committed", "primary manual committed"])
    assert.match(run.logged[1] ?? "", /^Failback completed in \d+ms/)
    yield* run.stop
  })
)

it.effect("a lost session is left within one check, a silent feed at its threshold, in trading hours", () =>
  Effect.gen(function* () {
    const lost = yield* start()
    yield* lost.live(5)
    lost.primary.live = false
    yield* lost.live(1)
    assert.deepStrictEqual(lost.ends(), ["backup auto committed"])
    assert.isAtMost(lost.records[0]?.gapMs ?? Number.NaN, 1000)
    yield* lost.stop
    const silent = yield* start()
    yield* silent.live(5)
    silent.ticking.delete(silent.primary)
    silent.primary.silentMs = 2900
    yield* silent.live(2)
    assert.deepStrictEqual(silent.ends(), [])
    silent.primary.silentMs = 3000
    yield* silent.live(1)
    assert.deepStrictEqual(silent.ends(), ["backup auto committed"])
    yield* silent.stop
  })
)

for (const phase of ["preOpen", "auction", "break", "closed"] as const) {
  it.effect(`nothing is switched while the market is in ${phase}, whatever the feeds do`, () =>
    Effect.gen(function* () {
      const run = yield* start({}, phase)
      run.primary.live = false
      run.ticking.delete(run.primary)
      yield* run.live(600)
      assert.deepStrictEqual(run.ends(), [])
      assert.strictEqual(run.state(), "serving")
      // The opening is not a loss: the feed gets time to start.
      run.phases.announce("trading")
      yield* run.live(20)
      assert.strictEqual(run.state(), "startingUp")
      run.primary.live = true
      run.ticking.add(run.primary)
      yield* run.live(60)
      assert.deepStrictEqual(run.ends(), [])
      yield* run.stop
    })
  )
}

it.effect("a feed that has not started in time is left, at the start as after an opening", () =>
  Effect.gen(function* () {
    const run = yield* start({}, "preOpen")
    run.primary.live = false
    run.ticking.delete(run.primary)
    yield* run.live(1)
    run.phases.announce("trading")
    yield* run.live(29)
    assert.deepStrictEqual(run.ends(), [])
    yield* run.live(2)
    assert.deepStrictEqual(run.ends(), ["backup auto committed"])
    yield* run.stop
  })
)

it.effect("with both feeds down the label stays and reports noFeed; the first feed that recovers becomes active", () =>
  Effect.gen(function* () {
    const run = yield* start()
    yield* run.live(2)
    run.primary.live = false
    run.backup.live = false
    yield* run.live(30)
    assert.strictEqual(run.state(), "noFeed")
    assert.deepInclude(run.feedSwitch.status(), { active: "primary", required: true, switching_to: null })
    run.backup.live = true
    yield* run.live(1)
    assert.deepStrictEqual(run.ends(), ["backup auto committed"])
    assert.isFalse(run.feedSwitch.status().required)
    yield* run.stop
  })
)
