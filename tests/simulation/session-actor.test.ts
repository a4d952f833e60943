// The session actor connects a real front with the machine: folding, pacing and monitoring are tested here, in
// virtual time.
import { assert, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { DaemonStates } from "../../actors/market/daemon-states.ts"
import { PhaseBoard } from "../../actors/market/market-hours-actor.ts"
import { type LoginMemory, runSession, type SessionRequest } from "../../actors/market/session-actor.ts"
import { Registry } from "../../actors/runtime/registry.ts"
import { InstrumentDirectory } from "../../src/kernel/instrument/instrument-directory.ts"
import { TickArrivals } from "../../src/market/application/intake/tick-arrivals.ts"
import { Subscriptions } from "../../src/market/application/subscriptions/subscriptions.ts"
import { type FrontEvent, MarketFront } from "../../src/market/ports/market-front.ts"
import { sessionInput } from "../support/session-machine-run.ts"

/** A front in virtual time: answers as configured, and counts requests. */
const makeFront = () => {
  const asked: Array<string> = []
  const front = {
    asked,
    listener: undefined as ((event: FrontEvent) => void) | undefined,
    answers: true,
    received: 0,
    waiting: 0,
    acknowledged: 10
  }
  const say = (event: FrontEvent) => front.listener?.(event)
  const ask = (name: string, answer: () => void) =>
    Effect.sync(() => {
      asked.push(name)
      if (front.answers) answer()
    })
  const port = MarketFront.of({
    runWorker: () => Effect.void,
    listen: (receive) => {
      front.listener = receive
      return () => void (front.listener = undefined)
    },
    requestLogin: ask("login", () => say({ type: "loggedIn", tradingDay: "20261123", systemName: "sim" })),
    subscribe: (instruments) =>
      ask("subscribe", () => {
        front.received += 10
        for (const instrumentId of instruments.slice(0, front.acknowledged)) {
          say({ type: "subscribed", instrumentId, errorId: 0, message: "" })
        }
        say({ type: "ticksArrived" })
      }),
    unsubscribe: () => ask("unsubscribe", () => undefined),
    release: ask("release", () => undefined),
    redial: ask("redial", () => say({ type: "connected" })),
    close: ask("close", () => say({ type: "disconnected", reason: 0 })),
    apiVersion: () => "sim"
  })
  return { front, say, port }
}

const start = Effect.fnUntraced(function* (logins: LoginMemory = { lastLoginMs: -1e9 }) {
  const made = makeFront()
  const registry = new Registry()
  const clock = yield* Clock.Clock
  const subscriptions = new Subscriptions({
    feed: "primary",
    wanted: Array.from({ length: 10 }, (_, at) => `rb27${10 + at}`),
    limits: { perSecond: 1000, priority: [], answerMs: 60_000 },
    directory: new InstrumentDirectory(),
    arrivals: new TickArrivals(),
    nowMs: () => clock.currentTimeMillisUnsafe()
  })
  const phases = new PhaseBoard()
  phases.announce("trading")
  const states: Array<string> = []
  let ask: (request: SessionRequest) => void = () => undefined
  const daemonStates = new DaemonStates()
  const fiber = yield* runSession({
    input: sessionInput,
    registry,
    states: daemonStates,
    phases,
    logins,
    subscriptions,
    watch: {
      silenceMs: 15_000,
      lagTicks: 100,
      receivedTicks: () => made.front.received,
      waitingTicks: () => made.front.waiting
    },
    onState: (state) => void states.push(state),
    onMailbox: (entrance) => {
      ask = entrance
    },
    ready: Effect.void
  }).pipe(Effect.provideService(MarketFront, made.port), Effect.delay(1), Effect.forkChild)
  yield* TestClock.adjust(5)
  const ticking = (seconds: number) =>
    Effect.forEach(
      Array.from({ length: seconds }),
      () =>
        Effect.suspend(() => {
          made.front.received += 100
          return TestClock.adjust(1000)
        }),
      { discard: true }
    )
  return {
    ...made,
    registry,
    phases,
    states,
    fiber,
    ticking,
    ask: (request: SessionRequest) => ask(request),
    state: () => registry.actor("session-primary")?.state
  }
})

it.effect("streams, notices a silent front, repairs it, and shows each step in the registry", () =>
  Effect.gen(function* () {
    const session = yield* start()
    session.say({ type: "connected" })
    yield* session.ticking(60)
    assert.strictEqual(session.state(), "streaming")
    session.front.answers = false
    yield* TestClock.adjust("17 seconds")
    assert.strictEqual(session.state(), "degraded")
    assert.deepStrictEqual(session.registry.actor("session-primary")?.context["troubles"], [
      "coverage 0 of 10",
      "staleness"
    ])
    yield* TestClock.adjust("25 seconds")
    assert.deepStrictEqual(session.front.asked.slice(2), ["subscribe", "login", "redial"])
    session.front.answers = true
    session.say({ type: "connected" })
    yield* session.ticking(20)
    assert.strictEqual(session.state(), "streaming")
    yield* Fiber.interrupt(session.fiber)
    assert.strictEqual(session.state(), "stopped")
  })
)

it.effect("a night without ticks is no alarm, and the opening begins on a new connection", () =>
  Effect.gen(function* () {
    const session = yield* start()
    session.say({ type: "connected" })
    yield* session.ticking(30)
    session.phases.announce("closed")
    yield* TestClock.adjust("6 hours")
    assert.strictEqual(session.state(), "resting")
    assert.deepStrictEqual(session.front.asked, ["login", "subscribe"])
    session.phases.announce("preOpen")
    yield* TestClock.adjust("20 minutes")
    assert.deepStrictEqual(session.front.asked.slice(2), ["redial", "login", "subscribe"])
    assert.strictEqual(session.state(), "streaming")
    session.phases.announce("trading")
    yield* session.ticking(30)
    assert.strictEqual(session.state(), "streaming")
    assert.strictEqual(session.states.filter((state) => state === "degraded").length, 0)
    yield* Fiber.interrupt(session.fiber)
  })
)

it.effect("a storm that arrives at once after a stall is folded: no mailbox overflows, no loss is forgotten", () =>
  Effect.gen(function* () {
    const session = yield* start()
    for (let pair = 0; pair < 10_000; pair++) {
      session.say({ type: "connected" })
      session.say({ type: "disconnected", reason: 0x2003 })
    }
    yield* TestClock.adjust("1 second")
    const actor = session.registry.actor("session-primary")
    assert.strictEqual(actor?.context["disconnects"], 10_000)
    assert.isBelow(actor?.transitions ?? 0, 100)
    session.say({ type: "connected" })
    yield* session.ticking(20)
    assert.strictEqual(session.state(), "streaming")
    yield* Fiber.interrupt(session.fiber)
  })
)

it.effect("a session that is restarted keeps the minimum time since the login of its previous run", () =>
  Effect.gen(function* () {
    const logins: LoginMemory = { lastLoginMs: -1e9 }
    const first = yield* start(logins)
    first.say({ type: "connected" })
    yield* TestClock.adjust(1)
    assert.deepStrictEqual(first.front.asked.slice(0, 1), ["login"])
    yield* Fiber.interrupt(first.fiber)
    const second = yield* start(logins)
    second.say({ type: "connected" })
    yield* TestClock.adjust(900)
    assert.notInclude(second.front.asked, "login")
    yield* TestClock.adjust(200)
    assert.include(second.front.asked, "login")
    yield* Fiber.interrupt(second.fiber)
  })
)

it.effect("a backlog at two consecutive checks is lag; a stop request closes the front and ends the session", () =>
  Effect.gen(function* () {
    const session = yield* start()
    session.say({ type: "connected" })
    yield* session.ticking(3)
    session.front.waiting = 500
    yield* session.ticking(3)
    assert.strictEqual(session.state(), "degraded")
    session.front.waiting = 0
    yield* session.ticking(2)
    assert.strictEqual(session.state(), "streaming")
    session.ask({ type: "STOP_ASKED" })
    yield* TestClock.adjust(1)
    yield* Fiber.join(session.fiber)
    assert.strictEqual(session.front.asked.at(-1), "close")
  })
)
