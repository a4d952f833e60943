// The layers are only worth something while they are checked: a cruiser that reads no file passes everything.
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))
const folders = ["src", "actors", "machines", "tests"]

interface Report {
  readonly summary: {
    readonly totalCruised: number
    readonly violations: ReadonlyArray<{ readonly from: string; readonly rule: { readonly name: string } }>
  }
}

const cruise = (cwd: string): Report => {
  const args = ["--config", ".dependency-cruiser.cjs", "--output-type", "json", ...folders]
  const run = spawnSync(process.execPath, [join(root, "node_modules", ".bin", "depcruise"), ...args], {
    cwd,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024
  })
  return JSON.parse(run.stdout) as Report
}

/** One planted file per rule: path, what it imports, the rule that must catch it. */
const offences = [
  ["src/domain/a.ts", "../ports/target.ts", "domain-imports"],
  ["src/domain/b.ts", "xstate", "domain-packages"],
  ["src/domain/c.ts", "node:fs", "domain-node"],
  ["src/protocol/a.ts", "../application/target.ts", "protocol-imports"],
  ["src/protocol/b.ts", "koffi", "protocol-packages"],
  ["src/protocol/c.ts", "node:net", "protocol-node"],
  ["src/ports/a.ts", "../adapters/one/target.ts", "ports-imports"],
  ["src/ports/b.ts", "prom-client", "ports-packages"],
  ["src/ports/c.ts", "node:fs", "ports-node"],
  ["src/application/a.ts", "../adapters/one/target.ts", "application-imports"],
  ["src/application/b.ts", "../protocol/target.ts", "application-imports"],
  ["src/application/c.ts", "xstate", "application-packages"],
  ["src/application/d.ts", "node:fs", "application-node"],
  ["machines/a.ts", "../src/ports/target.ts", "machines-imports"],
  ["machines/b.ts", "effect", "machines-packages"],
  ["machines/c.ts", "node:timers", "machines-node"],
  ["actors/a.ts", "../src/adapters/one/target.ts", "actors-imports"],
  ["actors/b.ts", "prom-client", "actors-packages"],
  ["actors/c.ts", "node:fs", "actors-node"],
  ["src/cli/a.ts", "../application/target.ts", "cli-imports"],
  ["src/cli/b.ts", "koffi", "cli-packages"],
  ["src/cli/c.ts", "node:fs", "cli-node"],
  ["src/simulator/a.ts", "../adapters/one/target.ts", "simulator-imports"],
  ["src/simulator/b.ts", "koffi", "simulator-packages"],
  ["src/console/a.ts", "../ports/target.ts", "console-imports"],
  ["src/console/b.ts", "effect", "console-packages"],
  ["src/console/c.ts", "node:fs", "console-node"],
  ["src/adapters/two/a.ts", "../one/target.ts", "adapters-imports"],
  ["src/adapters/two/b.ts", "../../application/target.ts", "adapters-imports"],
  ["src/adapters/two/c.ts", "koffi", "koffi-in-ctp-and-systemd-only"],
  ["actors/d.ts", "../src/app/target.ts", "nobody-imports-app"],
  ["src/app/a.ts", "../../tests/target.ts", "nobody-imports-tests"],
  ["src/domain/cycle-a.ts", "./cycle-b.ts", "no-cycles"],
  ["src/domain/d.ts", "./nowhere.ts", "no-unresolved"]
] as const

const targets = ["src/domain", "src/protocol", "src/ports", "src/application", "src/adapters/one", "src/app", "tests"]

let planted: string

beforeAll(() => {
  planted = mkdtempSync(join(tmpdir(), "tickd-import-rules-"))
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(planted, path)), { recursive: true })
    writeFileSync(join(planted, path), text)
  }
  for (const folder of targets) put(`${folder}/target.ts`, "export const target = 1\n")
  for (const [path, specifier] of offences) put(path, `export * from "${specifier}"\n`)
  put("src/domain/cycle-b.ts", 'export * from "./cycle-a.ts"\n')
  // Allowed imports, so that a rule that forbids too much is seen as well.
  put("src/adapters/ctp/ok.ts", 'import "koffi"\nexport * from "../../domain/target.ts"\n')
  put("actors/ok.ts", 'export * from "effect"\nexport * from "../src/application/target.ts"\n')
  put("src/app/ok.ts", 'export * from "../adapters/one/target.ts"\n')
  put(
    "package.json",
    JSON.stringify({ type: "module", dependencies: { effect: "*", xstate: "*", koffi: "*", "prom-client": "*" } })
  )
  cpSync(join(root, ".dependency-cruiser.cjs"), join(planted, ".dependency-cruiser.cjs"))
  symlinkSync(join(root, "node_modules"), join(planted, "node_modules"))
})

afterAll(() => rmSync(planted, { recursive: true, force: true }))

describe("import rules", () => {
  it("catch every planted offence and nothing else", () => {
    const { summary } = cruise(planted)
    const caught = new Set(summary.violations.map(({ from, rule }) => `${from} ${rule.name}`))
    for (const [path, , rule] of offences) expect(caught).toContain(`${path} ${rule}`)
    for (const violation of summary.violations) expect(violation.from).not.toMatch(/ok\.ts$|target\.ts$/)
  })

  it("have an offence planted for each rule", () => {
    const names = new Set(offences.map(([, , rule]) => rule))
    const { summary } = cruise(planted)
    const configured = (summary as unknown as { ruleSetUsed: { forbidden: ReadonlyArray<{ name: string }> } })
      .ruleSetUsed.forbidden
    expect(configured.map(({ name }) => name).filter((name) => !names.has(name as never))).toEqual([])
  })

  it("read the project's own files and hold there", () => {
    const { summary } = cruise(root)
    expect(summary.totalCruised).toBeGreaterThan(100)
    expect(summary.violations).toEqual([])
  })
})
