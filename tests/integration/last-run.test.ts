// The status of a machine names the last run: a line that a full disk has cut must not hide the one before it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, assert, beforeEach, it } from "@effect/vitest"
import { readLastRun } from "../../src/ops/adapters/files/last-run.ts"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tickd-last-"))
})
afterEach(() => rmSync(folder, { recursive: true }))

const lastOf = (text: string) => {
  writeFileSync(join(folder, "startup_audit.log"), text)
  return readLastRun(folder)
}
const start = "2026-11-30T08:40:00.000+08:00,start,day,live,0"

it("reads the newest whole line", () => {
  const stop = "2026-11-30T15:20:00.000+08:00,stop,day,live,24"
  const expected = { at: "2026-11-30T15:20:00.000+08:00", action: "stop", window: "day", profile: "live", exitCode: 24 }
  assert.deepStrictEqual(lastOf(`${start}\n${stop}\n`), expected)
  assert.deepStrictEqual(lastOf(`${start}\n${stop}`), expected)
  assert.strictEqual(lastOf(`${start}\n2026-11-30T15:20:00.0`)?.action, "start")
  assert.strictEqual(lastOf(`${start}\n`.repeat(500))?.action, "start")
})

it("reads the line of a validation, which belongs to no window", () => {
  assert.include(lastOf("2026-11-30T08:40:00.000+08:00,validate_env,,live,1\n"), { action: "validate_env", window: "" })
})

it("finds nothing without an audit", () => {
  assert.isUndefined(readLastRun(folder))
  assert.isUndefined(lastOf("not an audit\n"))
})
