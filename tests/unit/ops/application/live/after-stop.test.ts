// A stop that succeeded stays one: what cannot be archived or removed is an error in the log.
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { afterStop } from "../../../../../src/ops/application/live/after-stop.ts"
import { RunLog } from "../../../../../src/ops/ports/run-log.ts"
import { StopFiles, StopFilesError } from "../../../../../src/ops/ports/stop-files.ts"

const linesOf = (files: StopFiles["Service"]) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const write = (level: string, message: string) => Effect.sync(() => void lines.push(`${level} ${message}`))
    const log = Layer.succeed(RunLog, { write, mark: write, follow: () => Effect.void })
    yield* Effect.provide(afterStop, Layer.merge(log, Layer.succeed(StopFiles, files)))
    return lines
  })
const refused = (message: string) => Effect.fail(new StopFilesError({ message }))

it.effect("removes the secrets, then archives, and names both", () =>
  Effect.gen(function* () {
    const lines = yield* linesOf({
      archive: Effect.succeed("logs/archive/20261130_runbook.tar.gz"),
      removeSecrets: Effect.succeed([".env.runtime"])
    })
    assert.deepStrictEqual(lines, [
      "INFO .env.runtime is removed",
      "INFO The logs are archived in logs/archive/20261130_runbook.tar.gz"
    ])
  })
)

it.effect("does each of them when the other one fails, and succeeds", () =>
  Effect.gen(function* () {
    const archived = yield* linesOf({ archive: Effect.succeed("a"), removeSecrets: refused("not removed: remove it") })
    assert.deepStrictEqual(archived, ["ERROR not removed: remove it", "INFO The logs are archived in a"])
    const removed = yield* linesOf({ archive: refused("no tar: install it"), removeSecrets: Effect.succeed(["b"]) })
    assert.deepStrictEqual(removed, ["INFO b is removed", "ERROR no tar: install it"])
  })
)
