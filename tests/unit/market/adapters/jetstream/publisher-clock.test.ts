// An operator or NTP may set the wall clock: a wait measured by it lasts an hour too long, or no time at all.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { makeAckedPublisher } from "../../../../../src/market/adapters/jetstream/acked-publisher.ts"
import { makeWriterFence } from "../../../../../src/market/adapters/jetstream/writer-fence.ts"
import { MemoryEpochStore } from "../../../../support/memory-epoch-store.ts"
import { FakeStream } from "../../../../support/nats-fake-stream.ts"
import { settableWall } from "../../../../support/settable-wall.ts"
import { pass } from "../../../../support/spool-run.ts"

const hourMs = 3_600_000

const startPublisher = Effect.fnUntraced(function* () {
  const { wall, set } = yield* settableWall
  const stream = new FakeStream()
  const publisher = yield* set(
    makeAckedPublisher({
      connect: Effect.die("the fake opens the link"),
      stream: {},
      openLink: stream.open,
      window: 32,
      ackTimeoutMs: 1000,
      onStored: () => undefined
    })
  )
  yield* Effect.forkScoped(set(publisher.run.pipe(Effect.delay(1))))
  yield* pass(10)
  publisher.send("s", "0", 0, 0)
  yield* pass(100)
  return { wall, stream, publisher }
})

const fenceOf = (instance: string) =>
  makeWriterFence({ stream: "MD_TICKS", instance, host: "h", pid: 1, run: instance, takeOver: false })

describe("a wall clock that is set", () => {
  it.effect("back by an hour: a silent server is given up after the same timeout", () =>
    Effect.gen(function* () {
      const { wall, publisher } = yield* startPublisher()
      wall.offMs = -hourMs
      yield* pass(1500)
      assert.isAtLeast(publisher.counts().reconnects, 1)
      assert.isAtLeast(publisher.counts().oldestUnackedMs, 1000)
    })
  )

  it.effect("forward by an hour: a server that answers in time is not given up", () =>
    Effect.gen(function* () {
      const { wall, stream, publisher } = yield* startPublisher()
      wall.offMs = hourMs
      yield* pass(500)
      assert.isBelow(publisher.counts().oldestUnackedMs, 1000)
      stream.work(1)
      yield* pass(50)
      assert.strictEqual(publisher.counts().stored, 1)
      assert.strictEqual(publisher.counts().reconnects, 0)
    })
  )

  it.effect("forward by an hour: a running writer does not count as dead", () =>
    Effect.gen(function* () {
      const { wall, set } = yield* settableWall
      const bucket = new MemoryEpochStore()
      const writer = fenceOf("one")
      yield* writer.hold(bucket)
      yield* Effect.forkScoped(writer.keep(bucket, () => undefined))
      const second = yield* Effect.forkScoped(set(Effect.flip(fenceOf("two").hold(bucket))))
      yield* TestClock.adjust(100)
      wall.offMs = hourMs
      yield* TestClock.adjust(10_000)
      assert.strictEqual((yield* Fiber.join(second)).code, "WRITER_ACTIVE")
      assert.strictEqual(writer.lost(), undefined)
    })
  )

  it.effect("back by an hour: an unconfirmed writer still gives up before another one takes over", () =>
    Effect.gen(function* () {
      const { wall, set } = yield* settableWall
      const bucket = new MemoryEpochStore()
      const writer = fenceOf("one")
      yield* set(writer.hold(bucket))
      const kept = yield* Effect.forkScoped(set(Effect.flip(writer.keep(bucket, () => undefined))))
      yield* TestClock.adjust(100)
      bucket.isAway = true
      wall.offMs = -hourMs
      yield* TestClock.adjust(5000)
      assert.strictEqual(kept.pollUnsafe()?._tag, "Success")
      assert.strictEqual((yield* Fiber.join(kept)).code, "EPOCH_UNCONFIRMED")
    })
  )
})
