import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { runRetention } from "../../../../../src/ops/application/retention/run-retention.ts"
import type { RetentionKind } from "../../../../../src/ops/domain/retention/retention-rule.ts"
import { RetentionError, RetentionFiles } from "../../../../../src/ops/ports/retention-files.ts"

const dayMs = 86_400_000
const keepDays = { runbook: 30, screenshot: 7, incident: 90 }

/** Files by their age in days. `stuck` cannot be deleted, `busy` has changed since it was listed. */
const folders = (
  ages: Partial<Record<RetentionKind, Readonly<Record<string, number>>>>,
  faults: { readonly stuck?: string; readonly busy?: string; readonly refused?: RetentionKind } = {}
) => {
  const removed: Array<string> = []
  const layer = Layer.succeed(RetentionFiles, {
    list: (kind) =>
      kind === faults.refused
        ? Effect.fail(new RetentionError({ code: "FOLDER_IS_SYMLINK", message: `${kind} is a link` }))
        : Effect.succeed({
            files: Object.entries(ages[kind] ?? {}).map(([path, days]) => ({
              path,
              bytes: 10,
              modifiedMs: (1000 - days) * dayMs
            })),
            skipped: 0,
            folders: 1
          }),
    remove: (_, { path }) => {
      if (path === faults.stuck) return Effect.fail(new RetentionError({ code: "FILE_NOT_DELETED", message: path }))
      if (path === faults.busy) return Effect.succeed(false)
      removed.push(path)
      return Effect.succeed(true)
    }
  })
  return { removed, layer }
}
const atDay1000 = TestClock.setTime(1000 * dayMs)

it.effect("deletes by the limit of each kind, and counts files and bytes", () =>
  Effect.gen(function* () {
    yield* atDay1000
    const { layer, removed } = folders({
      runbook: { a: 1, b: 31, c: 40 },
      screenshot: { p: 1, q: 8 },
      incident: { i: 80, j: 91 }
    })
    const report = yield* Effect.provide(runRetention(keepDays, false), layer)
    assert.deepStrictEqual(removed, ["c", "b", "q", "j"])
    assert.deepInclude(report, { dry_run: false, deleted: 4, bytes: 40, failures: 0, folders: 3 })
    assert.deepInclude(report.kinds[0], { kind: "runbook", found: 3, kept: 1, deleted: ["c", "b"] })
  })
)

it.effect("deletes nothing in a dry run, and names the same files", () =>
  Effect.gen(function* () {
    yield* atDay1000
    const { layer, removed } = folders({ runbook: { a: 1, b: 31 } })
    const report = yield* Effect.provide(runRetention(keepDays, true), layer)
    assert.deepStrictEqual(removed, [])
    assert.deepStrictEqual(report.kinds[0]?.deleted, ["b"])
  })
)

it.effect("deletes nothing anywhere when one folder is refused", () =>
  Effect.gen(function* () {
    yield* atDay1000
    const { layer, removed } = folders({ runbook: { a: 1, b: 31 } }, { refused: "incident" })
    const error = yield* Effect.flip(Effect.provide(runRetention(keepDays, false), layer))
    assert.strictEqual(error.code, "FOLDER_IS_SYMLINK")
    assert.deepStrictEqual(removed, [])
  })
)

it.effect("goes on after a file that cannot be deleted, and after one that changed", () =>
  Effect.gen(function* () {
    yield* atDay1000
    const { layer, removed } = folders({ runbook: { new: 1, a: 31, b: 32, c: 33 } }, { stuck: "c", busy: "b" })
    const report = yield* Effect.provide(runRetention(keepDays, false), layer)
    assert.deepStrictEqual(removed, ["a"])
    assert.deepInclude(report.kinds[0], { deleted: ["a"], bytes: 10, changed: 1, failures: ["c"], kept: 3 })
    assert.strictEqual(report.failures, 1)
  })
)
