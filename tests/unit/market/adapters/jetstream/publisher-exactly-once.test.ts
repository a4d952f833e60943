// The promise to every consumer: each tick once and in order. Random breaks, lost answers and late stragglers, many
// seeds.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Random } from "effect"
import { TestClock } from "effect/testing"
import {
  type AckedPublisherOptions,
  makeAckedPublisher
} from "../../../../../src/market/adapters/jetstream/acked-publisher.ts"
import { FakeStream } from "../../../../support/nats-fake-stream.ts"

const messageCount = 400

/** Virtual time in small steps; real microtasks, in which answers are settled, run in between. */
const pass = Effect.fnUntraced(function* (ms: number) {
  for (let at = 0; at < ms; at += 10) {
    yield* TestClock.adjust(10)
    yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
  }
})

/** The end of a turn: its messages are sent, and the last one requests the answer. */
const turn = Effect.promise(() => Promise.resolve())

const start = Effect.fnUntraced(function* (stream: FakeStream, options: Partial<AckedPublisherOptions> = {}) {
  const told: Array<number> = []
  const publisher = yield* makeAckedPublisher({
    connect: Effect.die("the fake opens the link"),
    stream: {},
    openLink: stream.open,
    window: 32,
    onStored: (_, token) => {
      told.push(token)
    },
    ...options
  })
  const fiber = yield* Effect.forkScoped(publisher.run.pipe(Effect.delay(1)))
  yield* pass(10)
  return { publisher, told, fiber }
})

const numbersIn = (stream: FakeStream) => stream.messages.map(({ data }) => Number(new TextDecoder().decode(data)))
const all = Array.from({ length: messageCount }, (_, at) => at)

const simulate = Effect.fnUntraced(function* (refusals: boolean) {
  const stream = new FakeStream()
  const { publisher, told } = yield* start(stream, { ackTimeoutMs: 2000 })
  let sent = 0
  for (let round = 0; told.length < messageCount; round++) {
    assert.isBelow(round, 4000, "the run does not come to its end")
    const dice = yield* Random.next
    const amount = Math.floor((yield* Random.next) * 12)
    while (sent < messageCount && publisher.room() > 0 && (yield* Random.next) < 0.9) {
      publisher.send(`s.${sent % 3}`, String(sent), 0, sent)
      sent++
    }
    if (dice < 0.08) stream.breakAll(amount)
    else if (dice < 0.14) stream.work(amount, false)
    else stream.work(amount)
    if (refusals) stream.refusing = dice > 0.85 ? true : dice > 0.5 ? false : stream.refusing
    yield* pass(20)
  }
  const counts = publisher.counts()
  assert.deepStrictEqual(told, all)
  assert.strictEqual(counts.handed, counts.stored + counts.retained)
  assert.strictEqual(counts.foreignWrites, 0)
  return { counts, stored: numbersIn(stream) }
})

describe("exactly once", () => {
  for (let seed = 1; seed <= 12; seed++) {
    it.effect(`over broken connections, seed ${seed}`, () =>
      Effect.gen(function* () {
        const { stored } = yield* simulate(false)
        assert.deepStrictEqual(stored, all)
      }).pipe(Random.withSeed(`breaks ${seed}`))
    )

    it.effect(`and with a stream that refuses at times, seed ${seed}`, () =>
      Effect.gen(function* () {
        const { stored, counts } = yield* simulate(true)
        assert.deepStrictEqual(
          [...stored].sort((left, right) => left - right),
          all
        )
        // out of order only where the stream took a younger one and refused an older one, and then it is counted
        if (counts.reordered === 0) assert.deepStrictEqual(stored, all)
      }).pipe(Random.withSeed(`refusals ${seed}`))
    )
  }

  it.effect("a straggler between the look at the tail and the first re-send is not stored twice", () =>
    Effect.gen(function* () {
      const stream = new FakeStream()
      const { publisher, told } = yield* start(stream)
      for (let n = 0; n < 3; n++) publisher.send("s", String(n), 0, n)
      yield* turn
      stream.breakAll(3)
      // the new link reads a quiet tail and sends message 0 again, and only then the old connection's messages arrive
      yield* pass(400)
      assert.isAtLeast(stream.connections.length, 2)
      stream.work(10)
      yield* pass(1000)
      stream.work(10)
      yield* pass(1000)
      assert.deepStrictEqual(numbersIn(stream), [0, 1, 2])
      assert.deepStrictEqual(told, [0, 1, 2])
    })
  )

  it.effect("waits until the tail is quiet: what the server still had of the old connection comes first", () =>
    Effect.gen(function* () {
      const stream = new FakeStream()
      const { publisher, told } = yield* start(stream)
      for (let n = 0; n < 6; n++) publisher.send("s", String(n), 0, n)
      yield* turn
      stream.breakAll(6)
      // the server serves the new connection first and processes one message of the old one in 40 ms
      for (let step = 0; step < 100; step++) {
        yield* pass(10)
        stream.work(10, true, stream.connections.slice(1))
        if (step % 4 === 3) stream.work(1, true, stream.connections.slice(0, 1))
      }
      assert.deepStrictEqual(numbersIn(stream), [0, 1, 2, 3, 4, 5])
      assert.deepStrictEqual(told, [0, 1, 2, 3, 4, 5])
      assert.strictEqual(publisher.counts().resent, 0)
    })
  )

  it.effect("takes nothing more while the stream refuses: it would overtake what was refused", () =>
    Effect.gen(function* () {
      const stream = new FakeStream()
      const { publisher } = yield* start(stream)
      stream.refusing = true
      for (let n = 0; n < 5; n++) publisher.send("s", String(n), 0, n)
      yield* turn
      stream.work(5)
      assert.strictEqual(publisher.room(), 0)
      assert.strictEqual(publisher.counts().link, "connecting")
    })
  )

  it.effect("a silent link is given up after the timeout, not before", () =>
    Effect.gen(function* () {
      const stream = new FakeStream()
      const { publisher } = yield* start(stream, { ackTimeoutMs: 1000 })
      publisher.send("s", "0", 0, 0)
      yield* pass(950)
      assert.strictEqual(publisher.counts().reconnects, 0)
      assert.strictEqual(publisher.counts().link, "up")
      yield* pass(600)
      assert.isAtLeast(publisher.counts().reconnects, 1)
      assert.isTrue(stream.connections[0]?.destroyed, "the silent connection is not left behind")
      assert.strictEqual(publisher.counts().retained, 1)
    })
  )

  it.effect("keeps what it retains over the end of a run and begins the next with it", () =>
    Effect.gen(function* () {
      const stream = new FakeStream()
      const { publisher, told, fiber } = yield* start(stream)
      publisher.send("s", "0", 0, 0)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(publisher.room(), 0)
      assert.strictEqual(publisher.counts().link, "down")
      assert.strictEqual(publisher.counts().retained, 1)
      yield* Effect.forkScoped(publisher.run)
      yield* pass(400)
      stream.work(10)
      yield* pass(1000)
      stream.work(10)
      yield* pass(1000)
      assert.deepStrictEqual(told, [0])
      assert.deepStrictEqual(numbersIn(stream), [0])
    })
  )
})
