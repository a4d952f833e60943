// After the close the logs of the day are in one archive, and no file of secrets is left. An archive is never replaced.
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, assert, beforeEach, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { stopFiles } from "../../src/ops/adapters/files/stop-files.ts"
import { StopFiles } from "../../src/ops/ports/stop-files.ts"
import { liveSettings } from "../support/live-settings.ts"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tickd-stop-"))
  for (const name of ["runbooks", "soak"]) mkdirSync(join(folder, "logs", name), { recursive: true })
  writeFileSync(join(folder, "logs", "runbooks", "start_live_env.log"), "first\n")
  writeFileSync(join(folder, "logs", "soak", "summary.json"), "{}")
})
afterEach(() => rmSync(folder, { recursive: true }))

const use = <A, E>(work: (files: StopFiles["Service"]) => Effect.Effect<A, E>, secrets: ReadonlyArray<string> = []) =>
  Effect.flatMap(StopFiles, work).pipe(
    Effect.provide(
      stopFiles(liveSettings({ logDir: join(folder, "logs", "runbooks"), runDir: join(folder, "run") }), secrets)
    )
  )
const textIn = (archive: string, name: string) => execFileSync("tar", ["-xzOf", archive, name], { encoding: "utf8" })

it.effect("archives both folders under the date of Shanghai, and keeps the archive of an earlier stop", () =>
  Effect.gen(function* () {
    yield* TestClock.setTime(Date.parse("2026-11-30T16:30:00Z"))
    const first = yield* use(({ archive }) => archive)
    assert.strictEqual(first, join(folder, "logs", "archive", "20261201_runbook.tar.gz"))
    writeFileSync(join(folder, "logs", "runbooks", "start_live_env.log"), "second\n")
    const second = yield* use(({ archive }) => archive)
    assert.strictEqual(second, join(folder, "logs", "archive", "20261201_runbook.2.tar.gz"))
    assert.strictEqual(statSync(first).mode & 0o007, 0, "not for every user, as the logs in it")
    assert.strictEqual(textIn(first, "runbooks/start_live_env.log"), "first\n")
    assert.strictEqual(textIn(second, "runbooks/start_live_env.log"), "second\n")
    assert.strictEqual(textIn(second, "soak/summary.json"), "{}")
    assert.lengthOf(readdirSync(join(folder, "logs", "archive")), 2)
  })
)

it.effect("archives without a folder of soaks", () =>
  Effect.gen(function* () {
    rmSync(join(folder, "logs", "soak"), { recursive: true })
    assert.strictEqual(textIn(yield* use(({ archive }) => archive), "runbooks/start_live_env.log"), "first\n")
  })
)

it.effect("names the fix when it cannot archive, and leaves no half archive", () =>
  Effect.gen(function* () {
    rmSync(join(folder, "logs", "runbooks"), { recursive: true })
    rmSync(join(folder, "logs", "soak"), { recursive: true })
    const nothing = yield* Effect.flip(use(({ archive }) => archive))
    assert.match(nothing.message, /not archived in .*archive \(tar ended with 2: .*empty archive\)/)
    assert.deepStrictEqual(readdirSync(join(folder, "logs", "archive")), [])

    rmSync(join(folder, "logs", "archive"), { recursive: true })
    writeFileSync(join(folder, "logs", "archive"), "a file where the folder must be")
    const taken = yield* Effect.flip(use(({ archive }) => archive))
    assert.match(taken.message, /not archived in .*: let this user write it, then pack them with tar\.$/)
  })
)

it.effect("removes the files of secrets that are there", () =>
  Effect.gen(function* () {
    const secret = join(folder, ".env.runtime")
    writeFileSync(secret, "CTP_PRIMARY_PASSWORD=x")
    const removed = yield* use(({ removeSecrets }) => removeSecrets, [secret, join(folder, "none"), secret])
    assert.deepStrictEqual(removed, [secret])
    assert.isFalse(existsSync(secret))
  })
)

it.effect("removes the passwords that the run folder holds for tickd, and nothing else of it", () =>
  Effect.gen(function* () {
    const passwords = [join(folder, "run", "credentials"), join(folder, "run", "before", "credentials")]
    for (const path of passwords) {
      mkdirSync(path, { recursive: true })
      writeFileSync(join(path, "CTP_PRIMARY_PASSWORD"), "x")
    }
    writeFileSync(join(folder, "run", "tickd.json"), "{}")
    assert.deepStrictEqual(yield* use(({ removeSecrets }) => removeSecrets), passwords)
    assert.deepStrictEqual(readdirSync(join(folder, "run")).sort(), ["before", "tickd.json"])
  })
)

it.effect("says so when a file of secrets cannot be removed", () =>
  Effect.gen(function* () {
    const secret = join(folder, "kept", ".env.runtime")
    mkdirSync(secret, { recursive: true })
    const { message } = yield* Effect.flip(use(({ removeSecrets }) => removeSecrets, [secret]))
    assert.match(message, /^The secrets in .*\.env\.runtime are not removed \(\w+\): remove the file\.$/)
  })
)
