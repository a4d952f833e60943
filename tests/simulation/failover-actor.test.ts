// A switch that commits too early serves nothing, one in a lunch break wakes somebody up, one that flaps does both: when the label moves, and when not.
import { assert, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { PhaseBoard } from "../../actors/market-hours-actor.ts"
import { Registry } from "../../actors/registry.ts"
import { failoverSettings } from "../../src/app/failover-settings.ts"
import { makeFeedSwitch } from "../../src/app/feed-switch.ts"
import type { SwitchRecord } from "../../src/domain/feed-switch.ts"
import type { MarketPhase } from "../../src/domain/market-phase.ts"
import type { SwitchOutcome } from "../../src/ports/inbound/feed-switch.ts"

class Feed {
  live = true
  silentMs = 0
  total = 0
  newestMs = Number.NaN
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
  tick(nowMs: number) {
    this.total++
    this.newestMs = nowMs
  }
  source() {
    return {
      feed: this.name,
      isLive: () => this.live,
      silentMs: () => this.silentMs,
      ticks: () => ({ total: this.total, newestMs: this.newestMs })
    }
  }
}

const start = Effect.fnUntraced(function* (
  env: Parameters<typeof failoverSettings>[0] = {},
  phase: MarketPhase = "trading"
) {
  const clock = yield* Clock.Clock
  const nowMs = () => clock.currentTimeMillisUnsafe()
  const registry = new Registry()
  const phases = new PhaseBoard()
  phases.announce(phase)
  const primary = new Feed("primary")
  const backup = new Feed("backup")
  const done: Array<string> = []
  const records: Array<SwitchRecord> = []
  const logged: Array<string> = []
  /** Who sends ticks, twice a second. */
  const ticking = new Set([primary, backup])
  const feedSwitch = makeFeedSwitch({
    feeds: [primary.source(), backup.source()],
    settings: failoverSettings(env),
    control: {
      activate: (feed) => void done.push(`activate ${feed}`),
      startFeed: (feed) => Effect.sync(() => void done.push(`start ${feed}`)),
      stopFeed: (feed) => Effect.sync(() => void done.push(`stop ${feed}`))
    },
    phases,
    registry,
    log: { write: (_level, message) => void logged.push(message) }
  })
  feedSwitch.onRecord((record) => void records.push(record))
  const fiber = yield* feedSwitch.body(Effect.void).pipe(Effect.delay(1), Effect.forkChild)
  yield* TestClock.adjust(10)
  const live = Effect.fnUntraced(function* (seconds: number) {
    for (let beat = 0; beat < seconds * 2; beat++) {
      for (const feed of ticking) if (feed.live) feed.tick(nowMs())
      yield* TestClock.adjust(500)
    }
  })
  let id = 0
  const outcomes: Array<SwitchOutcome> = []
  const ask = (to: "primary" | "backup", force = false) => {
    const refused = feedSwitch.refusal({ to, cause: "manual", force })
    if (refused !== undefined) return refused
    void feedSwitch.order({ id: `order-${++id}`, to, cause: "manual", force }).then((end) => outcomes.push(end))
    return undefined
  }
  return {
    primary,
    backup,
    ticking,
    phases,
    feedSwitch,
    done,
    records,
    logged,
    outcomes,
    live,
    ask,
    nowMs,
    state: () => registry.actor("failover")?.state,
    ends: () => records.map(({ to, cause, result }) => `${to} ${cause} ${result}`),
    stop: Fiber.interrupt(fiber)
  }
})

it.effect("an order commits on the first valid tick of the new feed and on nothing before", () =>
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
      id: "order-1",
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

it.effect("a tick that was received before the order, and is read after it, commits nothing", () =>
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

it.effect("a switch without a tick is rolled back in time, the old feed is told, and a late tick changes nothing", () =>
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

it.effect("a lost session is left within a look, a silent feed at its threshold, in trading hours", () =>
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
      // The opening is no loss either: the feed is given its time to come up.
      run.phases.announce("trading")
      yield* run.live(20)
      assert.strictEqual(run.state(), "coming")
      run.primary.live = true
      run.ticking.add(run.primary)
      yield* run.live(60)
      assert.deepStrictEqual(run.ends(), [])
      yield* run.stop
    })
  )
}

it.effect("a feed that has not come by then is left, at the start as after an opening", () =>
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

it.effect("with both feeds down the label stays and says noFeed; the first that is back has it", () =>
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

it.effect("the preferred feed is gone back to after five healthy minutes on end, and a blip begins them anew", () =>
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
  "a feed that flaps must prove itself twice as long each time, up to the cap; a long good time forgets it",
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

it.effect("whoever switched by hand is not switched back by the clock", () =>
  Effect.gen(function* () {
    const run = yield* start()
    yield* run.live(1)
    run.ask("backup")
    yield* run.live(4000)
    assert.deepStrictEqual(run.ends(), ["backup manual committed"])
    yield* run.stop
  })
)

it.effect("a hold forbids every switch by itself and every order without force, until it is released", () =>
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

it.effect("a switch by itself that found no tick is tried again after a pause that doubles", () =>
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

it.effect("an order that found no tick keeps nobody from relief", () =>
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
  "an order at lunch waits for the market, is taken back by the opposite one, or commits after the opening",
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
      // Both orders are answered, each by the one switch that there was.
      assert.deepStrictEqual(
        run.outcomes.map((outcome) => (outcome.type === "ended" ? outcome.record.id : outcome.type)),
        ["order-1", "order-1"]
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

it.effect("a switch by itself that meets the end of trading is called off", () =>
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

it.effect("cold: the one is stopped, the other started; without a tick it goes the other way", () =>
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
    // It failed a short time ago: nobody is sent there by himself or by mistake.
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

it.effect("cold: a lost session has its threshold to come back before another login is spent", () =>
  Effect.gen(function* () {
    const run = yield* start({ MD_FAILOVER_MODE: "cold", MD_FAILOVER_THRESHOLD_SECONDS: 20 })
    yield* run.live(2)
    run.primary.live = false
    yield* run.live(19)
    assert.strictEqual(run.state(), "doubting")
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

it.effect("who knows that a session is lost need not wait for the next look", () =>
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

it.effect("the repair ladder leaves the active feed only, and nobody is left waiting when the failover stops", () =>
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
