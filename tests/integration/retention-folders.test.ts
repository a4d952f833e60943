// Retention runs as a service, perhaps as root: a link must never lead it out of its folders.
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { retentionFolders } from "../../src/ops/adapters/files/retention-folders.ts"
import { runRetention } from "../../src/ops/application/retention/run-retention.ts"
import { RetentionFiles } from "../../src/ops/ports/retention-files.ts"

let base = ""
const keepDays = { runbook: 30, screenshot: 7, incident: 90 }
const put = (path: string, ageDays: number, text = "12345") => {
  const full = join(base, path)
  mkdirSync(join(full, ".."), { recursive: true })
  writeFileSync(full, text)
  const at = new Date(Date.now() - ageDays * 86_400_000)
  utimesSync(full, at, at)
  return full
}
const roots = (logs = join(base, "logs")) => ({ logs, state: join(base, "state") })
const run = (dry = false, folder = join(base, "logs")) =>
  Effect.runPromise(Effect.result(Effect.provide(runRetention(keepDays, dry), retentionFolders(roots(folder)))))

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "tickd-retention-"))
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

describe("retention on real folders", () => {
  it("deletes what is older than its limit, and leaves audits, other names, folders and newer files", async () => {
    const old = [
      put("logs/runbooks/subscription_check_1.log", 31),
      put("logs/runbooks/20260101_startup.png", 8),
      put("logs/archive/20260101_runbook.tar.gz", 40),
      put("logs/incidents/one.yaml", 91)
    ]
    const kept = [
      put("logs/runbooks/start_live_env.log", 0),
      put("logs/runbooks/startup_audit.log", 400),
      put("logs/runbooks/unknown.bin", 400),
      put("logs/runbooks/20260102_startup.png", 1),
      put("logs/runbooks/nested.log/inside.log", 400),
      put("logs/incidents/two.yaml", 89),
      put("logs/other/file.log", 400),
      put("logs/file.log", 400)
    ]
    const dry = await run(true)
    assert.isTrue(old.every(existsSync))
    const result = await run()
    assert.strictEqual(result._tag, "Success")
    if (result._tag !== "Success" || dry._tag !== "Success") return
    assert.deepStrictEqual(
      dry.success.kinds.map(({ deleted }) => deleted),
      result.success.kinds.map(({ deleted }) => deleted)
    )
    assert.deepInclude(result.success, { deleted: 4, bytes: 20, failures: 0 })
    assert.deepStrictEqual(old.filter(existsSync), [])
    assert.deepStrictEqual(
      kept.filter((path) => !existsSync(path)),
      []
    )
  })

  it("deletes closed incidents of the state folder, and keeps open and unreadable ones", async () => {
    const record = (id: string, endedAt: string | null) =>
      JSON.stringify({
        version: 1,
        id,
        started_at: "2026-01-01T09:00:00.000+08:00",
        opened_at: "2026-01-01T09:00:00.000+08:00",
        title: "front away",
        severity: "warning",
        opened_by: "ops@md-1",
        ended_at: endedAt,
        closed_by: null,
        resolution: null,
        report: null
      })
    const incidents = "state/incidents"
    const closed = "INC-20260101-090000"
    const old = [
      put(`${incidents}/${closed}.json`, 91, record(closed, "2026-01-01T10:00:00.000+08:00")),
      put(`${incidents}/${closed}.yaml`, 91)
    ]
    const kept = [
      put(`${incidents}/INC-20260102-090000.json`, 91, record("INC-20260102-090000", null)),
      put(`${incidents}/INC-20260103-090000.json`, 91, "{"),
      put(`${incidents}/INC-20260104-090000.yaml`, 1),
      put("state/audit-control.jsonl", 400),
      put("state/runbooks/other.log", 400)
    ]
    await run()
    assert.deepStrictEqual(old.filter(existsSync), [])
    assert.deepStrictEqual(
      kept.filter((path) => !existsSync(path)),
      []
    )
  })

  it("reaches the incidents through a state folder that is a link, and refuses one of its folders that is", async () => {
    const old = put("real/incidents/one.yaml", 91)
    put("real/incidents/two.yaml", 1)
    symlinkSync(join(base, "real"), join(base, "state"))
    await run()
    assert.isFalse(existsSync(old))

    rmSync(join(base, "real/incidents"), { recursive: true })
    const outside = put("outside/one.yaml", 91)
    symlinkSync(join(base, "outside"), join(base, "real/incidents"))
    const result = await run()
    assert.strictEqual(result._tag === "Failure" && result.failure.code, "FOLDER_IS_SYMLINK")
    assert.include(result._tag === "Failure" ? result.failure.message : "", "TICKD_STATE_DIR")
    assert.isTrue(existsSync(outside))
  })

  it("takes what a drill and a checkpoint write for logs of runbooks", async () => {
    const old = ["drill_20260101-210500.json", "drill_20260101-210500.md", "t5_checkpoint.log", "health_check.log"].map(
      (name) => put(`logs/runbooks/${name}`, 31)
    )
    put("logs/runbooks/start_live_env.log", 0)
    await run()
    assert.deepStrictEqual(old.filter(existsSync), [])
  })

  it("keeps the newest of a kind, however old it is", async () => {
    const [newest, older] = [put("logs/incidents/b.yaml", 300), put("logs/incidents/a.yaml", 301)]
    await run()
    assert.isTrue(existsSync(newest))
    assert.isFalse(existsSync(older))
  })

  it("neither follows nor deletes a link in a folder", async () => {
    const outside = put("outside/precious.log", 400)
    put("logs/runbooks/new.log", 0)
    symlinkSync(outside, join(base, "logs/runbooks/link.log"))
    const result = await run()
    assert.isTrue(existsSync(outside))
    assert.isTrue(existsSync(join(base, "logs/runbooks/link.log")))
    if (result._tag === "Success") assert.strictEqual(result.success.kinds[0]?.skipped, 1)
  })

  it("refuses a folder that is a link, with nothing deleted anywhere", async () => {
    const outside = put("outside/precious.yaml", 400)
    const [newest, old] = [put("logs/runbooks/new.log", 0), put("logs/runbooks/old.log", 400)]
    symlinkSync(join(base, "outside"), join(base, "logs/incidents"))
    const result = await run()
    assert.strictEqual(result._tag === "Failure" && result.failure.code, "FOLDER_IS_SYMLINK")
    assert.isTrue([outside, newest, old].every(existsSync))
  })

  it("refuses a log folder that is a link", async () => {
    const old = put("real/runbooks/old.log", 400)
    put("real/runbooks/new.log", 0)
    symlinkSync(join(base, "real"), join(base, "logs"))
    const result = await run()
    assert.strictEqual(result._tag === "Failure" && result.failure.code, "FOLDER_IS_SYMLINK")
    assert.isTrue(existsSync(old))
  })

  it("leaves a file alone that was written, or replaced by a folder's link, after it was listed", async () => {
    const changed = put("logs/runbooks/changed.log", 400)
    put("logs/archive/moved_runbook.tar.gz", 400)
    const outside = put("outside/moved_runbook.tar.gz", 400)
    const results = await Effect.runPromise(
      Effect.gen(function* () {
        const store = yield* RetentionFiles
        const { files } = yield* store.list("runbook")
        writeFileSync(changed, "a new line")
        rmSync(join(base, "logs/archive"), { recursive: true })
        symlinkSync(join(base, "outside"), join(base, "logs/archive"))
        return yield* Effect.forEach(files, (file) => Effect.result(store.remove("runbook", file)))
      }).pipe(Effect.provide(retentionFolders(roots())))
    )
    assert.deepStrictEqual(
      results.map((result) => (result._tag === "Success" ? result.success : result.failure.code)),
      [false, "FOLDER_IS_SYMLINK"]
    )
    assert.isTrue(existsSync(changed) && existsSync(outside))
  })

  it("has nothing to do where there are no folders", async () => {
    const result = await run(false, join(base, "missing"))
    assert.strictEqual(result._tag === "Success" && result.success.deleted, 0)
  })
})
