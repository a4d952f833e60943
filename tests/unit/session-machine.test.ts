// A session that waits for ever is a feed that is silently dead: every wait must end, and every end must lead somewhere.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Queue } from "effect"
import { TestClock } from "effect/testing"
import { initialTransition, transition } from "xstate"
import { makeStep, runMachine, stateName } from "../../actors/machine-actor.ts"
import {
  fatalLoginErrors,
  type SessionEvent,
  type SessionInput,
  sessionMachine
} from "../../machines/session-machine.ts"

const input: SessionInput = {
  feed: "primary",
  connectTimeoutMs: 30_000,
  loginTimeoutMs: 10_000,
  subscribeTimeoutMs: 15_000,
  healthyAfterMs: 30_000,
  backoff: { baseMs: 1000, capMs: 8000 },
  seed: 7
}

/** The machine in virtual time, with everything it orders written down. */
const start = Effect.gen(function* () {
  const commands: Array<string> = []
  const states: Array<string> = []
  const mailbox = yield* Queue.unbounded<SessionEvent>()
  const fiber = yield* runMachine(sessionMachine, {
    input,
    mailbox,
    perform: (command) => Effect.sync(() => commands.push(command)),
    onTransition: ({ from, to }) => {
      if (from !== to) states.push(to)
    }
  }).pipe(Effect.delay(1), Effect.forkChild)
  yield* TestClock.adjust(2)
  const send = (event: SessionEvent) => Effect.andThen(Queue.offer(mailbox, event), TestClock.adjust(1))
  return { fiber, commands, states, send, state: () => states.at(-1) }
})

const toStreaming = Effect.gen(function* () {
  const session = yield* start
  yield* session.send({ type: "FRONT_CONNECTED" })
  yield* session.send({ type: "LOGGED_IN", tradingDay: "20261123" })
  yield* session.send({ type: "ALL_ACKNOWLEDGED" })
  assert.strictEqual(session.state(), "streaming")
  return session
})

describe("the way to streaming", () => {
  it.effect("connects, logs in, subscribes, streams", () =>
    Effect.gen(function* () {
      const session = yield* toStreaming
      assert.deepStrictEqual(session.commands, ["requestLogin", "subscribeWanted"])
      yield* Fiber.interrupt(session.fiber)
    })
  )

  it.effect("ticks are proof enough when acknowledgements are fewer than asked for", () =>
    Effect.gen(function* () {
      const session = yield* start
      yield* session.send({ type: "FRONT_CONNECTED" })
      yield* session.send({ type: "LOGGED_IN", tradingDay: "20261123" })
      yield* session.send({ type: "TICKS_ARRIVED" })
      assert.strictEqual(session.state(), "streaming")
      yield* Fiber.interrupt(session.fiber)
    })
  )

  it.effect("a lost front is logged in and subscribed again without a new api instance", () =>
    Effect.gen(function* () {
      const session = yield* toStreaming
      yield* session.send({ type: "FRONT_DISCONNECTED", reason: 0x1001 })
      assert.strictEqual(session.state(), "connecting")
      yield* session.send({ type: "FRONT_CONNECTED" })
      yield* session.send({ type: "LOGGED_IN", tradingDay: "20261123" })
      assert.deepStrictEqual(session.commands, ["requestLogin", "subscribeWanted", "requestLogin", "subscribeWanted"])
      yield* Fiber.interrupt(session.fiber)
    })
  )
})

describe("waits", () => {
  it.effect("a front that never connects is waited for again and again, never dropped", () =>
    Effect.gen(function* () {
      const session = yield* start
      yield* TestClock.adjust("5 minutes")
      assert.isAbove(session.states.filter((state) => state === "backingOff").length, 3)
      assert.notInclude(session.commands, "redialFront")
      yield* session.send({ type: "FRONT_CONNECTED" })
      yield* TestClock.adjust("10 seconds")
      assert.include(session.commands, "requestLogin")
      yield* Fiber.interrupt(session.fiber)
    })
  )

  it.effect("logins that are never answered end in a new api instance", () =>
    Effect.gen(function* () {
      const session = yield* start
      yield* session.send({ type: "FRONT_CONNECTED" })
      yield* TestClock.adjust("40 seconds")
      const before = session.commands.indexOf("redialFront")
      assert.strictEqual(session.commands.slice(0, before).filter((command) => command === "requestLogin").length, 3)
      yield* Fiber.interrupt(session.fiber)
    })
  )

  it.effect("a subscription without acknowledgement or tick is tried again", () =>
    Effect.gen(function* () {
      const session = yield* start
      yield* session.send({ type: "FRONT_CONNECTED" })
      yield* session.send({ type: "LOGGED_IN", tradingDay: "20261123" })
      yield* TestClock.adjust("18 seconds")
      assert.deepStrictEqual(session.commands, ["requestLogin", "subscribeWanted", "requestLogin"])
      yield* Fiber.interrupt(session.fiber)
    })
  )
})

describe("refusals", () => {
  it.effect("a fatal error id is not tried again until somebody asks", () =>
    Effect.gen(function* () {
      for (const errorId of fatalLoginErrors) {
        const session = yield* start
        yield* session.send({ type: "FRONT_CONNECTED" })
        yield* session.send({ type: "LOGIN_REFUSED", errorId, message: "no" })
        yield* TestClock.adjust("1 hour")
        assert.strictEqual(session.state(), "rejected")
        assert.deepStrictEqual(session.commands, ["requestLogin", "reportRejected"])
        yield* session.send({ type: "RETRY_ASKED" })
        assert.deepStrictEqual(session.commands, ["requestLogin", "reportRejected", "requestLogin"])
        yield* Fiber.interrupt(session.fiber)
      }
    })
  )

  it.effect("a passing error id is tried again after a pause, no faster than one login a second", () =>
    Effect.gen(function* () {
      const session = yield* start
      yield* session.send({ type: "FRONT_CONNECTED" })
      yield* session.send({ type: "LOGIN_REFUSED", errorId: 8, message: "front not active" })
      yield* TestClock.adjust(700)
      assert.deepStrictEqual(session.commands, ["requestLogin"])
      yield* TestClock.adjust(600)
      assert.deepStrictEqual(session.commands, ["requestLogin", "requestLogin"])
      yield* Fiber.interrupt(session.fiber)
    })
  )
})

describe("disconnects", () => {
  it.effect("are welcome in every state, also without a connect before", () =>
    Effect.gen(function* () {
      const session = yield* start
      for (let pair = 0; pair < 300; pair++) yield* session.send({ type: "FRONT_DISCONNECTED", reason: 0x1001 })
      assert.isUndefined(session.fiber.pollUnsafe())
      yield* session.send({ type: "FRONT_CONNECTED" })
      assert.include(session.commands, "requestLogin")
      yield* Fiber.interrupt(session.fiber)
    })
  )

  it.effect("a flapping front is met with growing pauses, and only a healthy stretch resets them", () =>
    Effect.gen(function* () {
      const session = yield* start
      let logins = 0
      for (let second = 0; second < 60; second++) {
        yield* session.send({ type: "FRONT_CONNECTED" })
        yield* session.send({ type: "FRONT_DISCONNECTED", reason: 0x1001 })
        yield* TestClock.adjust(1000)
      }
      logins = session.commands.filter((command) => command === "requestLogin").length
      assert.isBelow(logins, 20)
      yield* Fiber.interrupt(session.fiber)
    })
  )
})

it.effect("stop closes the front and ends the machine from any state", () =>
  Effect.gen(function* () {
    const session = yield* toStreaming
    yield* session.send({ type: "STOP_ASKED" })
    yield* Fiber.join(session.fiber)
    assert.strictEqual(session.commands.at(-1), "closeFront")
  })
)

// The interpreter writes a private field of xstate to save 40 µs a step: this is what tells when a new version breaks that.
it("the reused step gives what xstate's own transition() gives", () => {
  const events: ReadonlyArray<SessionEvent> = [
    { type: "FRONT_CONNECTED" },
    { type: "LOGIN_REFUSED", errorId: 8, message: "later" },
    { type: "FRONT_DISCONNECTED", reason: 1 },
    { type: "LOGGED_IN", tradingDay: "20261123" },
    { type: "TICKS_ARRIVED" },
    { type: "LOGIN_REFUSED", errorId: 3, message: "no" },
    { type: "RETRY_ASKED" },
    { type: "ALL_ACKNOWLEDGED" }
  ]
  const step = makeStep(sessionMachine, input)
  let [own, ownActions] = step.initial()
  let [theirs, theirActions] = initialTransition(sessionMachine, input)
  let random = 12345
  for (let turn = 0; turn < 2000; turn++) {
    random = (Math.imul(random, 1103515245) + 12345) >>> 0
    const event = events[(random >>> 8) % events.length] as SessionEvent
    ;[own, ownActions] = step.next(own, event)
    ;[theirs, theirActions] = transition(sessionMachine, theirs, event)
    assert.strictEqual(stateName(own.value), stateName(theirs.value))
    assert.deepStrictEqual(own.context, theirs.context)
    assert.deepStrictEqual(
      ownActions.map(({ type }) => type),
      theirActions.map(({ type }) => type)
    )
  }
})
