// Queries must be answered while commands wait and while the daemon drains, and no flood may take its memory.
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { makeRequestLimits } from "../../../../src/platform/control/request-limits.ts"
import { makeRequestRunner } from "../../../../src/platform/control/request-runner.ts"
import { commandLimit, queryLimit } from "../../../../src/protocol/control/command-spec.ts"

const start = () => {
  const bugs: Array<string> = []
  return { bugs, runner: makeRequestRunner({ onBug: (cause) => bugs.push(String(cause)) }) }
}

describe("the runner of requests", () => {
  it.effect("runs requests side by side, and refuses one more than the maximum of its kind", () =>
    Effect.gen(function* () {
      const { runner } = start()
      const kind = { name: "commands", inProgressMax: 3 }
      const end = yield* Deferred.make<void>()
      let ended = 0
      const slow = Effect.andThen(
        Deferred.await(end),
        Effect.sync(() => ended++)
      )
      yield* Effect.forkChild(runner.during(Effect.never))
      const taken = Array.from({ length: 5 }, () => runner.offer(kind, slow))
      assert.deepStrictEqual(taken, [true, true, true, false, false])
      let answered = false
      assert.isTrue(
        runner.offer(
          { name: "queries", inProgressMax: 1 },
          Effect.sync(() => {
            answered = true
          })
        )
      )
      yield* TestClock.adjust(1)
      assert.isTrue(answered)
      assert.strictEqual(ended, 0)
      yield* Deferred.succeed(end, undefined)
      yield* TestClock.adjust(1)
      assert.strictEqual(ended, 3)
      assert.isTrue(runner.offer(kind, slow))
    })
  )

  it.effect("goes on after a bug in a request, which is reported", () =>
    Effect.gen(function* () {
      const { bugs, runner } = start()
      let answered = 0
      yield* Effect.forkChild(runner.during(Effect.never))
      runner.post(Effect.die(new Error("a bug")))
      runner.post(Effect.sync(() => answered++))
      yield* TestClock.adjust(1)
      runner.post(Effect.sync(() => answered++))
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(bugs, ["Error: a bug"])
      assert.strictEqual(answered, 2)
    })
  )

  it.effect("answers while what it runs beside drains after an interruption, and ends with it", () =>
    Effect.gen(function* () {
      const { runner } = start()
      const steps: Array<string> = []
      const note = (step: string) => Effect.sync(() => void steps.push(step))
      const drains = Effect.onInterrupt(Effect.never, () => Effect.andThen(Effect.sleep(5000), note("drained")))
      const daemon = yield* Effect.forkChild(runner.during(drains))
      yield* TestClock.adjust(1)
      const stop = yield* Effect.forkChild(Fiber.interrupt(daemon))
      yield* TestClock.adjust(2000)
      runner.post(note("answered while it drains"))
      runner.post(Effect.onInterrupt(Effect.never, () => note("cut off")))
      yield* TestClock.adjust(2000)
      assert.deepStrictEqual(steps, ["answered while it drains"])
      yield* TestClock.adjust(2000)
      yield* Fiber.join(stop)
      assert.deepStrictEqual(steps, ["answered while it drains", "drained", "cut off"])
      runner.post(note("after the end"))
      yield* TestClock.adjust(1)
      assert.notInclude(steps, "after the end")
    })
  )

  it.effect("passes on how the other side ended", () =>
    Effect.gen(function* () {
      const { runner } = start()
      assert.strictEqual(yield* runner.during(Effect.succeed(7)), 7)
      assert.strictEqual(yield* Effect.flip(runner.during(Effect.fail("gave up"))), "gave up")
    })
  )
})

describe("the limits of requests", () => {
  it("one bucket for all commands; an emergency waits for no other command, and every refusal is counted", () => {
    const { runner } = start()
    let nowMs = 0
    let refused = 0
    const limits = makeRequestLimits({ instance: "t1", runner, nowMs: () => nowMs, onRateLimited: () => refused++ })
    const subscribe = limits({ emergency: false, limit: commandLimit })
    const failover = limits({ emergency: true, limit: commandLimit })
    const status = limits({ emergency: false, limit: queryLimit })
    for (let count = 0; count < 60; count++) assert.isUndefined(subscribe(Effect.never))
    assert.match(failover(Effect.never)?.message ?? "", /^Rate limit exceeded: t1 takes 20 commands a second, ask/)
    assert.isUndefined(status(Effect.never))
    // Nothing runs them: 250 commands are in progress.
    for (let count = 60; count < 250; count++) {
      nowMs += 50
      assert.isUndefined(subscribe(Effect.never))
    }
    nowMs += 100
    assert.match(subscribe(Effect.never)?.message ?? "", /^Rate limit exceeded: t1 has 250 commands in progress, ask/)
    assert.isUndefined(failover(Effect.never))
    assert.strictEqual(refused, 2)
  })
})
