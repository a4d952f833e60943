// Measured behaviour of real fronts and of the vendor's library (ctp.md, section 2): each oddity once cost an
// operator a night.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { type SessionEvent, sessionTroubles } from "../../../../machines/market/session-events.ts"
import {
  allAcknowledged,
  connected,
  disconnected,
  loggedIn,
  startSession,
  startStreaming
} from "../../../support/session-machine-run.ts"

const least = (atMs: ReadonlyArray<number>) =>
  atMs.slice(1).reduce((gap, ms, index) => Math.min(gap, ms - (atMs[index] as number)), Number.POSITIVE_INFINITY)

it.effect(
  "nothing listening: no callback at all for minutes is waited out, and never a reason for a new api instance",
  () =>
    Effect.gen(function* () {
      const session = yield* startSession()
      yield* TestClock.adjust("5 minutes")
      assert.isAbove(session.states.filter((state) => state === "backingOff").length, 3)
      assert.notInclude(session.commands, "redialFront")
      yield* session.send(connected)
      yield* TestClock.adjust("10 seconds")
      assert.include(session.commands, "requestLogin")
      yield* Fiber.interrupt(session.fiber)
    })
)

it.effect("OnFrontDisconnected without OnFrontConnected before it is welcome in every state", () =>
  Effect.gen(function* () {
    const session = yield* startSession()
    for (let pair = 0; pair < 300; pair++) yield* session.send(disconnected)
    assert.strictEqual(session.state(), "backingOff")
    assert.strictEqual(session.context().disconnects, 300)
    yield* TestClock.adjust(2000)
    assert.strictEqual(session.state(), "connecting")
    yield* session.send(connected)
    assert.include(session.commands, "requestLogin")
    yield* Fiber.interrupt(session.fiber)
  })
)

it.effect("hundreds of connect/disconnect pairs a second cost a login a second at the most, and growing pauses", () =>
  Effect.gen(function* () {
    const session = yield* startSession()
    for (let pair = 0; pair < 14_000; pair++) yield* session.send(connected, disconnected)
    assert.isBelow(session.loginsAtMs.length, 12)
    assert.isAtLeast(least(session.loginsAtMs), 1000)
    assert.strictEqual(session.context().disconnects, 14_000)
    yield* Fiber.interrupt(session.fiber)
  })
)

it.effect("one pair a second for an hour is met with growing pauses that only a healthy stretch resets", () =>
  Effect.gen(function* () {
    const session = yield* startSession()
    for (let second = 0; second < 600; second++) {
      yield* session.send(connected, disconnected)
      yield* TestClock.adjust(1000)
    }
    assert.isBelow(session.count("requestLogin"), 200)
    assert.isAbove(session.context().attempts, 50)
    yield* Fiber.interrupt(session.fiber)
  })
)

it.effect("a login that returns 0 and is never answered ends in a new api instance", () =>
  Effect.gen(function* () {
    const session = yield* startSession()
    yield* session.send(connected)
    yield* TestClock.adjust("45 seconds")
    const before = session.commands.indexOf("redialFront")
    assert.isAbove(before, 0)
    assert.strictEqual(session.commands.slice(0, before).filter((command) => command === "requestLogin").length, 3)
    yield* Fiber.interrupt(session.fiber)
  })
)

describe("front silent for 120 s", () => {
  it.effect("half-open link: asking, then logging in, then a new api instance, long before the library notices", () =>
    Effect.gen(function* () {
      const session = yield* startStreaming()
      yield* session.send({ type: "FEED_SILENT", silentMs: 30_000 })
      assert.strictEqual(session.state(), "degraded")
      assert.deepStrictEqual(sessionTroubles(session.context()), ["staleness"])
      assert.deepStrictEqual(session.commands.slice(2), ["subscribeWanted"])
      yield* TestClock.adjust("11 seconds")
      assert.deepStrictEqual(session.commands.slice(3), ["requestLogin"])
      yield* TestClock.adjust("11 seconds")
      assert.deepStrictEqual(session.commands.slice(4), ["redialFront"])
      yield* TestClock.adjust("2 seconds")
      yield* session.send(connected)
      yield* TestClock.adjust("2 seconds")
      yield* session.send(loggedIn, allAcknowledged, { type: "TICKS_ARRIVED" })
      assert.strictEqual(session.state(), "streaming")
      assert.strictEqual(session.context().repairs, 0)
      yield* Fiber.interrupt(session.fiber)
    })
  )

  it.effect("a front that answers logins and sends no tick is dialled anew as well", () =>
    Effect.gen(function* () {
      const session = yield* startStreaming()
      yield* session.send({ type: "FEED_SILENT", silentMs: 30_000 })
      yield* TestClock.adjust("11 seconds")
      yield* session.send(loggedIn, allAcknowledged)
      assert.strictEqual(session.state(), "streaming")
      yield* TestClock.adjust("30 seconds")
      yield* session.send({ type: "FEED_SILENT", silentMs: 30_000 })
      yield* TestClock.adjust("11 seconds")
      assert.include(session.commands, "redialFront")
      yield* Fiber.interrupt(session.fiber)
    })
  )

  it.effect("a quiet market that answers the asking with its snapshot is streaming again", () =>
    Effect.gen(function* () {
      const session = yield* startStreaming()
      yield* session.send({ type: "FEED_SILENT", silentMs: 30_000 }, { type: "TICKS_ARRIVED" })
      assert.strictEqual(session.state(), "streaming")
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual(session.count("requestLogin"), 1)
      yield* Fiber.interrupt(session.fiber)
    })
  )
})

it.effect("login frequency: never two within a second, over every reconnect", () =>
  Effect.gen(function* () {
    const session = yield* startSession()
    for (let turn = 0; turn < 400; turn++) {
      yield* session.send(connected, loggedIn, allAcknowledged)
      yield* TestClock.adjust(37 * (turn % 9))
      yield* session.send(disconnected)
      yield* TestClock.adjust(53 * (turn % 7))
    }
    assert.isAbove(session.loginsAtMs.length, 9)
    assert.isAtLeast(least(session.loginsAtMs), 1000)
    yield* Fiber.interrupt(session.fiber)
  })
)

it.effect("login frequency: a crashed session waits for the rest of its previous run's spacing", () =>
  Effect.gen(function* () {
    const session = yield* startSession({ loginWaitMs: 700 })
    yield* session.send(connected)
    yield* TestClock.adjust(600)
    assert.strictEqual(session.count("requestLogin"), 0)
    yield* TestClock.adjust(100)
    assert.strictEqual(session.count("requestLogin"), 1)
    yield* Fiber.interrupt(session.fiber)
  })
)

describe("flow control", () => {
  it.effect("codes -2 and -3 cost a pause and no failure, and the login that stands is not repeated", () =>
    Effect.gen(function* () {
      for (const code of [-2, -3]) {
        const session = yield* startSession({ maxRetries: 1 })
        yield* session.send(connected, { type: "REQUEST_NOT_SENT", request: "login", code })
        assert.strictEqual(session.context().attempts, 0)
        yield* TestClock.adjust(1600)
        assert.strictEqual(session.count("requestLogin"), 2)
        for (let turn = 0; turn < 5; turn++) {
          yield* session.send(loggedIn, { type: "REQUEST_NOT_SENT", request: "subscribe", code })
          yield* TestClock.adjust("13 seconds")
        }
        yield* session.send(allAcknowledged)
        assert.strictEqual(session.state(), "streaming")
        assert.strictEqual(session.count("requestLogin"), 2)
        assert.isAbove(session.count("subscribeWanted"), 1)
        yield* Fiber.interrupt(session.fiber)
      }
    })
  )

  it.effect("code -1 is a lost link, and counts as a failure", () =>
    Effect.gen(function* () {
      const session = yield* startSession()
      yield* session.send(connected, { type: "REQUEST_NOT_SENT", request: "login", code: -1 })
      assert.strictEqual(session.context().attempts, 1)
      yield* TestClock.adjust(2000)
      assert.strictEqual(session.state(), "connecting")
      yield* Fiber.interrupt(session.fiber)
    })
  )
})

describe("acknowledgements fewer than requested", () => {
  it.effect(
    "the session is degraded with the coverage, asks again ever more rarely, and streams once all are there",
    () =>
      Effect.gen(function* () {
        const session = yield* startSession()
        yield* session.send(connected, loggedIn, { type: "TICKS_ARRIVED" })
        assert.strictEqual(session.state(), "streaming")
        yield* session.send({ type: "COVERAGE_COUNTED", acknowledged: 498, wanted: 500 })
        yield* TestClock.adjust("15 seconds")
        assert.strictEqual(session.state(), "degraded")
        assert.deepStrictEqual(sessionTroubles(session.context()), ["coverage 498 of 500"])
        yield* TestClock.adjust("11 seconds")
        assert.strictEqual(session.count("subscribeWanted"), 2)
        yield* TestClock.adjust("1 hour")
        assert.isBelow(session.count("subscribeWanted"), 15)
        assert.strictEqual(session.count("requestLogin"), 1)
        yield* session.send({ type: "COVERAGE_COUNTED", acknowledged: 500, wanted: 500 })
        assert.strictEqual(session.state(), "streaming")
        yield* Fiber.interrupt(session.fiber)
      })
  )

  it.effect("no tick either: some acknowledgements are a degraded session, none at all a failed subscription", () =>
    Effect.gen(function* () {
      const some = yield* startSession()
      yield* some.send(connected, loggedIn, { type: "COVERAGE_COUNTED", acknowledged: 1, wanted: 500 })
      yield* TestClock.adjust("15 seconds")
      assert.strictEqual(some.state(), "degraded")
      yield* Fiber.interrupt(some.fiber)
      const none = yield* startSession()
      yield* none.send(connected, loggedIn)
      yield* TestClock.adjust("18 seconds")
      assert.deepStrictEqual(none.commands, ["requestLogin", "subscribeWanted", "requestLogin"])
      yield* Fiber.interrupt(none.fiber)
    })
  )

  it.effect("a share of them may be missing when the configuration says so", () =>
    Effect.gen(function* () {
      const session = yield* startSession({ coverageMin: 0.99 })
      yield* session.send(connected, loggedIn, { type: "ALL_ACKNOWLEDGED", acknowledged: 498, wanted: 500 })
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(session.state(), "streaming")
      yield* Fiber.interrupt(session.fiber)
    })
  )
})

it.effect("a backlog in the ring is reported as lag, and its end ends it", () =>
  Effect.gen(function* () {
    const session = yield* startStreaming()
    yield* session.send({ type: "FEED_LAGGED", waiting: 9000 })
    assert.strictEqual(session.state(), "degraded")
    assert.deepStrictEqual(sessionTroubles(session.context()), ["lag"])
    yield* TestClock.adjust("1 minute")
    assert.strictEqual(session.count("subscribeWanted"), 1)
    yield* session.send({ type: "FEED_CAUGHT_UP" })
    assert.strictEqual(session.state(), "streaming")
    yield* Fiber.interrupt(session.fiber)
  })
)

describe("V3: connections to a front come at the session's pace, never at the library's", () => {
  /** A library that connects at once whenever it may, to a peer that accepts and closes. */
  const closesEach = (session: Effect.Success<ReturnType<typeof startSession>>) => {
    let seen = 0
    let dialling = true
    let connects = 0
    return {
      connects: () => connects,
      run: (ms: number) =>
        Effect.gen(function* () {
          for (let at = 0; at < ms; at += 20) {
            for (const command of session.commands.slice(seen)) {
              if (command === "redialFront") dialling = true
              if (command === "releaseFront") dialling = false
            }
            seen = session.commands.length
            if (dialling) {
              connects++
              yield* session.send(connected, disconnected)
            }
            yield* TestClock.adjust(20)
          }
        })
    }
  }

  it.effect("a peer that accepts and closes is connected to with growing pauses", () =>
    Effect.gen(function* () {
      const session = yield* startSession()
      const peer = closesEach(session)
      yield* peer.run(80_000)
      assert.isAtLeast(peer.connects(), 8)
      assert.isAtMost(peer.connects(), 20)
      yield* Fiber.interrupt(session.fiber)
    })
  )

  it.effect("so is one that begins to close while the session streams, and the session streams again after it", () =>
    Effect.gen(function* () {
      const session = yield* startStreaming()
      const peer = closesEach(session)
      yield* peer.run(80_000)
      assert.isAtMost(peer.connects(), 20)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(session.state(), "connecting")
      yield* session.send(connected)
      yield* TestClock.adjust(1000)
      yield* session.send(loggedIn, allAcknowledged)
      assert.strictEqual(session.state(), "streaming")
      yield* Fiber.interrupt(session.fiber)
    })
  )

  it.effect("a session that waits for an event makes no connection before it", () =>
    Effect.gen(function* () {
      const waits: ReadonlyArray<readonly [string, ReadonlyArray<SessionEvent>, SessionEvent]> = [
        ["resting", [{ type: "PHASE_CHANGED", phase: "closed" }], { type: "PHASE_CHANGED", phase: "preOpen" }],
        ["rejected", [connected, { type: "LOGIN_REFUSED", errorId: 3, message: "no" }], { type: "RETRY_ASKED" }]
      ]
      for (const [state, events, fact] of waits) {
        const session = yield* startSession()
        yield* session.send(...events)
        const peer = closesEach(session)
        yield* peer.run(10_000)
        assert.strictEqual(session.state(), state)
        assert.isAtMost(peer.connects(), 1)
        yield* TestClock.adjust("8 hours")
        assert.strictEqual(session.count("redialFront"), 0)
        yield* session.send(fact)
        assert.strictEqual(session.state(), "connecting")
        assert.strictEqual(session.count("redialFront"), 1)
        yield* Fiber.interrupt(session.fiber)
      }
    })
  )

  it.effect(
    "one loss of a session that streamed is the library's to end, and a link that stands at the close stays",
    () =>
      Effect.gen(function* () {
        const session = yield* startStreaming()
        yield* session.send(disconnected, connected)
        yield* TestClock.adjust(1000)
        yield* session.send(loggedIn, allAcknowledged, { type: "PHASE_CHANGED", phase: "closed" })
        yield* TestClock.adjust("1 hour")
        assert.strictEqual(session.count("releaseFront") + session.count("redialFront"), 0)
        yield* Fiber.interrupt(session.fiber)
      })
  )
})

it.effect("V14: a front that hangs up behind a refusal does not take its place as the reason", () =>
  Effect.gen(function* () {
    const session = yield* startSession()
    yield* session.send(connected, { type: "LOGIN_REFUSED", errorId: 3, message: "wrong password" }, disconnected)
    assert.strictEqual(session.state(), "rejected")
    const { cause, disconnects, lastError } = session.context()
    assert.deepStrictEqual([cause, lastError], ["login_refused", "login refused, error 3: wrong password"])
    assert.strictEqual(disconnects, 1)
    yield* Fiber.interrupt(session.fiber)
  })
)
