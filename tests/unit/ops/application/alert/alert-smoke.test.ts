// A value that stays in the Pushgateway fires the alert of the runbooks all night: whatever happens, it is reset.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { alertSmoke } from "../../../../../src/ops/application/alert/alert-smoke.ts"
import { AlertPath, AlertPathError } from "../../../../../src/ops/ports/alert-path.ts"

const series = { metric: "m", job: "alert_smoke", instance: "x" }
const wanted = { value: 9, resetValue: 0, waitMs: 3000 }
const fault = new AlertPathError({ message: "away" })

/** A path with scrapes every 15 s that shows `observed` from `fromMs` on. */
const pathOf = (observed: number | undefined, fromMs: number, fails: "push" | "read" | "none" = "none") => {
  const pushed: Array<number> = []
  let looks = 0
  const layer = Layer.succeed(AlertPath, {
    push: (_, value) =>
      Effect.suspend(() => (pushed.push(value), fails === "push" ? Effect.fail(fault) : Effect.succeed(1))),
    read: () =>
      Effect.suspend(() =>
        fails === "read" ? Effect.fail(fault) : Effect.succeed(looks++ * 250 >= fromMs ? observed : undefined)
      ),
    scrapeIntervalMs: Effect.succeed(15_000)
  })
  return { layer, pushed }
}

const run = ({ layer }: ReturnType<typeof pathOf>, forMs: number) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(Effect.exit(alertSmoke(series, wanted).pipe(Effect.provide(layer))))
    yield* TestClock.adjust(forMs)
    return fiber.pollUnsafe() ?? (yield* Effect.as(Fiber.interrupt(fiber), undefined))
  })

describe("the smoke test", () => {
  it.effect("waits a scrape longer than asked, and resets", () =>
    Effect.gen(function* () {
      const path = pathOf(9.0000001, 17_000)
      const exit = yield* run(path, 17_500)
      assert.deepStrictEqual(exit, Exit.succeed(Exit.succeed({ observed: Option.some(9.0000001), isThere: true })))
      assert.deepStrictEqual(path.pushed, [9, 0])
    })
  )

  it.effect("gives up after that with what it saw, and resets", () =>
    Effect.gen(function* () {
      const path = pathOf(8, 0)
      const exit = yield* run(path, 18_500)
      assert.deepStrictEqual(exit, Exit.succeed(Exit.succeed({ observed: Option.some(8), isThere: false })))
      assert.deepStrictEqual(path.pushed, [9, 0])
    })
  )

  it.effect("resets after a fault and after an interruption", () =>
    Effect.gen(function* () {
      for (const fails of ["push", "read"] as const) {
        const path = pathOf(9, 0, fails)
        const exit = yield* run(path, 100)
        assert.deepStrictEqual(exit, Exit.succeed(Exit.fail(fault)), fails)
        assert.deepStrictEqual(path.pushed, [9, 0], fails)
      }
      const path = pathOf(undefined, 0)
      assert.isUndefined(yield* run(path, 1000))
      assert.deepStrictEqual(path.pushed, [9, 0])
    })
  )
})
