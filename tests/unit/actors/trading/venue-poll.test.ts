// The gate believes these readings: an old one, a skew that is none, or keys that never work again cost a trading day.
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Fiber, Layer, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { defaultPollSettings, makeVenuePoll } from "../../../../actors/trading/venue-poll-actor.ts"
import { instantOfMs } from "../../../../src/kernel/time/utc-instant.ts"
import { layer as tradeEvents } from "../../../../src/trading/application/trade-events.ts"
import { defaultBounds, layer as venueReadings } from "../../../../src/trading/application/venue-readings.ts"
import { VenueWatch } from "../../../../src/trading/ports/trade-conditions.ts"
import { type TradeEvent, TradeEvents } from "../../../../src/trading/ports/trade-events.ts"
import {
  Venue,
  VenueError,
  VenueOutcomeUnknown,
  VenueRateLimited,
  VenueUnauthorized
} from "../../../../src/trading/ports/venue.ts"
import { openMs } from "../../../support/trading/gate-view.ts"
import { makeScriptedVenue } from "../../../support/trading/scripted-venue.ts"

type Does = "answer" | "never" | VenueError["reason"]
const html = new VenueOutcomeUnknown({ cause: 'the answer cannot be read: account: no JSON, but "<html>"' })

const start = Effect.gen(function* () {
  yield* TestClock.setTime(openMs)
  const scripted = makeScriptedVenue()
  /** What the venue does, how far its clock is ahead, how long an answer is under way, and when it was asked. */
  const world = {
    account: "answer" as Does,
    clock: "answer" as Does,
    aheadMs: 0,
    tripMs: 0,
    asked: { account: [] as Array<number>, clock: [] as Array<number> }
  }
  const now = yield* Effect.clockWith((clock) => Effect.succeed(() => clock.currentTimeMillisUnsafe()))
  const request = <A>(what: "account" | "clock", answer: Effect.Effect<A, VenueError>) =>
    Effect.suspend(() => {
      world.asked[what].push(now())
      const does = world[what]
      if (does === "never") return Effect.never
      if (does !== "answer") return Effect.fail(new VenueError({ reason: does }))
      // The venue answers in the middle of the way.
      return Effect.sleep(world.tripMs / 2).pipe(
        Effect.andThen(answer),
        Effect.tap(() => Effect.sleep(world.tripMs / 2))
      )
    })
  const venue = Venue.of({
    ...scripted.venue,
    account: request("account", scripted.venue.account),
    time: request(
      "clock",
      Effect.sync(() => instantOfMs(now() + world.aheadMs))
    )
  })
  const context = yield* Layer.build(
    venueReadings().pipe(Layer.provideMerge(Layer.mergeAll(tradeEvents, Layer.succeed(Venue, venue))))
  )
  const heard: Array<TradeEvent> = []
  Context.get(context, TradeEvents).subscribe((event) => void heard.push(event))
  const { body, counts } = yield* Effect.provideContext(makeVenuePoll(), context)
  const fiber = yield* Effect.forkScoped(body(Effect.void))
  yield* TestClock.adjust(0)
  return {
    world,
    heard,
    counts,
    now,
    fiber,
    watch: Context.get(context, VenueWatch),
    types: () => heard.map(({ type }) => type)
  }
})

const test = (title: string, body: (run: Effect.Success<typeof start>) => Effect.Effect<void, unknown, Scope.Scope>) =>
  it.effect(title, () => Effect.scoped(Effect.flatMap(start, body)))
const gaps = (times: ReadonlyArray<number>) => times.slice(1).map((at, n) => at - (times[n] ?? 0))

describe("the poll of the venue", () => {
  test("reads account and clock at once, then at their intervals", ({ counts, now, watch, world }) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(watch.account()?.blocks, [])
      assert.strictEqual(watch.exchangeNow(now()), instantOfMs(openMs))
      yield* TestClock.adjust("2 minutes")
      assert.isTrue(gaps(world.asked.account).every((ms) => ms === defaultPollSettings.accountEveryMs))
      assert.isTrue(gaps(world.asked.clock).every((ms) => ms === defaultPollSettings.clockEveryMs))
      assert.strictEqual(counts.reads, 13 + 3)
    }))

  test("finds a venue whose clock is an hour ahead or behind, by the middle of the way", ({ now, watch, world }) =>
    Effect.gen(function* () {
      for (const hours of [1, -1]) {
        world.aheadMs = hours * 3_600_000
        world.tripMs = 800
        yield* TestClock.adjust("2 minutes")
        assert.strictEqual(watch.exchangeNow(now()), instantOfMs(now() + hours * 3_600_000))
      }
    }))

  test("takes no skew from an answer that was long under way: the one before holds until it is too old", ({
    now,
    watch,
    world
  }) =>
    Effect.gen(function* () {
      world.aheadMs = 5000
      world.tripMs = defaultPollSettings.roundTripMaxMs + 2
      yield* TestClock.adjust("4 minutes")
      assert.strictEqual(watch.exchangeNow(now()), instantOfMs(now()))
      yield* TestClock.adjust(defaultBounds.clockMs)
      assert.isUndefined(watch.exchangeNow(now()))
    }))

  test("goes on after failures with longer pauses; the reading is not known once it is too old", ({
    counts,
    types,
    watch,
    world
  }) =>
    Effect.gen(function* () {
      world.account = html
      yield* TestClock.adjust(defaultBounds.accountMs)
      assert.isDefined(watch.account())
      yield* TestClock.adjust("2 minutes")
      assert.isUndefined(watch.account())
      assert.isAbove(counts.failures, 5)
      assert.include(types(), "venueTrouble")
      const pauses = gaps(world.asked.account).slice(1)
      assert.isTrue(pauses.every((ms) => ms <= defaultPollSettings.accountEveryMs))
      assert.isAbove(pauses.at(-1) ?? 0, pauses[0] ?? 0)
      world.account = "answer"
      yield* TestClock.adjust("15 seconds")
      assert.isDefined(watch.account())
    }))

  test("gives up an answer that does not come, and one poll does not hold back the other", ({ counts, watch, world }) =>
    Effect.gen(function* () {
      world.account = "never"
      yield* TestClock.adjust("3 minutes")
      assert.isUndefined(watch.account())
      assert.isAbove(counts.failures, 3)
      assert.lengthOf(world.asked.clock, 4)
    }))

  test("says that the keys are wrong with the fix, and goes on by itself when they work", ({
    heard,
    types,
    watch,
    world
  }) =>
    Effect.gen(function* () {
      world.account = new VenueUnauthorized({ message: "the venue refuses the keys (HTTP 401)" })
      world.clock = html
      yield* TestClock.adjust("1 minute")
      const stopped = watch.stopped() ?? ""
      assert.include(stopped, "HTTP 401")
      assert.include(stopped, "Put working keys in place")
      // What fails in another way proves nothing of the keys.
      world.account = html
      yield* TestClock.adjust("1 minute")
      assert.isDefined(watch.stopped())
      assert.notInclude(types(), "authorized")
      world.account = "answer"
      yield* TestClock.adjust("15 seconds")
      assert.isUndefined(watch.stopped())
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(heard.filter(({ type }) => type === "authorized").length, 1)
    }))

  test("waits as long as the venue asks for, and does not take it for wrong keys", ({ types, watch, world }) =>
    Effect.gen(function* () {
      world.account = new VenueRateLimited({ retryAfterMs: 25_000 })
      yield* TestClock.adjust("2 minutes")
      // The first one was asked at the start, the second one after the interval.
      assert.isTrue(
        gaps(world.asked.account)
          .slice(1)
          .every((ms) => ms === 25_000)
      )
      assert.isUndefined(watch.stopped())
      assert.notInclude(types(), "unauthorized")
    }))

  test("never ends by itself", ({ fiber, world }) =>
    Effect.gen(function* () {
      for (const does of [html, "never", "answer"] as const) {
        world.account = does
        world.clock = does
        yield* TestClock.adjust("10 minutes")
      }
      assert.isUndefined(fiber.pollUnsafe())
      yield* Fiber.interrupt(fiber)
    }))
})
