// Audit files are the evidence that is left when NATS is away: what they hold must be found, and only the range's.
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readAuditFiles } from "../../../../../src/ops/layers/incident/audit-files.ts"
import { makeAuditFile } from "../../../../../src/platform/audit/audit-file.ts"

const root = mkdtempSync(join(tmpdir(), "tickd-incident-audit-"))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const fromMs = Date.parse("2026-11-30T21:00:00+08:00")
const range = { fromMs, toMs: fromMs + 60_000 }
const entry = (id: string, at: string) => ({
  version: 2 as const,
  id,
  at,
  instance: "md-1",
  verb: "failover",
  result: "done" as const,
  request: { to: "backup" },
  request_id: null,
  reason: "exercise",
  by: { user: "li", host: "ops", client: "tickd cli" },
  code: null,
  message: "switched"
})

describe("readAuditFiles", () => {
  it.effect("finds commands and runbooks of the range, and lists the files of it", () =>
    Effect.gen(function* () {
      const folders = { stateFolder: join(root, "state"), logFolder: join(root, "logs") }
      mkdirSync(folders.logFolder)
      const audit = makeAuditFile(join(folders.stateFolder, "audit.jsonl"))
      yield* audit.append(entry("a", "2026-11-30T20:59:00.000+08:00"))
      yield* audit.append(entry("b", "2026-11-30T21:00:30.000+08:00"))
      const trading = makeAuditFile(join(folders.stateFolder, "trade", "audit.jsonl"))
      yield* trading.append(entry("c", "2026-11-30T21:00:40.000+08:00"))
      const runs = [
        "2026-11-30T20:45:00.000+08:00,start,night,live,0",
        "2026-11-30T21:00:10.000+08:00,failover,night,live,3",
        "torn line"
      ]
      writeFileSync(join(folders.logFolder, "startup_audit.log"), runs.join("\n"))
      for (const [name, atMs] of [
        ["old.log", fromMs - 1000],
        ["health_check.log", fromMs + 1000]
      ] as const) {
        writeFileSync(join(folders.logFolder, name), "text")
        utimesSync(join(folders.logFolder, name), atMs / 1000, atMs / 1000)
      }
      const found = readAuditFiles(folders, range)
      assert.deepStrictEqual(
        found.files.map((path) => path.slice(root.length)),
        ["/state/audit.jsonl", "/state/trade/audit.jsonl", "/logs/health_check.log", "/logs/startup_audit.log"]
      )
      assert.deepStrictEqual(
        found.commands.map(({ key, operator }) => [key, operator]),
        [
          ["audit/b/done", "li@ops"],
          ["audit/c/done", "li@ops"]
        ]
      )
      assert.deepStrictEqual(found.runs, [{ atMs: fromMs + 10_000, action: "failover", exitCode: 3 }])
      assert.deepStrictEqual(found.notes, [])
    })
  )

  it("names what it cannot read, and takes a missing folder for an empty one", () => {
    const file = join(root, "file")
    writeFileSync(file, "")
    const found = readAuditFiles({ stateFolder: file, logFolder: join(root, "none") }, range)
    assert.deepStrictEqual(found.files, [])
    assert.match(found.notes[0]?.en ?? "", /cannot be read \(ENOTDIR\)/)
  })
})
