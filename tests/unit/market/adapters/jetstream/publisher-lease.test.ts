// A suspended daemon (SIGSTOP, a paused machine) wakes with ticks in its ring. Another one may have taken the stream
// meanwhile: ticks sent before a check would be stored twice.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { makeAckedPublisher } from "../../../../../src/market/adapters/jetstream/acked-publisher.ts"
import { fenceTimes, makeWriterFence } from "../../../../../src/market/adapters/jetstream/writer-fence.ts"
import { MemoryEpochStore } from "../../../../support/memory-epoch-store.ts"
import { FakeStream } from "../../../../support/nats-fake-stream.ts"

const setUp = Effect.gen(function* () {
  const bucket = new MemoryEpochStore()
  const stream = new FakeStream()
  const troubles: Array<string> = []
  const limit = { bytes: 1000 }
  const publisher = yield* makeAckedPublisher({
    connect: Effect.never,
    stream: {},
    fence: makeWriterFence({ stream: "MD_TICKS", instance: "one", host: "h", pid: 1, run: "life-1", takeOver: false }),
    onStored: () => undefined,
    onEvent: (event) => {
      if (event.type === "linkDown") troubles.push(event.code)
      if (event.type === "fenced") troubles.push("fenced")
    },
    openLink: (events) =>
      Effect.map(stream.open(events), (link) => ({
        ...link,
        epochs: bucket,
        publish: (slot, subject, payload, asked) => {
          // What the client throws for a message above the server's max_payload.
          if (payload.length > limit.bytes) throw new Error("max_payload size exceeded")
          link.publish(slot, subject, payload, asked)
        }
      }))
  })
  yield* Effect.forkScoped(publisher.run)
  yield* TestClock.adjust(1000)
  /** All in one turn, like the line: it reads `room` once. */
  const send = (...texts: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      for (const text of texts.slice(0, publisher.room())) publisher.send("md.tick.a", text, 0, 0)
      yield* TestClock.adjust(1)
      for (let i = 0; i < 10; i++) {
        stream.work(10)
        yield* TestClock.adjust(100)
      }
    })
  const stored = () => stream.messages.map(({ data }) => new TextDecoder().decode(data))
  return { bucket, limit, publisher, send, stored, troubles }
})

describe("a writer that stood still", () => {
  it.effect("U1: sends nothing when another one may have taken the stream, and is fenced when it has", () =>
    Effect.gen(function* () {
      const { bucket, publisher, send, stored, troubles } = yield* setUp
      yield* send("before")
      bucket.isStill = true
      yield* TestClock.adjust(fenceTimes.staleMs + 1000)
      assert.strictEqual(publisher.counts().link, "up", "nothing has run that could have noticed it")
      bucket.isStill = false
      const taken = JSON.parse(bucket.entry?.text ?? "{}") as { epoch: number }
      bucket.entry = { text: JSON.stringify({ ...taken, epoch: taken.epoch + 1, run: "other" }), revision: 99 }
      yield* send("after", "and", "more")
      assert.deepStrictEqual(stored(), ["before"])
      assert.strictEqual(publisher.counts().link, "fenced")
      assert.deepStrictEqual(troubles, ["EPOCH_UNCONFIRMED", "fenced"])
      assert.strictEqual(publisher.counts().retained, 3)
    }).pipe(Effect.scoped)
  )

  it.effect("U1: checks over a new link, and sends what it held when no other one has taken the stream", () =>
    Effect.gen(function* () {
      const { bucket, send, stored, troubles } = yield* setUp
      bucket.isStill = true
      yield* TestClock.adjust(fenceTimes.staleMs + 1000)
      bucket.isStill = false
      yield* send("first", "second", "third")
      yield* send("fourth")
      assert.deepStrictEqual(stored(), ["first", "second", "third", "fourth"])
      assert.deepStrictEqual(troubles, ["EPOCH_UNCONFIRMED"])
    }).pipe(Effect.scoped)
  )
})

describe("a link that breaks in the middle of a turn", () => {
  it.effect(
    "R1: what was to be sent in the same turn is kept for the next link, in order, and nothing is set aside",
    () =>
      Effect.gen(function* () {
        const { limit, send, stored, troubles } = yield* setUp
        limit.bytes = 3
        yield* send("one", "three", "two")
        limit.bytes = 1000
        yield* TestClock.adjust(5000)
        yield* send("four")
        assert.deepStrictEqual(stored(), ["one", "three", "two", "four"])
        assert.include(troubles, "MESSAGE_TOO_LARGE")
      }).pipe(Effect.scoped)
  )
})
