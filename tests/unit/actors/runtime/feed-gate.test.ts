// The standby of a cold pair must not hold a login: a feed runs only while its gate is open, and has stopped when it
// closes.
import { assert, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { makeFeedGate } from "../../../../actors/runtime/feed-gate.ts"

const bodyWith = (log: Array<string>) =>
  Effect.gen(function* () {
    yield* Effect.addFinalizer(() =>
      Effect.andThen(
        Effect.sleep(100),
        Effect.sync(() => void log.push("stopped"))
      )
    )
    log.push("started")
    return yield* Effect.never
  })

it.effect("runs what is behind it while it is open, and waits for its stop before the next start", () =>
  Effect.gen(function* () {
    const log: Array<string> = []
    const gate = makeFeedGate()
    gate.close()
    const fiber = yield* Effect.forkChild(gate.whileOpen(bodyWith(log)))
    yield* TestClock.adjust(20)
    assert.deepStrictEqual(log, [])
    gate.open()
    yield* TestClock.adjust(20)
    assert.deepStrictEqual(log, ["started"])
    gate.close()
    yield* TestClock.adjust(99)
    assert.deepStrictEqual(log, ["started"])
    yield* TestClock.adjust(1)
    yield* gate.stopped
    assert.deepStrictEqual(log, ["started", "stopped"])
    gate.open()
    yield* TestClock.adjust(20)
    gate.close()
    gate.open()
    yield* TestClock.adjust(200)
    assert.deepStrictEqual(log, ["started", "stopped", "started", "stopped", "started"])
    const interrupted = yield* Effect.forkChild(Fiber.interrupt(fiber))
    yield* TestClock.adjust(100)
    yield* Fiber.join(interrupted)
    assert.strictEqual(log.at(-1), "stopped")
    assert.isTrue(gate.isOpen())
  })
)

it.effect("lets the end of what is behind it through, so that its supervisor counts it", () =>
  Effect.gen(function* () {
    const gate = makeFeedGate()
    const error = yield* Effect.flip(gate.whileOpen(Effect.fail("the worker is gone")))
    assert.strictEqual(error, "the worker is gone")
  })
)
