// A commit waits for the disk. Requests that wait together share one, and none fails for another one's fault.
import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Semaphore } from "effect"
import { makeSharedCommits } from "../../../../../src/trading/adapters/store/shared-commits.ts"

const world = (fails: (input: number) => boolean = () => false) => {
  const commits: Array<ReadonlyArray<number>> = []
  const lock = Semaphore.makeUnsafe(1)
  const share = makeSharedCommits(lock, (inputs: ReadonlyArray<number>) =>
    Effect.suspend(() => {
      commits.push(inputs)
      const bad = inputs.find(fails)
      return bad === undefined ? Effect.succeed(inputs.map((input) => `done ${input}`)) : Effect.fail(`bad ${bad}`)
    })
  )
  return { commits, lock, share }
}
const inputs = Array.from({ length: 100 }, (_, at) => at)

it.effect("100 requests at once share two transactions, each with its own answer, in their order", () =>
  Effect.gen(function* () {
    const { commits, share } = world()
    const answers = yield* Effect.forEach(inputs, share, { concurrency: 100 })
    assert.deepStrictEqual(
      answers,
      inputs.map((input) => `done ${input}`)
    )
    assert.deepStrictEqual(
      commits.map(({ length }) => length),
      [64, 36]
    )
    assert.deepStrictEqual(commits.flat(), inputs)
  })
)

it.effect("a request that fails does not fail those beside it", () =>
  Effect.gen(function* () {
    const { commits, share } = world((input) => input === 3)
    const answers = yield* Effect.forEach(inputs.slice(0, 6), (input) => Effect.result(share(input)), {
      concurrency: 6
    })
    assert.deepStrictEqual(
      answers.map((answer) => (answer._tag === "Success" ? answer.success : answer.failure)),
      ["done 0", "done 1", "done 2", "bad 3", "done 4", "done 5"]
    )
    assert.deepStrictEqual(commits, [[0, 1, 2, 3, 4, 5], [0], [1], [2], [3], [4], [5]])
  })
)

it.effect("one that must not be repeated fails with the shared transaction, and the rest is carried out", () =>
  Effect.gen(function* () {
    const commits: Array<ReadonlyArray<number>> = []
    const share = makeSharedCommits(
      Semaphore.makeUnsafe(1),
      (inputs: ReadonlyArray<number>) =>
        Effect.suspend(() => {
          commits.push(inputs)
          return inputs.length > 1 ? Effect.fail("lost") : Effect.succeed(inputs)
        }),
      (input) => input !== 1
    )
    const answers = yield* Effect.forEach([0, 1, 2], (input) => Effect.result(share(input)), { concurrency: 3 })
    assert.deepStrictEqual(
      answers.map((answer) => (answer._tag === "Success" ? answer.success : answer.failure)),
      [0, "lost", 2]
    )
    assert.deepStrictEqual(commits, [[0, 1, 2], [0], [2]])
  })
)

it.effect("one that is interrupted while it waits is not carried out, and holds nothing up", () =>
  Effect.gen(function* () {
    const { commits, lock, share } = world()
    const gate = yield* Deferred.make<void>()
    const holder = yield* Effect.forkChild(lock.withPermit(Deferred.await(gate)))
    yield* Effect.yieldNow
    const [first, second] = [yield* Effect.forkChild(share(1)), yield* Effect.forkChild(share(2))]
    yield* Effect.yieldNow
    yield* Fiber.interrupt(first)
    yield* Deferred.succeed(gate, undefined)
    assert.strictEqual(yield* Fiber.join(second), "done 2")
    yield* Fiber.join(holder)
    assert.deepStrictEqual(commits, [[2]])
  })
)
