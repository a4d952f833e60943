// Repairs without an operator at three in the morning: each rung once, in sequence, within its budget, and no further
// than necessary.
import { assert, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { runRepair } from "../../actors/market/repair-actor.ts"
import { Registry } from "../../actors/runtime/registry.ts"
import { tradingPhase } from "../../src/kernel/calendar/trading-phase.ts"
import { InstrumentDirectory } from "../../src/kernel/instrument/instrument-directory.ts"
import { TickArrivals } from "../../src/market/application/intake/tick-arrivals.ts"
import { Staleness } from "../../src/market/application/silence/staleness.ts"
import { RepairHandler, type RepairRecord } from "../../src/market/application/subscriptions/repair-handler.ts"
import { Subscriptions } from "../../src/market/application/subscriptions/subscriptions.ts"
import { MarketFront } from "../../src/market/ports/market-front.ts"

const input = {
  feed: "primary",
  instrumentMs: 3000,
  batchMs: 5000,
  loginMs: 15_000,
  sessionMs: 60_000,
  workerMs: 30_000,
  switchMs: 10_000,
  againMs: 600_000
}

/** A feed of `count` contracts that tick twice a second, except those in `silent`, and its ladder. */
const start = Effect.fnUntraced(function* (
  count: number,
  options: {
    readonly priority?: ReadonlyArray<string>
    readonly withOtherFeed?: boolean
    readonly closesAtMs?: number
  } = {}
) {
  const clock = yield* Clock.Clock
  const nowMs = () => clock.currentTimeMillisUnsafe()
  const directory = new InstrumentDirectory()
  const arrivals = new TickArrivals()
  const ids = Array.from({ length: count }, (_, at) => `rb${10_000 + at}`)
  const priority = options.priority ?? []
  const subscriptions = new Subscriptions({
    feed: "primary",
    wanted: ids,
    limits: { perSecond: 100_000, priority, answerMs: 10_000 },
    directory,
    arrivals,
    nowMs
  })
  const closesAtMs = options.closesAtMs ?? Number.POSITIVE_INFINITY
  const staleness = new Staleness({
    subscriptions,
    directory,
    hours: (_index, atMs) =>
      atMs < closesAtMs
        ? { phase: tradingPhase.trading, fromMs: Number.NEGATIVE_INFINITY, untilMs: closesAtMs }
        : { phase: tradingPhase.closed, fromMs: closesAtMs, untilMs: Number.POSITIVE_INFINITY },
    isRead: () => true
  })
  const handler = new RepairHandler({ subscriptions, staleness, priorities: priority.length })
  const done: Array<string> = []
  const records: Array<RepairRecord> = []
  const silent = new Set<string>()
  /** Called with each rung: returns whether the repair helps. */
  const effect = { of: (_rung: string) => undefined as void }
  const act = (what: string) => {
    done.push(what)
    effect.of(what)
  }
  const front = MarketFront.of({
    runWorker: () => Effect.void,
    listen: () => () => undefined,
    requestLogin: Effect.void,
    subscribe: (asked) =>
      Effect.sync(() => {
        for (const instrumentId of asked) {
          subscriptions.heard({ type: "subscribed", instrumentId, errorId: 0, message: "" })
        }
        if (asked.length < ids.length || done.length > 0) act(`subscribe ${asked.length}`)
      }),
    unsubscribe: () => Effect.void,
    redial: Effect.void,
    release: Effect.void,
    close: Effect.void,
    apiVersion: () => ""
  })
  const login = () => {
    subscriptions.heard({ type: "loggedIn", tradingDay: "20261123", systemName: "" })
    for (const instrumentId of ids) subscriptions.heard({ type: "subscribed", instrumentId, errorId: 0, message: "" })
  }
  login()
  const registry = new Registry()
  const pacer = yield* subscriptions.run(front).pipe(Effect.delay(1), Effect.forkChild)
  const ladder = yield* runRepair({
    input,
    registry,
    handler,
    askLogin: () => act("login"),
    restartWorker: () => {
      act("worker")
      return true
    },
    ...(options.withOtherFeed !== true ? {} : { switchFeed: () => void act("feed") }),
    onRecord: (record) => void records.push(record)
  }).pipe(Effect.delay(1), Effect.forkChild)
  const tickAll = () => {
    for (const id of ids) if (!silent.has(id)) arrivals.arrived(directory.resolve(id, 0)?.index ?? -1, nowMs())
  }
  const live = Effect.fnUntraced(function* (seconds: number) {
    for (let beat = 0; beat < seconds * 2; beat++) {
      tickAll()
      yield* TestClock.adjust(500)
    }
  })
  yield* live(20)
  return {
    ids,
    done,
    records,
    silent,
    effect,
    handler,
    subscriptions,
    live,
    login,
    state: () => registry.actor("repair-primary")?.state,
    results: () => records.map(({ rung, result }) => `${rung} ${result}`),
    stop: Effect.andThen(Fiber.interrupt(ladder), Fiber.interrupt(pacer))
  }
})

it.effect("one silent contract is requested again, and a tick ends the climb", () =>
  Effect.gen(function* () {
    const run = yield* start(50)
    run.silent.add("rb10007")
    run.effect.of = () => void run.silent.clear()
    yield* run.live(5)
    assert.deepStrictEqual(run.done, ["subscribe 1"])
    assert.deepStrictEqual(run.results(), ["instrument recovered"])
    assert.deepInclude(run.records[0], { feed: "primary", by: "health", stalled: 1, instruments: ["rb10007"] })
    assert.strictEqual(run.state(), "idle")
    yield* run.stop
  })
)

it.effect(
  "one contract of no weight is escalated after its batch: no new login interrupts the others",
  () =>
    Effect.gen(function* () {
      const run = yield* start(2500)
      run.silent.add("rb10007")
      yield* run.live(15)
      assert.deepStrictEqual(run.done, ["subscribe 1", "subscribe 1000"])
      assert.strictEqual(run.state(), "escalated")
      assert.strictEqual(run.handler.escalations, 1)
      run.silent.clear()
      yield* run.live(1)
      assert.deepStrictEqual(run.results(), ["instrument timed_out", "batch timed_out", "escalation recovered"])
      yield* run.stop
    }),
  30_000
)

it.effect(
  "a contract that matters is worth every rung, in order; without another feed the ladder ends in an escalation",
  () =>
    Effect.gen(function* () {
      const run = yield* start(30, { priority: ["rb10007"] })
      run.silent.add("rb10007")
      yield* run.live(65)
      assert.deepStrictEqual(run.done, ["subscribe 1", "subscribe 30", "login", "worker"])
      assert.deepStrictEqual(run.results(), [
        "instrument timed_out",
        "batch timed_out",
        "login timed_out",
        "worker timed_out",
        "feed refused"
      ])
      assert.strictEqual(run.records.at(-1)?.why, "there is no other feed")
      assert.strictEqual(run.state(), "escalated")
      yield* run.stop
    })
)

for (const rung of ["subscribe 30", "login", "worker", "feed"]) {
  it.effect(`the climb ends when ticks arrive again: ${rung}`, () =>
    Effect.gen(function* () {
      const run = yield* start(30, { priority: ["rb10007"], withOtherFeed: true })
      run.silent.add("rb10007")
      run.effect.of = (what) => {
        if (what === rung) run.silent.clear()
      }
      yield* run.live(70)
      assert.strictEqual(run.state(), "idle")
      assert.strictEqual(run.records.at(-1)?.result, "recovered")
      assert.strictEqual(run.handler.escalations, 0)
      yield* run.stop
    })
  )
}

it.effect(
  "a whole batch that falls silent is one climb and not one for each of its instruments",
  () =>
    Effect.gen(function* () {
      const run = yield* start(700)
      for (const id of run.ids.slice(0, 500)) run.silent.add(id)
      run.effect.of = (what) => {
        if (what === "login") run.silent.clear()
      }
      yield* run.live(15)
      assert.deepStrictEqual(run.done, ["subscribe 500", "subscribe 700", "login"])
      assert.strictEqual(run.records[0]?.stalled, 500)
      assert.strictEqual(run.records.length, 3)
      yield* run.stop
    }),
  30_000
)

it.effect("a silent feed is the session's to repair; the worker is restarted only when that did not help", () =>
  Effect.gen(function* () {
    const run = yield* start(30)
    for (const id of run.ids) run.silent.add(id)
    yield* run.live(2)
    assert.strictEqual(run.state(), "sessionRepairs")
    assert.deepStrictEqual(run.done, [])
    yield* run.live(61)
    assert.deepStrictEqual(run.done, ["worker"])
    run.silent.clear()
    yield* run.live(1)
    assert.deepStrictEqual(run.results(), ["session timed_out", "worker recovered"])
    yield* run.stop
  })
)

it.effect(
  "a rung without budget left in this hour is skipped, and the next hour restores it",
  () =>
    Effect.gen(function* () {
      const run = yield* start(30, { priority: ["rb10007"] })
      const climb = Effect.gen(function* () {
        run.done.length = 0
        run.silent.add("rb10007")
        yield* run.live(30)
        run.silent.clear()
        yield* run.live(30)
        return run.done.includes("worker")
      })
      run.effect.of = (what) => {
        if (what === "worker") run.silent.clear()
      }
      assert.deepStrictEqual([yield* climb, yield* climb], [true, true])
      assert.isFalse(yield* climb)
      assert.isTrue(run.records.some(({ rung, why }) => rung === "worker" && why === "no budget left for rung worker"))
      yield* TestClock.adjust("1 hour")
      run.login()
      yield* run.live(20)
      assert.isTrue(yield* climb)
      yield* run.stop
    }),
  60_000
)

it.effect(
  "nothing is repaired outside trading hours, and the close ends a climb",
  () =>
    Effect.gen(function* () {
      const run = yield* start(30, { closesAtMs: 30_000 })
      run.silent.add("rb10007")
      yield* run.live(3)
      assert.strictEqual(run.state(), "resubscribing")
      yield* run.live(4)
      for (const id of run.ids) run.silent.add(id)
      yield* run.live(10)
      assert.strictEqual(run.state(), "idle")
      assert.strictEqual(run.records.at(-1)?.result, "over")
      const before = run.done.length
      yield* run.live(600)
      assert.strictEqual(run.done.length, before)
      yield* run.stop
    }),
  30_000
)
