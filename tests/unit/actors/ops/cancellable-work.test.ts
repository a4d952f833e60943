// A rollback that begins while the failed stage still works would mix two states: cancelled work must have stopped.
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { makeWork } from "../../../../actors/ops/cancellable-work.ts"

it.effect("waits until cancelled work has stopped", () =>
  Effect.gen(function* () {
    const work = yield* makeWork
    const seen: Array<string> = []
    const slowToStop = Effect.never.pipe(
      Effect.onInterrupt(() =>
        Effect.andThen(
          Effect.sleep(500),
          Effect.sync(() => void seen.push("stopped"))
        )
      )
    )
    yield* Effect.forkChild(work.run)
    yield* work.begin(slowToStop)
    yield* TestClock.adjust(1)
    const next = Effect.sync(() => void seen.push("next"))
    yield* Effect.forkChild(Effect.andThen(work.cancel, work.begin(next)))
    yield* TestClock.adjust(100)
    assert.deepStrictEqual(seen, [])
    yield* TestClock.adjust(400)
    yield* TestClock.adjust(1)
    assert.deepStrictEqual(seen, ["stopped", "next"])
  })
)

it.effect("does not begin work that was cancelled before its turn", () =>
  Effect.gen(function* () {
    const work = yield* makeWork
    let began = 0
    yield* work.begin(Effect.sync(() => void began++))
    yield* Effect.forkChild(work.cancel)
    yield* TestClock.adjust(1)
    yield* Effect.forkChild(work.run)
    yield* TestClock.adjust(1)
    assert.strictEqual(began, 0)
    yield* work.begin(Effect.sync(() => void began++))
    yield* TestClock.adjust(1)
    assert.strictEqual(began, 1)
  })
)

it.effect("has nothing to cancel before any work, and after it has ended", () =>
  Effect.gen(function* () {
    const work = yield* makeWork
    yield* work.cancel
    yield* Effect.forkChild(work.run)
    yield* work.begin(Effect.void)
    yield* TestClock.adjust(1)
    yield* work.cancel
    yield* work.cancel
  })
)
