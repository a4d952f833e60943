// Of two daemons that both believe to be the writer, at most one may be right, for any fault of the store.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import type { LinkError } from "../../../../../src/market/adapters/jetstream/publish-errors.ts"
import { makeWriterFence, type WriterIdentity } from "../../../../../src/market/adapters/jetstream/writer-fence.ts"
import { MemoryEpochStore } from "../../../../support/memory-epoch-store.ts"

let lives = 0
const fenceOf = (instance: string, who: Partial<WriterIdentity> = {}) =>
  makeWriterFence({ stream: "MD_TICKS", instance, host: "h", pid: 1, run: `life-${lives++}`, takeOver: false, ...who })
const byForce = { takeOver: true }

/** The code of a failure, after this much virtual time. */
const codeOf = <A>(effect: Effect.Effect<A, LinkError>, afterMs: number) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(Effect.flip(effect))
    yield* TestClock.adjust(afterMs)
    return (yield* Fiber.join(fiber)).code
  })

describe("the epoch of a writer", () => {
  it.effect("is one higher than the one before, and the same over all links of one run", () =>
    Effect.gen(function* () {
      const bucket = new MemoryEpochStore()
      const first = fenceOf("one")
      const second = fenceOf("one", { hasEnded: () => true })
      assert.strictEqual(yield* first.hold(bucket), true)
      assert.strictEqual(yield* first.hold(bucket), false)
      assert.strictEqual(first.epoch(), 1)
      assert.strictEqual(yield* second.hold(bucket), true)
      assert.strictEqual(second.epoch(), 2)
      assert.strictEqual((yield* Effect.flip(first.hold(bucket))).code, "PUBLISHER_FENCED")
    })
  )

  it.effect("is taken from a dead writer by one of two that want it, and the other learns which has it", () =>
    Effect.gen(function* () {
      const bucket = new MemoryEpochStore()
      yield* fenceOf("dead").hold(bucket)
      const wants = [fenceOf("two"), fenceOf("three")]
      const fibers = yield* Effect.forEach(wants, (fence) =>
        Effect.forkChild(
          Effect.raceFirst(
            Effect.andThen(
              fence.hold(bucket),
              fence.keep(bucket, () => undefined)
            ),
            Effect.as(Effect.sleep(30_000), "holds")
          ).pipe(Effect.catch(({ code }) => Effect.succeed(code)))
        )
      )
      yield* TestClock.adjust(31_000)
      const ends = yield* Effect.forEach(fibers, Fiber.join)
      assert.deepStrictEqual([...ends].sort(), ["WRITER_ACTIVE", "holds"])
      assert.strictEqual(bucket.record?.epoch, 2)
    })
  )

  it.effect(
    "is written again when the store forgot it or went back behind it, and lost to the same number of another",
    () =>
      Effect.gen(function* () {
        const bucket = new MemoryEpochStore()
        yield* fenceOf("one").hold(bucket)
        const fence = fenceOf("one", { hasEnded: () => true })
        yield* fence.hold(bucket)
        assert.strictEqual(fence.epoch(), 2)
        bucket.entry = undefined
        yield* fence.hold(bucket)
        assert.strictEqual(bucket.record?.epoch, 2)
        bucket.put({ epoch: 1, run: "earlier" })
        yield* fence.hold(bucket)
        assert.strictEqual(bucket.record?.epoch, 2)
        bucket.put({ run: "other" })
        assert.strictEqual((yield* Effect.flip(fence.hold(bucket))).code, "PUBLISHER_FENCED")
      })
  )

  it.effect("is not trusted for longer without a confirmation than another one waits for it", () =>
    Effect.gen(function* () {
      const bucket = new MemoryEpochStore()
      const fence = fenceOf("one")
      yield* fence.hold(bucket)
      bucket.isAway = true
      assert.strictEqual(
        yield* codeOf(
          fence.keep(bucket, () => undefined),
          4500
        ),
        "EPOCH_UNCONFIRMED"
      )
      assert.strictEqual(fence.lost(), undefined)
      // the outage was short: the next link finds the unchanged record
      bucket.isAway = false
      assert.strictEqual(yield* fence.hold(bucket), false)
    })
  )

  it.effect("is found lost by the next renewal at the latest, and reported before the link ends", () =>
    Effect.gen(function* () {
      const bucket = new MemoryEpochStore()
      const fence = fenceOf("one")
      yield* fence.hold(bucket)
      const told: Array<string> = []
      const keeping = yield* Effect.forkChild(Effect.flip(fence.keep(bucket, (sentence) => void told.push(sentence))))
      yield* TestClock.adjust(2500)
      const taker = yield* Effect.forkChild(fenceOf("two", byForce).hold(bucket))
      yield* TestClock.adjust(1000)
      assert.strictEqual((yield* Fiber.join(keeping)).code, "PUBLISHER_FENCED")
      assert.match(told.join(), /epoch 2, tickd two on h/)
      // the new writer has waited for that before it may send anything
      assert.isUndefined(taker.pollUnsafe())
      yield* TestClock.adjust(600)
      assert.strictEqual(yield* Fiber.join(taker), true)
      // a daemon that has lost it does not release it
      yield* fence.release(bucket)
      assert.strictEqual(bucket.record?.released, false)
    })
  )

  it.effect("may be taken by any daemon at once after it was released", () =>
    Effect.gen(function* () {
      const bucket = new MemoryEpochStore()
      const fence = fenceOf("one")
      yield* fence.hold(bucket)
      yield* fence.release(bucket)
      assert.strictEqual(yield* fenceOf("two").hold(bucket), true)
    })
  )

  it.effect("U1: is refused to a second daemon of the same name while the first one renews it", () =>
    Effect.gen(function* () {
      const bucket = new MemoryEpochStore()
      const first = fenceOf("one")
      yield* first.hold(bucket)
      const kept = yield* Effect.forkChild(first.keep(bucket, () => undefined))
      assert.strictEqual(yield* codeOf(fenceOf("one").hold(bucket), 6000), "WRITER_ACTIVE")
      assert.isUndefined(first.lost())
      assert.strictEqual(bucket.record?.epoch, 1)
      yield* Fiber.interrupt(kept)
    })
  )

  it.effect(
    "U1: of a killed daemon is taken by its next run once the lease has run out, whatever the wall clocks say",
    () =>
      Effect.gen(function* () {
        const bucket = new MemoryEpochStore()
        yield* fenceOf("one").hold(bucket)
        bucket.put({ renewed: Number.MAX_SAFE_INTEGER, since: 0 })
        const next = fenceOf("one")
        const taking = yield* Effect.forkChild(next.hold(bucket))
        yield* TestClock.adjust(4900)
        assert.isUndefined(taking.pollUnsafe())
        yield* TestClock.adjust(700)
        assert.strictEqual(yield* Fiber.join(taking), true)
        assert.strictEqual(next.epoch(), 2)
      })
  )

  it.effect("U1: does not count as dead over an outage of the broker, when its writer cannot renew it", () =>
    Effect.gen(function* () {
      const bucket = new MemoryEpochStore()
      yield* fenceOf("one").hold(bucket)
      const second = fenceOf("two")
      const asked = yield* Effect.forkChild(Effect.flip(second.hold(bucket)))
      yield* TestClock.adjust(3000)
      bucket.isAway = true
      yield* TestClock.adjust(3000)
      assert.strictEqual((yield* Fiber.join(asked)).code, "JETSTREAM_API")
      bucket.isAway = false
      // the next link starts the watch again
      const again = yield* Effect.forkChild(second.hold(bucket))
      yield* TestClock.adjust(4900)
      assert.isUndefined(again.pollUnsafe())
      yield* TestClock.adjust(700)
      assert.strictEqual(yield* Fiber.join(again), true)
    })
  )

  /** `first` has lost the stream to `second`, which renews it. */
  const takenOver = Effect.fnUntraced(function* (bucket: MemoryEpochStore) {
    const first = fenceOf("one", { home: "here" })
    yield* first.hold(bucket)
    const second = fenceOf("one", byForce)
    const taking = yield* Effect.forkChild(second.hold(bucket))
    yield* TestClock.adjust(1500)
    yield* Fiber.join(taking)
    assert.strictEqual((yield* Effect.flip(first.hold(bucket))).code, "PUBLISHER_FENCED")
    const kept = yield* Effect.forkChild(second.keep(bucket, () => undefined))
    const back = yield* Effect.forkChild(first.regain(bucket))
    yield* TestClock.adjust(60_000)
    assert.isUndefined(back.pollUnsafe())
    assert.isDefined(first.lost())
    return { first, second, kept, back }
  })

  it.effect("U1: is taken back by the daemon that lost it when its writer has released it, and no sooner", () =>
    Effect.gen(function* () {
      const bucket = new MemoryEpochStore()
      const { first, second, kept, back } = yield* takenOver(bucket)
      yield* Fiber.interrupt(kept)
      yield* second.release(bucket)
      yield* TestClock.adjust(600)
      const { epoch, message } = yield* Fiber.join(back)
      assert.strictEqual(epoch, 3)
      assert.match(message, /^tickd one on h \(pid 1, epoch 2\) has released it: this daemon writes MD_TICKS again/)
      assert.isUndefined(first.lost())
      assert.strictEqual(yield* first.held, 3)
      assert.strictEqual(bucket.record?.epoch, 3)
      // another daemon wrote since: what this one had spooled before is of another row
      assert.strictEqual(first.row(), 3)
      assert.strictEqual(yield* first.hold(bucket), false)
    })
  )

  it.effect("U1: is taken back when its writer was killed, once the lease has run out", () =>
    Effect.gen(function* () {
      const bucket = new MemoryEpochStore()
      const { kept, back } = yield* takenOver(bucket)
      yield* Fiber.interrupt(kept)
      yield* TestClock.adjust(4000)
      assert.isUndefined(back.pollUnsafe())
      yield* TestClock.adjust(2500)
      assert.match((yield* Fiber.join(back)).message, /has not renewed its lease for 5000 ms/)
    })
  )

  it.effect("U1: may be lost and taken back again and again, and each loss is reported", () =>
    Effect.gen(function* () {
      const bucket = new MemoryEpochStore()
      const { first, second, kept, back } = yield* takenOver(bucket)
      yield* Fiber.interrupt(kept)
      yield* second.release(bucket)
      yield* TestClock.adjust(600)
      yield* Fiber.join(back)
      const reported: Array<string> = []
      const keeping = yield* Effect.forkChild(
        Effect.flip(first.keep(bucket, (sentence) => void reported.push(sentence)))
      )
      const third = yield* Effect.forkChild(fenceOf("three", byForce).hold(bucket))
      yield* TestClock.adjust(1500)
      yield* Fiber.join(third)
      assert.strictEqual((yield* Fiber.join(keeping)).code, "PUBLISHER_FENCED")
      assert.match(reported.join(), /epoch 4, tickd three/)
      assert.match(yield* first.whenLost, /tickd three/)
    })
  )
})
