// `npm run verify` counts what this reporter writes: a failure or a skip that it leaves out is one that is not seen.
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, it } from "@effect/vitest"
import { projectRoot } from "../../../src/platform/process/project.ts"

// In the project, so that the files find vitest.
mkdirSync(join(projectRoot, ".build"), { recursive: true })
const folder = mkdtempSync(join(projectRoot, ".build", "verify-reporter-"))
afterAll(() => rmSync(folder, { recursive: true }))

interface Report {
  readonly passed: number
  readonly failed: number
  readonly failures: ReadonlyArray<{ readonly name: string; readonly reason: string }>
  readonly skipped: ReadonlyArray<{ readonly name: string; readonly reason: string }>
  readonly notes: ReadonlyArray<string>
  readonly tests: ReadonlyArray<{ readonly name: string; readonly ms: number }>
}

/** The report of a run over these files, and the exit code of the run. */
const reportOf = (files: Readonly<Record<string, string>>) => {
  const root = mkdtempSync(join(folder, "run-"))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text)
  // Its own configuration: else Vitest takes the nearest one above.
  writeFileSync(join(root, "vitest.config.mjs"), "export default {}\n")
  const file = join(root, "report.json")
  const run = spawnSync(
    process.execPath,
    [
      join(projectRoot, "node_modules", "vitest", "vitest.mjs"),
      "run",
      `--root=${root}`,
      `--reporter=${join(projectRoot, "deploy", "dev", "verify-reporter.mjs")}`,
      `--outputFile=${file}`
    ],
    { encoding: "utf8", env: { PATH: process.env["PATH"] ?? "" } }
  )
  return { code: run.status, report: JSON.parse(readFileSync(file, "utf8")) as Report }
}

it("counts what passed and failed, and gives each skipped test its reason", { timeout: 60_000 }, () => {
  const { code, report } = reportOf({
    "a.test.mjs": `
      import { expect, it } from "vitest"
      it("passes", () => console.log("skipped: a part of it"))
      it("fails", () => expect(1).toBe(2))
      it("is skipped in its middle", (context) => context.skip("skipped: no such device"))
      it.skip("is skipped by its author", () => {})
      it.todo("is not written")
    `
  })
  assert.strictEqual(code, 1)
  assert.deepStrictEqual([report.passed, report.failed], [1, 1])
  const reason = "expected 1 to be 2 // Object.is equality"
  assert.deepStrictEqual(report.failures, [{ name: "a.test.mjs: fails", reason }])
  assert.deepStrictEqual(report.skipped, [
    { name: "a.test.mjs: is skipped in its middle", reason: "no such device" },
    { name: "a.test.mjs: is skipped by its author", reason: "no reason given" },
    { name: "a.test.mjs: is not written", reason: "no reason given" }
  ])
  assert.deepStrictEqual(report.notes, ["a part of it"])
  assert.strictEqual(report.tests.length, 5)
})

it("counts a file that does not load, a hook that fails and an error outside a test as failures", {
  timeout: 60_000
}, () => {
  const { report } = reportOf({
    "broken.test.mjs": `import "./nowhere.mjs"`,
    "hook.test.mjs": `
      import { beforeAll, describe, it } from "vitest"
      describe("a group", () => {
        beforeAll(() => { throw new Error("no server") })
        it("does not begin", () => {})
      })
    `,
    "late.test.mjs": `
      import { it } from "vitest"
      it("passes", () => void Promise.reject(new Error("no test waits for this")))
    `
  })
  assert.deepStrictEqual([report.passed, report.failed, report.skipped.length], [1, 3, 1])
})
