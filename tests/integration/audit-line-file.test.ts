// Early exits of the old script wrote no audit line. Each run has one, whole, also when the disk was full.
import { spawnSync } from "node:child_process"
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { auditLineFile } from "../../src/ops/adapters/files/audit-line-file.ts"
import { type AuditEntry, AuditLine } from "../../src/ops/ports/audit-line.ts"
import { takeFileLock } from "../../src/platform/process/file-lock.ts"
import { endCommands, startCommand } from "../support/cli-process.ts"
import { liveSettingsIn } from "../support/live-settings.ts"
import { projectRoot } from "../support/nats-server.ts"

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tickd-audit-line-"))
})
afterEach(async () => {
  await endCommands()
  rmSync(folder, { recursive: true, force: true })
})

const path = () => join(folder, "logs/startup_audit.log")
const text = () => readFileSync(path(), "utf8")
const entry = (exitCode: number, atMs = 1_795_910_400_000): AuditEntry => ({
  atMs,
  action: "start",
  window: "day",
  profile: "live",
  exitCode
})
const line = (exitCode: number) => `2026-11-29T08:00:00.000+08:00,start,day,live,${exitCode}\n`
const run = (how: "append" | "complete", exitCode: number) =>
  Effect.runPromise(
    Effect.provide(
      AuditLine.use((audit) => audit[how](entry(exitCode))),
      auditLineFile(liveSettingsIn(folder))
    )
  )

describe("the audit of runs", () => {
  it("has one line for each run", async () => {
    assert.isUndefined(await run("append", 0))
    await run("append", 2)
    assert.strictEqual(text(), line(0) + line(2))
  })

  it("completes the line of a dead run once", async () => {
    await run("append", 0)
    await run("complete", 0)
    await run("complete", 137)
    await run("complete", 137)
    assert.strictEqual(text(), line(0) + line(137))
  })

  it("cuts off a line that was torn, and ends a whole one that has no end", async () => {
    mkdirSync(join(folder, "logs"))
    writeFileSync(path(), `${line(0)}2026-11-29T08:00:00.000+08:00,sto`)
    await run("append", 1)
    assert.strictEqual(text(), line(0) + line(1))
    appendFileSync(path(), line(3).trimEnd())
    await run("append", 2)
    assert.strictEqual(text(), line(0) + line(1) + line(3) + line(2))
    // The run that died within its line has the same beginning.
    writeFileSync(path(), line(0) + line(137).slice(0, -3))
    await run("complete", 137)
    assert.strictEqual(text(), line(0) + line(137))
  })

  it("keeps a line that cannot be written, and the next run appends it once", async () => {
    mkdirSync(path(), { recursive: true })
    const kept = await run("append", 2)
    assert.match(
      kept ?? "",
      /^The audit \S+ cannot be written \(EISDIR.*\. The line is kept in \S+; the next run appends it$/
    )
    await run("append", 3)
    rmdirSync(path())
    await run("append", 0)
    await run("append", 1)
    assert.strictEqual(text(), line(2) + line(3) + line(0) + line(1))
  }, 20_000)

  it("says that a line is lost when it cannot be kept either", async () => {
    mkdirSync(path(), { recursive: true })
    writeFileSync(join(folder, "run"), "")
    const lost = run("append", 2).catch((error: Error) => error.message)
    assert.match((await lost) ?? "", /It cannot be kept either: /)
  })

  it("waits for another process that appends", async () => {
    mkdirSync(join(folder, "run"))
    const lock = takeFileLock(join(folder, "run/audit.lock"))
    const program = `
      import { Effect } from "effect"
      import { auditLineFile } from "${projectRoot}/src/ops/adapters/files/audit-line-file.ts"
      import { AuditLine } from "${projectRoot}/src/ops/ports/audit-line.ts"
      const [entry, settings] = process.argv.slice(1).map((text) => JSON.parse(text))
      console.log("begins")
      await Effect.runPromise(Effect.provide(AuditLine.use((audit) => audit.append(entry)), auditLineFile(settings)))`
    const args = [JSON.stringify(entry(0)), JSON.stringify(liveSettingsIn(folder))]
    const other = startCommand(["--input-type=module", "-e", program, ...args])
    await other.printed(/begins/)
    await new Promise((resolve) => setTimeout(resolve, 600))
    assert.throws(text, /ENOENT/)
    lock.release()
    await other.ended
    assert.strictEqual(text(), line(0))
  })

  it("keeps the line on a disk that is really full", (context) => {
    const program = `
      import { execFileSync } from "node:child_process"
      import { readFileSync, rmSync, statSync } from "node:fs"
      import { Effect } from "effect"
      import { auditLineFile } from "${projectRoot}/src/ops/adapters/files/audit-line-file.ts"
      import { AuditLine } from "${projectRoot}/src/ops/ports/audit-line.ts"
      const [root, entry, later] = process.argv.slice(1)
      const settings = { runDir: root + "/run", logDir: root + "/logs" }
      const append = (text) => Effect.runPromise(Effect.provide(AuditLine.use((audit) => audit.append(JSON.parse(text))), auditLineFile(settings)))
      await append(entry)
      execFileSync("sh", ["-c", 'yes | dd of="$0/fill" bs=1k 2>/dev/null; true', root])
      // The page of the audit has room for some more lines: they fill it.
      const page = root + "/logs/startup_audit.log"
      execFileSync("sh", ["-c", 'yes "2026-11-29T08:00:00.000+08:00,stop,day,live,0" | dd of="$0" oflag=append conv=notrunc bs=47 count=2000 2>/dev/null; true', page])
      console.log(await append(later))
      rmSync(root + "/fill")
      await append(entry)
      const lines = readFileSync(page, "utf8").trimEnd().split("\\n").filter((line) => line.includes("start"))
      console.log(JSON.stringify(lines))`
    const inside = 'mount -t tmpfs -o size=256k tmpfs "$1" && shift && exec "$0" "$@"'
    const later = JSON.stringify(entry(2, 1_795_910_401_000))
    const args = [folder, "--input-type=module", "-e", program, folder, JSON.stringify(entry(0)), later]
    const ran = spawnSync("unshare", ["-rm", "sh", "-c", inside, process.execPath, ...args], { encoding: "utf8" })
    if (ran.stdout === "") return context.skip(`skipped: no mount namespace here: ${ran.stderr.split("\n")[0]}`)
    const [kept = "", found = "[]"] = ran.stdout.trimEnd().split("\n")
    assert.match(kept, /no room|ENOSPC/)
    assert.deepStrictEqual(JSON.parse(found), [
      line(0).trimEnd(),
      "2026-11-29T08:00:01.000+08:00,start,day,live,2",
      line(0).trimEnd()
    ])
  })
})
