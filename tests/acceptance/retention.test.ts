// The verb as the timer runs it: on real folders, with its exit code, its report and its audit.
import { existsSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, afterEach, expect, it } from "vitest"
import { takeFileLock } from "../../src/platform/process/file-lock.ts"
import { endCommands, lastJson, stateFolder, tickd } from "../support/cli-process.ts"

const folder = stateFolder()
afterEach(endCommands)
afterAll(folder.remove)

const logs = join(folder.path, "logs")
const audit = join(folder.path, "audit-operations.jsonl")
const env = { TICKD_RETENTION_DIR: logs, TICKD_STATE_DIR: folder.path }
const put = (path: string, ageDays: number) => {
  const full = join(logs, path)
  mkdirSync(join(full, ".."), { recursive: true })
  writeFileSync(full, "text")
  const at = new Date(Date.now() - ageDays * 86_400_000)
  utimesSync(full, at, at)
  return full
}

it("deletes old logs, keeps the audit whole, and refuses a folder that is a link", async () => {
  const old = put("runbooks/subscription_check_1.log", 31)
  put("runbooks/start_live_env.log", 1)

  const dry = await tickd(["retention", "run", "--dry-run"], env)
  expect(dry).toMatchObject({ code: 0, stderr: "" })
  expect(dry.stdout).toContain("would delete 1 files, 4 bytes")
  expect(existsSync(old)).toBe(true)
  expect(existsSync(audit)).toBe(false)

  const done = await tickd(["retention", "run", "--json"], env)
  expect(done.code).toBe(0)
  expect(lastJson(done.stdout)).toMatchObject({ dry_run: false, deleted: 1, bytes: 4, failures: 0 })
  expect(existsSync(old)).toBe(false)

  const idle = await tickd(["retention", "run", "--json"], env)
  expect(lastJson(idle.stdout)).toMatchObject({ deleted: 0 })
  const verified = await tickd(["audit", "--file", audit, "--verify", "--json"], env)
  expect(lastJson(verified.stdout)).toMatchObject({ entries: 2, broken: null })

  const lock = takeFileLock(join(folder.path, "retention.lock"))
  const second = await tickd(["retention", "run"], env).finally(lock.release)
  expect(second.code).toBe(69)
  expect(second.stderr).toMatch(/Another retention run \(pid \d+.*\[RETENTION_RUNS\]/s)

  symlinkSync(folder.path, join(logs, "incidents"))
  const refused = await tickd(["retention", "run"], env)
  expect(refused.code).toBe(65)
  expect(refused.stderr).toContain("[FOLDER_IS_SYMLINK]")

  const full = await tickd(["retention", "run"], { ...env, TICKD_STATE_DIR: "/proc/none" })
  expect(full).toMatchObject({ code: 78 })
  expect(full.stderr).toContain("[STATE_FOLDER]")

  const wrong = await tickd(["retention", "run"], { ...env, TICKD_RETENTION_RUNBOOK_DAYS: "0" })
  expect(wrong.code).toBe(78)
})
