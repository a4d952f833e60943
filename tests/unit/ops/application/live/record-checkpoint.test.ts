// An alarm on a holiday is switched off by the next one; a checkpoint that failed in silence costs the open.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { recordCheckpoint } from "../../../../../src/ops/application/live/record-checkpoint.ts"
import {
  type CheckpointRecord,
  checkpointRecordOf
} from "../../../../../src/ops/domain/checkpoint/checkpoint-record.ts"
import { CheckpointLog, CheckpointLogError } from "../../../../../src/ops/ports/checkpoint-log.ts"
import { MetricsPush, type PushedValues } from "../../../../../src/ops/ports/metrics-push.ts"
import { type OperatorNews, Operators } from "../../../../../src/ops/ports/operators.ts"
import { RunLog } from "../../../../../src/ops/ports/run-log.ts"
import { checkpointRunOf, failedRun } from "../../../../support/checkpoint-run.ts"

const twins = (options: { readonly earlier?: ReadonlyArray<CheckpointRecord>; readonly isLogAway?: boolean } = {}) => {
  const kept: Array<CheckpointRecord> = []
  const pushed: Array<PushedValues> = []
  const news: Array<OperatorNews> = []
  const lines: Array<string> = []
  const write = (level: string, line: string) => Effect.sync(() => void lines.push(`${level} ${line}`))
  const away = Effect.fail(new CheckpointLogError({ message: "No space left" }))
  const layer = Layer.mergeAll(
    Layer.succeed(CheckpointLog, {
      latest: options.isLogAway === true ? away : Effect.succeed(options.earlier ?? []),
      append: (record) => (options.isLogAway === true ? away : Effect.sync(() => void kept.push(record)))
    }),
    Layer.succeed(MetricsPush, { push: (values) => Effect.sync(() => void pushed.push(values)) }),
    Layer.succeed(Operators, {
      notify: (one) =>
        Effect.sync(() => {
          news.push(one)
          return ["slack was not notified: timeout"]
        })
    }),
    Layer.succeed(RunLog, { write, mark: write, follow: () => Effect.void })
  )
  return { kept, pushed, news, lines, layer }
}

const record = (given: Parameters<typeof checkpointRunOf>[0], world: ReturnType<typeof twins>) =>
  Effect.gen(function* () {
    const { endMs, ...run } = checkpointRunOf(given)
    yield* TestClock.setTime(endMs)
    return yield* Effect.provide(recordCheckpoint(run), world.layer)
  })

describe("recordCheckpoint", () => {
  it.effect("keeps and pushes a checkpoint that passed in time, and notifies no operator", () =>
    Effect.gen(function* () {
      const world = twins()
      yield* record({}, world)
      assert.deepStrictEqual(world.pushed, [{ md_t5_checkpoint_status: 1 }])
      assert.deepStrictEqual(world.kept[0]?.status, "passed")
      assert.deepStrictEqual(world.news, [])
      assert.match(world.lines.join(), /^INFO T-5 checkpoint of the day session passed at 08:51:00[^,]*,[^,]*$/)
    })
  )

  it.effect("pushes 0 and notifies operators in both languages when a check failed", () =>
    Effect.gen(function* () {
      const world = twins()
      yield* record({ result: failedRun }, world)
      assert.deepStrictEqual(world.pushed, [{ md_t5_checkpoint_status: 0 }])
      assert.deepInclude(world.news[0], { tag: "t5_checkpoint", code: 3 })
      assert.match(world.news[0]?.message ?? "", /failed at 08:51:00.*\n日盘 T-5 检查未通过/)
      assert.strictEqual(world.lines.at(-1), "ERROR slack was not notified: timeout")
    })
  )

  it.effect("pushes 0 and notifies operators when every check held too late", () =>
    Effect.gen(function* () {
      const world = twins()
      yield* record({ at: "08:56:00" }, world)
      assert.deepStrictEqual(world.pushed, [{ md_t5_checkpoint_status: 0 }])
      assert.deepInclude(world.news[0], { tag: "t5_checkpoint_late", code: 0 })
    })
  )

  it.effect("is content with a later run of a session that had passed in time", () =>
    Effect.gen(function* () {
      const world = twins({ earlier: [checkpointRecordOf(checkpointRunOf(), [])] })
      yield* record({ at: "10:00:00" }, world)
      assert.deepStrictEqual(world.pushed, [{ md_t5_checkpoint_status: 1 }])
      assert.deepStrictEqual(world.news, [])
    })
  )

  it.effect.each([
    ["a day without the session", { at: "10:00:00", result: { end: "noSession" } }],
    ["Ctrl-C", { result: { end: "interrupted", exit: "interrupted" } }],
    ["a mock", { request: { mock: true }, result: failedRun }]
  ] as const)("keeps a line of %s, and neither pushes nor notifies", ([, given]) =>
    Effect.gen(function* () {
      const world = twins()
      yield* record(given, world)
      assert.deepStrictEqual([world.kept.length, world.pushed, world.news], [1, [], []])
    })
  )

  it.effect("pushes and notifies all the same when its log cannot be written", () =>
    Effect.gen(function* () {
      const world = twins({ isLogAway: true })
      yield* record({ result: failedRun }, world)
      assert.deepStrictEqual([world.pushed.length, world.news.length], [1, 1])
      assert.deepStrictEqual(world.lines.slice(0, 2), ["ERROR No space left", "ERROR No space left"])
    })
  )
})
