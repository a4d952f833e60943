// The stream has no replay: what it does not say is lost for good, unless the loss itself is reported.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { make } from "effect/http/HttpClient"
import { TestClock } from "effect/testing"
import { Secret } from "../../../../../src/kernel/secret.ts"
import { AlpacaCounts } from "../../../../../src/trading/adapters/alpaca/counts.ts"
import { Pauses } from "../../../../../src/trading/adapters/alpaca/link/pauses.ts"
import { tradeUpdates } from "../../../../../src/trading/adapters/alpaca/link/trade-updates.ts"
import { alpacaSettings, alpacaUrls, defaultLinkTimes } from "../../../../../src/trading/adapters/alpaca/settings.ts"
import type { VenueUpdate } from "../../../../../src/trading/ports/venue.ts"
import { fillData, updateBody } from "../../../../support/trading/alpaca-bodies.ts"
import { type Played, scriptedSockets } from "../../../../support/trading/scripted-socket.ts"

const authorized = '{"stream":"authorization","data":{"status":"authorized","action":"authenticate"}}'
const listening = '{"stream":"listening","data":{"streams":["trade_updates"]}}'
const unauthorized = '{"stream":"authorization","data":{"status":"unauthorized","action":"authenticate"}}'

/** A reader of the stream in virtual time, and the venue's side. */
const start = Effect.fnUntraced(function* (
  options: {
    readonly answer?: (played: Played, message: Record<string, unknown>) => void
    readonly updatesMax?: number
    readonly reading?: Effect.Effect<void>
    readonly secret?: Secret
  } = {}
) {
  const sockets = scriptedSockets(options.answer)
  const counts = new AlpacaCounts()
  const keys = { id: new Secret("key"), secret: options.secret ?? new Secret("secret") }
  const settings = {
    ...alpacaSettings(alpacaUrls.paper, keys),
    updatesFrom: "websocket" as const,
    updatesMax: options.updatesMax ?? 100
  }
  const noEvents = make(() => Effect.die(new Error("the stream of events is off")))
  const seen: Array<VenueUpdate> = []
  yield* Effect.forkScoped(
    Stream.runForEach(tradeUpdates(sockets.open, noEvents, settings, counts), (update) =>
      Effect.andThen(
        Effect.sync(() => seen.push(update)),
        options.reading ?? Effect.void
      )
    )
  )
  yield* TestClock.adjust(0)
  const types = () => seen.map((update) => (update.type === "order" ? update.event : update.type))
  return { ...sockets, counts, seen, types }
})

/** Plays the venue up to the acknowledgement. */
const greet = (played: Played) => {
  played.opened()
  played.received(authorized)
  played.received(listening)
}
const settle = TestClock.adjust(0)

describe("the handshake", () => {
  it.effect("authenticates, listens, and counts as listening only after the acknowledgement", () =>
    Effect.gen(function* () {
      const { last, types } = yield* start()
      assert.strictEqual(last().url, "wss://paper-api.alpaca.markets/stream")
      last().opened()
      last().received(authorized)
      yield* settle
      assert.deepStrictEqual(
        last().sent.map(({ action }) => action),
        ["authenticate", "listen"]
      )
      assert.deepStrictEqual(types(), [])
      last().received(listening)
      last().received(updateBody(fillData))
      yield* settle
      assert.deepStrictEqual(types(), ["listening", "fill"])
    })
  )

  it.effect("is given up when the acknowledgement does not come, or names no stream", () =>
    Effect.gen(function* () {
      const { all, last, seen } = yield* start()
      last().opened()
      last().received(authorized)
      yield* TestClock.adjust(defaultLinkTimes.handshakeMs)
      assert.isTrue(all[0]?.isClosed)
      assert.deepStrictEqual(seen, [{ type: "lost", cause: "not ready within 10000 ms" }])
      yield* TestClock.adjust(2_000)
      last().opened()
      last().received('{"stream":"listening","data":{"streams":[]}}')
      yield* settle
      assert.match(JSON.stringify(seen.at(-1)), /does not give trade_updates/)
    })
  )

  it.effect("with refused keys is not repeated until they change", () =>
    Effect.gen(function* () {
      let text = "wrong"
      const { all, last } = yield* start({ secret: new Secret("wrong", () => text) })
      last().opened()
      last().received(unauthorized)
      yield* TestClock.adjust("10 minutes")
      assert.lengthOf(all, 1)
      text = "right"
      yield* TestClock.adjust("1 minute")
      assert.isAbove(all.length, 1)
    })
  )
})

describe("a loss", () => {
  it.effect("is reported with its cause, once, and followed by listening", () =>
    Effect.gen(function* () {
      const { all, last, types } = yield* start()
      greet(last())
      last().lost("the venue closed the connection (1006)")
      for (let n = 2; n < 6; n++) {
        while (all.length < n) yield* TestClock.adjust(500)
        last().lost("refused")
      }
      while (all.length < 6) yield* TestClock.adjust(500)
      greet(last())
      yield* settle
      assert.deepStrictEqual(types(), ["listening", "lost", "lost", "listening"])
    })
  )

  // Scenario 3 of the public reports: an immediate retry loop earned HTTP 429 for hours.
  it.effect("is never followed by a connect within the pause, which starts over only after a healthy stretch", () =>
    Effect.gen(function* () {
      const { all } = yield* start()
      const connects: Array<number> = []
      let nowMs = 0
      for (let known = 0; connects.length < 9; nowMs += 250) {
        for (; known < all.length; known++) {
          connects.push(nowMs)
          // Accepted, and cut at once.
          greet(all[known] as Played)
          all[known]?.lost("cut")
        }
        yield* TestClock.adjust(250)
      }
      const gaps = connects.slice(1).map((at, n) => at - (connects[n] ?? 0))
      gaps.forEach((gap, n) => assert.isAtLeast(gap, Math.min(60_000, 1_000 * 2 ** n)))
    })
  )

  it("makes the pauses grow, capped, with chance on top only", () => {
    const pauses = new Pauses(defaultLinkTimes)
    assert.deepStrictEqual(
      [0, 0.999, 0, 0, 0, 0, 0, 0].map((fraction) => pauses.after("lost", 0, fraction)),
      [1_000, 2_999, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]
    )
    assert.strictEqual(pauses.after("lost", defaultLinkTimes.healthyMs - 1, 0), 60_000)
    assert.strictEqual(pauses.after("lost", defaultLinkTimes.healthyMs, 0), 1_000)
    assert.strictEqual(new Pauses(defaultLinkTimes).after("crowded", 0, 0), defaultLinkTimes.crowdedPauseMs)
  })
})

describe("silence", () => {
  it.effect("is answered by a question, and a socket that does not answer is lost", () =>
    Effect.gen(function* () {
      let isMute = false
      const { counts, last, types } = yield* start({
        answer: (played, { action }) => {
          if (action === "listen" && !isMute) played.received(listening)
        }
      })
      last().opened()
      last().received(authorized)
      yield* TestClock.adjust("5 minutes")
      assert.deepStrictEqual([types(), counts.connects.updates], [["listening"], 1])
      isMute = true
      yield* TestClock.adjust("23 seconds")
      assert.deepStrictEqual(types(), ["listening", "lost"])
      assert.isTrue(last().isClosed || counts.connects.updates > 1)
    })
  )
})

describe("a gap on a healthy socket", () => {
  it.effect("is made by a message that cannot be read: lost, then listening, on the same socket", () =>
    Effect.gen(function* () {
      let answers = 0
      const { counts, last, types } = yield* start({
        answer: (played, { action }) => {
          if (action === "listen" && answers++ > 0) played.received(listening)
        }
      })
      greet(last())
      last().received(updateBody({ ...fillData, qty: "NaN" }))
      last().received(updateBody({ event: "new" }))
      yield* settle
      assert.deepStrictEqual(types(), ["listening", "lost", "new"])
      yield* TestClock.adjust(defaultLinkTimes.silenceMs)
      assert.deepStrictEqual(types(), ["listening", "lost", "new", "listening"])
      assert.deepStrictEqual([counts.unreadable.updates, counts.connects.updates], [1, 1])
    })
  )

  it.effect("is made by a reader that is too slow, and memory stays bounded", () =>
    Effect.gen(function* () {
      const { all, types } = yield* start({ updatesMax: 5, reading: Effect.sleep(10_000) })
      greet(all[0] as Played)
      for (let n = 0; n < 50; n++) all[0]?.received(updateBody({ event: "new" }))
      assert.isTrue(all[0]?.isClosed)
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(types().slice(0, 6), ["listening", "new", "new", "new", "new", "lost"])
    })
  )

  it.effect("of a reader that has stopped ends in a wait for it, without connects", () =>
    Effect.gen(function* () {
      const { all } = yield* start({ updatesMax: 5, reading: Effect.never })
      for (let n = 0, known = 0; n < 1_200; n++) {
        for (; known < all.length; known++) {
          greet(all[known] as Played)
          for (let sent = 0; sent < 50; sent++) all[known]?.received(updateBody({ event: "new" }))
        }
        yield* TestClock.adjust(500)
      }
      // What the reader holds, and what waits for it: 5 each.
      assert.strictEqual(all.length, 2)
    })
  )
})

it.effect("messages of other kinds change nothing, and an error of the venue is a loss", () =>
  Effect.gen(function* () {
    const { counts, last, seen, types } = yield* start()
    greet(last())
    last().received('{"stream":"account_updates","data":{}}')
    last().received('{"action":"error","data":{"error_message":"too many connections"}}')
    yield* settle
    assert.deepStrictEqual([types(), counts.unknown.updates], [["listening", "lost"], 1])
    assert.match(JSON.stringify(seen), /too many connections/)
  })
)
