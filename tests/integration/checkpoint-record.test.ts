// The log on a real disk, and operators over a real receiver: what a checkpoint leaves behind.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Result } from "effect"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { checkpointLogFile } from "../../src/ops/adapters/files/checkpoint-log-file.ts"
import { checkpointRecordOf } from "../../src/ops/domain/checkpoint/checkpoint-record.ts"
import { operatorsLayer } from "../../src/ops/layers/live/operators-layer.ts"
import { CheckpointLog } from "../../src/ops/ports/checkpoint-log.ts"
import { Operators } from "../../src/ops/ports/operators.ts"
import { checkpointRunOf } from "../support/checkpoint-run.ts"
import { answer, startReceiver } from "../support/notify-receiver.ts"

let base = ""
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "tickd-checkpoint-"))
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

const recordAt = (at: string) => checkpointRecordOf(checkpointRunOf({ at }), [])

describe("t5_checkpoint.log", () => {
  const folder = () => join(base, "logs", "runbooks")
  const path = () => join(folder(), "t5_checkpoint.log")
  const withLog = <A, E>(use: (log: typeof CheckpointLog.Service) => Effect.Effect<A, E>) =>
    Effect.runPromise(Effect.result(Effect.provide(Effect.flatMap(CheckpointLog, use), checkpointLogFile(folder()))))
  const append = (at: string) => withLog((log) => log.append(recordAt(at)))
  const latest = () => withLog((log) => log.latest)

  it("has a line for each checkpoint, and is read back", async () => {
    assert.deepStrictEqual(await latest(), Result.succeed([]))
    await append("08:50:00")
    await append("08:52:00")
    assert.deepStrictEqual(await latest(), Result.succeed([recordAt("08:50:00"), recordAt("08:52:00")]))
    assert.deepStrictEqual(readFileSync(path(), "utf8").trimEnd().split("\n").length, 2)
  })

  it("loses no record to a line that was cut, and reads only its end", async () => {
    await append("08:50:00")
    appendFileSync(path(), '{"timestamp":"2026')
    await append("08:52:00")
    assert.deepStrictEqual(await latest(), Result.succeed([recordAt("08:50:00"), recordAt("08:52:00")]))
    const line = readFileSync(path(), "utf8").split("\n")[0] ?? ""
    writeFileSync(path(), `${line}\n`.repeat(2000))
    const found = Result.getOrThrow(await latest())
    assert.isAbove(found.length, 100)
    assert.isBelow(found.length, 2000)
  })

  it("follows no link, and says what cannot be written", async () => {
    await append("08:50:00")
    rmSync(path())
    symlinkSync(join(base, "elsewhere"), path())
    const result = await append("08:52:00")
    assert.include(Result.isFailure(result) ? result.failure.message : "", `The line of ${path()} is missing (ELOOP)`)
  })
})

describe("operators", () => {
  const request = checkpointRunOf().request
  const tell = (variables: Readonly<Record<string, string>>, message = "late\n迟到") => {
    const news = { tag: "t5_checkpoint_late", code: 0, message, request }
    const layer = operatorsLayer({ variables, stateDir: base, instance: "md-live" })
    return Effect.runPromise(
      Effect.provide(
        Effect.flatMap(Operators, (operators) => operators.notify(news)),
        layer
      )
    )
  }

  it("get the news in both languages, without the secrets of its channels", async () => {
    const receiver = await startReceiver(answer(200, "ok"))
    const url = `${receiver.origin}/services/T0001/B0001/Tok3n-7f3a9c2e5b`
    const notes = await tell({ TICKD_NOTIFY_SLACK_URL: url }, "late Tok3n-7f3a9c2e5b\n迟到").finally(receiver.close)
    assert.deepStrictEqual(notes, [])
    const body = receiver.received[0]?.body ?? ""
    assert.include(body, "WARNING")
    assert.include(body, "the T-5 deadline has passed")
    assert.include(body, "迟到")
    assert.notInclude(body, "Tok3n")
  })

  it("says which channel failed, and why", async () => {
    const receiver = await startReceiver(answer(404, "no_service"))
    const notes = await tell({ TICKD_NOTIFY_SLACK_URL: `${receiver.origin}/services/a/b/c` }).finally(receiver.close)
    assert.match(notes.join(), /^slack was not notified: /)
    assert.match((await tell({})).join(), /^No operator was notified: no channel is configured/)
    assert.match(
      (await tell({ TICKD_NOTIFY_SLACK_URL: "nowhere" })).join(),
      /^No operator was notified: .*TICKD_NOTIFY_SLACK_URL/s
    )
  })
})
