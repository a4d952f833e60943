// A run that was killed left no trace: what it had half-changed was found by its victims. The journal must outlive it.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { runJournalFile } from "../../src/ops/adapters/files/run-journal.ts"
import { type JournalNote, RunJournal } from "../../src/ops/ports/run-journal.ts"
import { endCommands, startCommand } from "../support/cli-process.ts"
import { liveRequest, liveSettingsIn } from "../support/live-settings.ts"
import { projectRoot } from "../support/nats-server.ts"

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tickd-journal-"))
})
afterEach(async () => {
  await endCommands()
  rmSync(folder, { recursive: true, force: true })
})

type Journal = typeof RunJournal.Service
const withJournal = <A, E>(use: (journal: Journal) => Effect.Effect<A, E>) =>
  Effect.runPromise(Effect.provide(RunJournal.use(use), runJournalFile(liveSettingsIn(folder))))
const path = () => join(folder, "run/journal.json")

const note: JournalNote = {
  id: "failover-7",
  request: liveRequest("failover"),
  beganMs: 7,
  before: { nats: "n1", tickd: "t1", monitoring: undefined, console: undefined, activeFeed: "primary" },
  stage: "switchFeed",
  touched: true,
  settled: false,
  record: undefined
}

describe("the journal of a run", () => {
  it("gives back what was noted last, with who and which process, until it is cleared", async () => {
    assert.isUndefined(await withJournal(({ find }) => find))
    await withJournal((journal) =>
      journal.note({ ...note, request: liveRequest("drill", { reason: "x".repeat(3000) }) })
    )
    await withJournal((journal) => journal.note(note))
    const { pid, who, ...found } = (await withJournal(({ find }) => find)) ?? assert.fail("nothing found")
    assert.strictEqual(pid, process.pid)
    assert.match(who, /^.+@.+$/)
    assert.deepStrictEqual(found, note)
    await withJournal(({ clear }) => clear)
    assert.isUndefined(await withJournal(({ find }) => find))
  })

  it("keeps its size, so that a full disk does not prevent a note, and is readable by its owner only", async () => {
    await withJournal((journal) => journal.note(note))
    const { mode, size } = statSync(path())
    assert.strictEqual(mode & 0o777, 0o600)
    await withJournal(({ clear }) => clear)
    assert.strictEqual(statSync(path()).size, size)
    assert.strictEqual(readFileSync(path(), "utf8").trim(), "")
  })

  it("outlives a kill -9", async () => {
    const program = `
      import { Effect } from "effect"
      import { runJournalFile } from "${projectRoot}/src/ops/adapters/files/run-journal.ts"
      import { RunJournal } from "${projectRoot}/src/ops/ports/run-journal.ts"
      const [settings, note] = process.argv.slice(1).map((text) => JSON.parse(text))
      await Effect.runPromise(Effect.provide(RunJournal.use((journal) => journal.note(note)), runJournalFile(settings)))
      console.log("noted")
      setInterval(() => {}, 1000)`
    const args = [JSON.stringify(liveSettingsIn(folder)), JSON.stringify(note)]
    const run = startCommand(["--input-type=module", "-e", program, ...args])
    await run.printed(/noted/)
    process.kill(run.pid, "SIGKILL")
    await run.ended
    const found = await withJournal(({ find }) => find)
    assert.deepInclude(found, { id: "failover-7", pid: run.pid, stage: "switchFeed" })
  })

  it("is set aside when it is no journal, and says so once", async () => {
    mkdirSync(join(folder, "run"))
    writeFileSync(path(), '{"version":2}')
    const error = await withJournal(({ find }) => Effect.flip(find))
    assert.match(error.message, /journal\.json is not a journal, it is now \S+journal\.unreadable\.json: compare/)
    assert.isTrue(existsSync(join(folder, "run/journal.unreadable.json")))
    assert.isUndefined(await withJournal(({ find }) => find))
  })

  it("says so when it cannot be written", async () => {
    writeFileSync(join(folder, "run"), "")
    const error = await withJournal((journal) => Effect.flip(journal.note(note)))
    assert.match(
      error.message,
      /cannot be written \(ENOTDIR\): .*TICKD_RUN_DIR; a kill of this run would not be found$/
    )
  })
})
