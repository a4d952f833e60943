// The restart of a dead nats-server must not vanish from the tree because its child waits for the cause by itself.

import { assert, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { lasting } from "../../../../../actors/market/lasting-child.ts"
import { Registry } from "../../../../../actors/runtime/registry.ts"
import { countedRestarts } from "../../../../../src/market/layers/causes/counted-restarts.ts"

it.effect(
  "what had served and ends is one restart of the tree with its sentence; failed attempts after it are none",
  () =>
    Effect.gen(function* () {
      const registry = new Registry()
      let starts = 0
      const body = (ready: Effect.Effect<void>) =>
        Effect.gen(function* () {
          starts++
          if (starts === 2) return yield* Effect.fail(new Error("Port 4222 is in use"))
          yield* ready
          // The pauses before the second and the third start vary: the third one must still run at the check.
          yield* Effect.sleep(starts === 1 ? 1000 : 60_000)
          return yield* Effect.fail(new Error(`nats-server ${starts} died`))
        })
      const child = lasting(
        {
          reports: { failed: () => undefined, worked: () => undefined },
          ...countedRestarts(registry, () => 0)("broker"),
          isFatal: () => false,
          monotonicMs: () => 0
        },
        body
      )
      const fiber = yield* Effect.forkChild(Effect.scoped(child(Effect.void)))
      const stateOf = () => registry.children().find(({ path }) => path === "root/broker")
      yield* TestClock.adjust(1000)
      assert.strictEqual(stateOf()?.state, "backing off")
      yield* TestClock.adjust(1500)
      assert.deepStrictEqual([starts, stateOf()?.state, stateOf()?.restarts], [3, "running", 1])
      const [restart, ...more] = registry.restartHistory()
      assert.deepStrictEqual(
        [restart?.path, restart?.reason, restart?.restartsMax],
        ["root/broker", "nats-server 1 died", 0]
      )
      assert.deepStrictEqual(more, [])
      yield* Fiber.interrupt(fiber)
    })
)
