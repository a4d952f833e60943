// Operators rely on the subscription state: requests are sent at the front's rate, and the state is verified anew in
// each session.
import { assert, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { InstrumentDirectory } from "../../src/kernel/instrument/instrument-directory.ts"
import { TickArrivals } from "../../src/market/application/intake/tick-arrivals.ts"
import { Subscriptions } from "../../src/market/application/subscriptions/subscriptions.ts"
import { MarketFront } from "../../src/market/ports/market-front.ts"

const names = (count: number, product = "rb") => Array.from({ length: count }, (_, at) => `${product}${1000 + at}`)

interface Request {
  readonly atMs: number
  readonly what: "subscribe" | "unsubscribe"
  readonly ids: ReadonlyArray<string>
}

const start = Effect.fnUntraced(function* (wanted: ReadonlyArray<string>, priority: ReadonlyArray<string> = []) {
  const clock = yield* Clock.Clock
  const nowMs = () => clock.currentTimeMillisUnsafe()
  const state = { answers: true, errorOf: (_id: string) => 0, allAnswered: 0, wallOffMs: 0 }
  const directory = new InstrumentDirectory()
  const arrivals = new TickArrivals()
  const subscriptions = new Subscriptions({
    feed: "primary",
    wanted,
    limits: { perSecond: 1000, priority, answerMs: 10_000 },
    directory,
    arrivals,
    nowMs: () => nowMs() + state.wallOffMs,
    monotonicMs: nowMs
  })
  const requests: Array<Request> = []
  const ask = (what: Request["what"]) => (ids: ReadonlyArray<string>) =>
    Effect.sync(() => {
      requests.push({ atMs: nowMs(), what, ids })
      if (!state.answers) return
      for (const instrumentId of ids) {
        const type = what === "subscribe" ? "subscribed" : "unsubscribed"
        if (subscriptions.heard({ type, instrumentId, errorId: state.errorOf(instrumentId), message: "no" }))
          state.allAnswered++
      }
    })
  const never = Effect.void
  const front = MarketFront.of({
    runWorker: () => never,
    listen: () => () => undefined,
    requestLogin: never,
    subscribe: ask("subscribe"),
    unsubscribe: ask("unsubscribe"),
    redial: never,
    release: never,
    close: never,
    apiVersion: () => ""
  })
  const fiber = yield* subscriptions.run(front).pipe(Effect.delay(1), Effect.forkChild)
  yield* TestClock.adjust(2)
  const login = () => {
    subscriptions.heard({ type: "loggedIn", tradingDay: "20261123", systemName: "" })
    subscriptions.ask("missing")
  }
  const tick = (id: string) => {
    const index = directory.resolve(id, 0)?.index ?? -1
    arrivals.arrived(index, nowMs())
  }
  return { subscriptions, requests, state, login, tick, stop: Fiber.interrupt(fiber) }
})

it.effect.each([-3_600_000, 3_600_000])(
  "the wall clock set by %d ms makes no batch overdue, and delays no request",
  (setMs) =>
    Effect.gen(function* () {
      const run = yield* start(names(3000))
      run.state.answers = false
      run.login()
      yield* TestClock.adjust(1500)
      run.state.wallOffMs = setMs
      yield* TestClock.adjust(3500)
      assert.deepStrictEqual(run.subscriptions.hits.read().subscribe_timeout, 0)
      const asked = () => run.requests.reduce((sum, { ids }) => sum + ids.length, 0)
      assert.strictEqual(asked(), 3000)
      yield* TestClock.adjust(6000)
      assert.isAbove(run.subscriptions.hits.read().subscribe_timeout, 0)
      assert.isAbove(asked(), 3000)
      yield* run.stop
    })
)

it.effect("requests 20,000 instruments at 1,000 a second, never more within any second, held ones first", () =>
  Effect.gen(function* () {
    const run = yield* start([...names(19_990), ...names(10, "IF")], ["IF*"])
    run.login()
    yield* TestClock.adjust(19_500)
    assert.strictEqual(run.subscriptions.totals().acknowledged, 20_000)
    assert.strictEqual(run.state.allAnswered, 1)
    assert.deepStrictEqual(run.requests[0]?.ids.slice(0, 10), names(10, "IF"))
    const { requests } = run
    for (const { atMs } of requests) {
      const within = requests.filter((one) => one.atMs >= atMs && one.atMs < atMs + 1000)
      assert.isAtMost(
        within.reduce((sum, { ids }) => sum + ids.length, 0),
        1000
      )
    }
    assert.strictEqual(run.subscriptions.hits.read().subscribe_per_second, 19)
    yield* run.stop
  })
)

it.effect("counts nothing of a previous session: acknowledgements and first ticks are needed again", () =>
  Effect.gen(function* () {
    const run = yield* start(names(3))
    run.login()
    yield* TestClock.adjust(1)
    run.tick("rb1000")
    assert.strictEqual(run.subscriptions.record("rb1000")?.state, "ticking")
    run.subscriptions.heard({ type: "disconnected", reason: 0x1001 })
    assert.deepInclude(run.subscriptions.totals(), { wanted: 3, acknowledged: 0, missing: 3 })
    // A late answer of the previous session.
    run.subscriptions.heard({ type: "subscribed", instrumentId: "rb1000", errorId: 0, message: "" })
    assert.deepInclude(run.subscriptions.record("rb1000"), {
      state: "desired",
      sentMs: undefined,
      firstTickMs: undefined
    })
    run.login()
    yield* TestClock.adjust(2000)
    assert.strictEqual(run.subscriptions.record("rb1000")?.state, "acknowledged")
    assert.strictEqual(run.subscriptions.record("rb1000")?.ticks, 1)
    assert.strictEqual(run.requests.length, 2)
    run.tick("rb1000")
    assert.strictEqual(run.subscriptions.record("rb1000")?.state, "ticking")
    yield* run.stop
  })
)

it.effect("a refused instrument stays wanted, is missing, and names the reason", () =>
  Effect.gen(function* () {
    const run = yield* start(names(10))
    run.state.errorOf = (id) => (id < "rb1005" ? 6000 : 0)
    run.login()
    yield* TestClock.adjust(1)
    assert.deepInclude(run.subscriptions.totals(), { wanted: 10, acknowledged: 5, rejected: 5, missing: 5 })
    assert.strictEqual(run.state.allAnswered, 1)
    assert.deepInclude(run.subscriptions.record("rb1000")?.refusal, { name: "TOO_MANY_INSTRUMENTS", passing: true })
    assert.strictEqual(run.subscriptions.hits.read().front_instruments, 5)
    run.state.errorOf = () => 0
    run.subscriptions.ask("missing")
    yield* TestClock.adjust(1000)
    assert.deepStrictEqual(run.requests.at(-1)?.ids, names(5))
    assert.deepInclude(run.subscriptions.totals(), { acknowledged: 10, rejected: 0, missing: 0 })
    yield* run.stop
  })
)

it.effect("subscribes and unsubscribes while it runs; the front confirms an unsubscription", () =>
  Effect.gen(function* () {
    const run = yield* start(names(2))
    run.login()
    yield* TestClock.adjust(1)
    assert.deepStrictEqual(run.subscriptions.want(["IF2612", "rb1000", "IF2612"]), {
      changed: ["IF2612"],
      unchanged: ["rb1000"]
    })
    run.state.answers = false
    const left = run.subscriptions.unwant(["rb1001", "unknown"])
    assert.deepStrictEqual(left, { changed: ["rb1001"], unchanged: ["unknown"] })
    yield* TestClock.adjust(1)
    assert.deepStrictEqual(
      run.requests.slice(1).map(({ what, ids }) => [what, ...ids]),
      [
        ["unsubscribe", "rb1001"],
        ["subscribe", "IF2612"]
      ]
    )
    assert.strictEqual(run.subscriptions.record("rb1001")?.state, "unsubscribing")
    assert.strictEqual(run.subscriptions.record("IF2612")?.state, "sent")
    run.subscriptions.heard({ type: "unsubscribed", instrumentId: "rb1001", errorId: 0, message: "" })
    assert.isUndefined(run.subscriptions.record("rb1001"))
    assert.deepStrictEqual(
      run.subscriptions.records().map(({ instrumentId }) => instrumentId),
      ["rb1000", "IF2612"]
    )
    // The row is used again, under a new id.
    run.subscriptions.want(["rb1001"])
    assert.strictEqual(run.subscriptions.record("rb1001")?.subscriptionId, "primary-4")
    yield* run.stop
  })
)

it.effect("halves its rate on a batch without answer, requests it three times, and recovers slowly", () =>
  Effect.gen(function* () {
    const run = yield* start(names(1500))
    run.state.answers = false
    run.login()
    yield* TestClock.adjust(10_000)
    assert.strictEqual(run.subscriptions.pace(), 500)
    run.tick("rb1000")
    yield* TestClock.adjust(60_000)
    const asked = (id: string) => run.requests.filter(({ ids }) => ids.includes(id)).length
    assert.strictEqual(asked("rb1001"), 3)
    assert.isBelow(asked("rb1000"), 3, "who ticks is subscribed, whatever became of the answer")
    assert.isAbove(run.subscriptions.hits.read().subscribe_timeout, 2)
    const slow = run.subscriptions.pace()
    assert.isBelow(slow, 300)
    run.state.answers = true
    run.subscriptions.ask("missing")
    yield* TestClock.adjust(60_000)
    assert.strictEqual(run.subscriptions.totals().acknowledged, 1500)
    assert.isAbove(run.subscriptions.pace(), slow)
    assert.isBelow(run.subscriptions.pace(), 1000)
    yield* run.stop
  })
)

it.effect("a request that the library held back is sent again after a pause, at half the rate", () =>
  Effect.gen(function* () {
    const run = yield* start(names(100))
    run.state.answers = false
    run.login()
    yield* TestClock.adjust(1)
    run.state.answers = true
    run.subscriptions.heard({ type: "notSent", request: "subscribe", code: -2 })
    yield* TestClock.adjust(900)
    assert.strictEqual(run.requests.length, 1)
    yield* TestClock.adjust(200)
    assert.strictEqual(run.subscriptions.totals().acknowledged, 100)
    assert.deepInclude(run.subscriptions.hits.read(), { flow_control: 1 })
    yield* run.stop
  })
)

it.effect("after a cut during requests, the next session sends them more slowly", () =>
  Effect.gen(function* () {
    const run = yield* start(names(3000))
    run.login()
    yield* TestClock.adjust(1500)
    run.subscriptions.heard({ type: "disconnected", reason: 0x1001 })
    assert.strictEqual(run.subscriptions.hits.read().session_cut, 1)
    run.login()
    yield* TestClock.adjust(600)
    assert.strictEqual(run.requests.length, 3)
    assert.isAtMost(run.requests[2]?.ids.length ?? 0, 500)
    yield* run.stop
  })
)
