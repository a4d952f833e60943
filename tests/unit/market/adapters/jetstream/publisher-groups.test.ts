// One answer for many ticks is valid only with a matching sequence: no tick may count as stored without proof.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Random } from "effect"
import { TestClock } from "effect/testing"
import {
  makeAckedPublisher,
  type PublisherEvent
} from "../../../../../src/market/adapters/jetstream/acked-publisher.ts"
import { FakeStream } from "../../../../support/nats-fake-stream.ts"

const pass = Effect.fnUntraced(function* (ms: number) {
  for (let at = 0; at < ms; at += 10) {
    yield* TestClock.adjust(10)
    yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
  }
})

/** A connected publisher and a function that sends numbers as texts, all of one call in one turn. */
const start = Effect.gen(function* () {
  const stream = new FakeStream()
  const told: Array<number> = []
  const events: Array<PublisherEvent> = []
  const publisher = yield* makeAckedPublisher({
    connect: Effect.die("the fake opens the link"),
    stream: {},
    openLink: stream.open,
    window: 256,
    ackTimeoutMs: 1000,
    onStored: (_, token) => void told.push(token),
    onEvent: (event) => void events.push(event)
  })
  yield* Effect.forkScoped(publisher.run.pipe(Effect.delay(1)))
  yield* pass(10)
  let next = 0
  const send = (count: number) =>
    Effect.promise(() => {
      for (let sent = 0; sent < count; sent++) publisher.send("s", String(next), 0, next++)
      return Promise.resolve()
    })
  /** Time and a working server, until everything is reported. */
  const settle = Effect.gen(function* () {
    for (let round = 0; round < 500 && publisher.counts().retained > 0; round++) {
      stream.work(1000)
      yield* pass(20)
    }
  })
  return { stream, told, events, publisher, send, settle }
})

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at)
const numbersIn = (stream: FakeStream) =>
  stream.messages.map(({ data }) => Number(new TextDecoder().decode(data))).filter((number) => !Number.isNaN(number))
const asked = (stream: FakeStream) => stream.connections[0]?.queue.map((message) => message.asked) ?? []

describe("answers for groups", () => {
  it.effect("the last message of a turn requests an answer, and every 64th of a long one", () =>
    Effect.gen(function* () {
      const { stream, told, send } = yield* start
      yield* send(130)
      const questions = asked(stream).flatMap((asks, at) => (asks ? [at] : []))
      assert.deepStrictEqual(questions, [63, 127, 129])
      stream.work(64)
      yield* pass(10)
      assert.deepStrictEqual(told, upTo(64), "one answer reports its whole group, in sequence")
      yield* send(1)
      assert.isTrue(asked(stream).at(-1), "a single tick waits for no company")
      stream.work(100)
      yield* pass(10)
      assert.deepStrictEqual(told, upTo(131))
    })
  )

  it.effect("a refusal in the middle of a group leaves no answer, and is found by the sequence", () =>
    Effect.gen(function* () {
      const { stream, told, events, publisher, send, settle } = yield* start
      yield* send(10)
      stream.work(4)
      stream.refusing = true
      stream.work(2)
      stream.refusing = false
      stream.work(4)
      assert.strictEqual(publisher.room(), 0, "nothing more goes out before the tail is read")
      assert.deepStrictEqual(told, [])
      yield* settle
      assert.deepStrictEqual(told, upTo(10))
      assert.deepStrictEqual(
        numbersIn(stream).sort((left, right) => left - right),
        upTo(10)
      )
      assert.deepStrictEqual(numbersIn(stream), [0, 1, 2, 3, 6, 7, 8, 9, 4, 5])
      assert.strictEqual(publisher.counts().reordered, 4, "what overtook is counted")
      assert.strictEqual(publisher.counts().foreignWrites, 0)
      assert.isTrue(events.some((event) => event.type === "refused" && event.refusal.code === "SEQUENCE_JUMPED"))
    })
  )

  it.effect("a refusal of the last message proves nothing about its group: the tail does", () =>
    Effect.gen(function* () {
      const { stream, told, publisher, send, settle } = yield* start
      yield* send(6)
      stream.work(3)
      stream.refusing = true
      stream.work(3)
      stream.refusing = false
      yield* settle
      assert.deepStrictEqual(told, upTo(6))
      assert.deepStrictEqual(numbersIn(stream), upTo(6))
      assert.strictEqual(publisher.counts().resent, 3)
      assert.strictEqual(publisher.counts().reordered, 0)
    })
  )

  it.effect(
    "reading distinguishes a foreign write in a group from ours, and then each message requests an answer",
    () =>
      Effect.gen(function* () {
        const { stream, told, publisher, send, settle } = yield* start
        yield* send(8)
        stream.work(5)
        stream.write("s", "foreign")
        stream.work(3)
        assert.strictEqual(told.length, 0)
        yield* settle
        assert.deepStrictEqual(told, upTo(8))
        assert.deepStrictEqual(numbersIn(stream), upTo(8))
        const { foreignWrites, resent, reordered } = publisher.counts()
        assert.deepStrictEqual({ foreignWrites, resent, reordered }, { foreignWrites: 1, resent: 0, reordered: 0 })
        const before = asked(stream).length
        yield* send(20)
        assert.deepStrictEqual(
          asked(stream).slice(before),
          upTo(20).map(() => true)
        )
        yield* settle
        assert.deepStrictEqual(told, upTo(28))
      })
  )

  it.effect("answers that follow a doubt settle nothing: a later group cannot vouch for an earlier one", () =>
    Effect.gen(function* () {
      const { stream, told, publisher, send, settle } = yield* start
      yield* send(4)
      yield* send(4)
      // two of each are stored, so that the second answer's sequence looks as if it were its own four
      stream.work(2)
      stream.refusing = true
      stream.work(4)
      stream.refusing = false
      stream.work(2)
      yield* pass(10)
      assert.deepStrictEqual(told, [])
      yield* settle
      assert.deepStrictEqual(told, upTo(8))
      assert.deepStrictEqual(numbersIn(stream), [0, 1, 6, 7, 2, 3, 4, 5])
      assert.strictEqual(publisher.counts().reordered, 2)
    })
  )

  it.effect("groups come back after 10,000 messages that each had an answer of their own", () =>
    Effect.gen(function* () {
      const { stream, publisher, send, settle } = yield* start
      yield* send(2)
      stream.write("s", "foreign")
      stream.work(2)
      yield* settle
      for (let sent = 0; sent < 10_000; sent += 250) {
        yield* send(250)
        assert.isTrue(asked(stream).every((asks) => asks))
        stream.work(250)
        yield* Effect.promise(() => Promise.resolve())
      }
      yield* send(3)
      assert.deepStrictEqual(asked(stream), [false, false, true])
      assert.strictEqual(publisher.counts().foreignWrites, 1)
    })
  )

  for (let seed = 1; seed <= 20; seed++) {
    it.effect(`breaks, refusals, lost answers and foreign writes at once, seed ${seed}`, () =>
      Effect.gen(function* () {
        const { stream, told, publisher, send, settle } = yield* start
        let foreign = 0
        for (let sent = 0; sent < 600; ) {
          const dice = yield* Random.next
          const amount = Math.floor((yield* Random.next) * 40)
          const count = Math.min(publisher.room(), Math.floor((yield* Random.next) * 50), 600 - sent)
          yield* send(count)
          sent += count
          if (dice < 0.05) stream.breakAll(amount)
          else if (dice < 0.1) stream.work(amount, false)
          else if (dice < 0.2) {
            // one at a time in one group: never both kinds, which no sequence could distinguish
            stream.work(amount)
            stream.write("s", "foreign")
            foreign++
          } else if (dice < 0.3) {
            stream.work(amount)
            stream.refusing = true
            stream.work(3)
            stream.refusing = false
            stream.work(1000)
          } else stream.work(amount)
          if (dice > 0.6) stream.work(1000)
          yield* pass(20)
        }
        yield* settle
        assert.deepStrictEqual(told, upTo(600))
        const stored = numbersIn(stream)
        assert.deepStrictEqual(
          [...stored].sort((left, right) => left - right),
          upTo(600)
        )
        const { reordered, foreignWrites, handed, stored: counted } = publisher.counts()
        if (reordered === 0) assert.deepStrictEqual(stored, upTo(600))
        assert.strictEqual(foreignWrites, foreign)
        assert.strictEqual(handed, counted)
      }).pipe(Random.withSeed(`groups ${seed}`))
    )
  }
})
