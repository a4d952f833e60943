// Two operators once ran two plans at the same moment; the second must learn who holds the lock, and touch nothing.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir, userInfo } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { runLockFile } from "../../src/ops/adapters/files/run-lock-file.ts"
import { RunLock, type RunLockError } from "../../src/ops/ports/run-lock.ts"
import { endCommands, startCommand } from "../support/cli-process.ts"
import { liveRequest, liveSettingsIn } from "../support/live-settings.ts"
import { projectRoot } from "../support/nats-server.ts"

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tickd-run-lock-"))
})
afterEach(async () => {
  await endCommands()
  rmSync(folder, { recursive: true, force: true })
})

const layer = (runDir = join(folder, "run")) => runLockFile(liveSettingsIn(folder, { runDir }), liveRequest("stop"))
const take = RunLock.use((lock) => lock.take)
const release = RunLock.use((lock) => lock.release)
const refused = (runDir?: string): Promise<RunLockError> =>
  Effect.runPromise(Effect.flip(Effect.provide(take, layer(runDir))))

/** A process that takes the lock for a drill and keeps it. */
const program = `
import { Effect } from "effect"
import { runLockFile } from "${projectRoot}/src/ops/adapters/files/run-lock-file.ts"
import { RunLock } from "${projectRoot}/src/ops/ports/run-lock.ts"
const runDir = process.argv[1]
const lock = RunLock.use((lock) => lock.take)
await Effect.runPromise(Effect.provide(lock, runLockFile({ runDir }, { command: "drill" })))
console.log("taken")
setInterval(() => {}, 1000)
`
const holdElsewhere = async () => {
  const holder = startCommand(["--input-type=module", "-e", program, join(folder, "run")])
  await holder.printed(/taken/)
  return holder
}

describe("the lock of a run", () => {
  it("names user, host, pid, command and since when", async () => {
    const holder = await holdElsewhere()
    const { held, message } = await refused()
    assert.isTrue(held)
    const name = userInfo().username
    assert.match(
      message,
      new RegExp(`^The lock is held by ${name}@\\S+ \\(pid ${holder.pid}, --drill\\) since \\d\\d:\\d\\d:\\d\\d: wait`)
    )
  })

  it("is free after its holder was killed, and the next holder is not taken for the dead one", async () => {
    const holder = await holdElsewhere()
    process.kill(holder.pid as number, "SIGKILL")
    await holder.ended
    assert.isTrue(existsSync(join(folder, "run/lock.json")))
    await Effect.runPromise(Effect.provide(Effect.andThen(take, release), layer()))
    assert.isFalse(existsSync(join(folder, "run/lock.json")))
  })

  it("asks the kernel when the description is of another process, or cannot be read", async () => {
    const holder = await holdElsewhere()
    for (const text of ['{"version":1,"who":"ops@old","pid":1,"command":"stop","sinceMs":0}', "{"]) {
      writeFileSync(join(folder, "run/lock.json"), text)
      assert.include((await refused()).message, `The lock is held by pid ${holder.pid}, `)
    }
  })

  it("is not freed by a run that was refused", async () => {
    await holdElsewhere()
    await Effect.runPromise(Effect.provide(Effect.andThen(Effect.ignore(take), release), layer()))
    assert.isTrue((await refused()).held)
  })

  it("says so when the folder cannot be written", async () => {
    writeFileSync(join(folder, "file"), "")
    const { held, message } = await refused(join(folder, "file"))
    assert.isFalse(held)
    assert.match(message, /^The run folder \S+\/file cannot be written \(.+\): .*TICKD_RUN_DIR; nothing was changed$/)
  })
})
