// The layers are only worth something while they are checked: a cruiser that reads no file passes everything.
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("../../..", import.meta.url))
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
  ["src/kernel/time/a.ts", "../../protocol/control/target.ts", "kernel-imports"],
  ["src/kernel/b.ts", "xstate", "kernel-packages"],
  ["src/kernel/c.ts", "node:fs", "kernel-node"],
  ["src/protocol/market/a.ts", "../trading/target.ts", "protocol-imports"],
  ["src/protocol/control/a.ts", "../market/target.ts", "protocol-imports"],
  ["src/protocol/market/b.ts", "koffi", "protocol-packages"],
  ["src/protocol/control/c.ts", "node:net", "protocol-node"],
  ["src/platform/http/a.ts", "../log/target.ts", "platform-imports"],
  ["src/platform/nats/b.ts", "../../protocol/market/target.ts", "platform-imports"],
  ["src/market/domain/tick/a.ts", "../../ports/target.ts", "domain-imports"],
  ["src/trading/domain/order/a.ts", "../../../market/domain/target.ts", "domain-imports"],
  ["src/market/domain/b.ts", "xstate", "domain-packages"],
  ["src/market/domain/c.ts", "node:fs", "domain-node"],
  ["src/market/ports/a.ts", "../application/target.ts", "ports-imports"],
  ["src/market/ports/b.ts", "prom-client", "ports-packages"],
  ["src/market/ports/c.ts", "node:fs", "ports-node"],
  ["src/market/application/intake/a.ts", "../../adapters/one/target.ts", "application-imports"],
  ["src/trading/application/a.ts", "../../protocol/market/target.ts", "application-imports"],
  ["src/market/application/b.ts", "xstate", "application-packages"],
  ["src/market/application/c.ts", "node:fs", "application-node"],
  ["src/market/adapters/two/a.ts", "../one/target.ts", "adapters-imports"],
  ["src/market/adapters/two/b.ts", "../../application/target.ts", "adapters-imports"],
  ["src/trading/adapters/two/a.ts", "../../../market/adapters/one/target.ts", "consumer-adapters-imports"],
  ["src/market/adapters/two/d.ts", "../../../client/target.ts", "adapters-imports"],
  ["src/market/adapters/two/c.ts", "koffi", "koffi-in-ctp-and-systemd-only"],
  ["src/trading/layers/a.ts", "../../market/layers/target.ts", "layers-imports"],
  ["src/market/layers/a.ts", "../../cli/target.ts", "layers-imports"],
  ["machines/market/a.ts", "../../src/market/ports/target.ts", "machines-imports"],
  ["machines/trading/a.ts", "../market/target.ts", "machines-imports"],
  ["machines/market/b.ts", "effect", "machines-packages"],
  ["machines/market/c.ts", "node:timers", "machines-node"],
  ["machines/a.ts", "../actors/runtime/target.ts", "machines-top-imports"],
  ["machines/b.ts", "effect", "machines-top-packages"],
  ["machines/c.ts", "node:timers", "machines-top-node"],
  ["actors/runtime/a.ts", "../market/target.ts", "actors-runtime-imports"],
  ["actors/runtime/b.ts", "prom-client", "actors-runtime-packages"],
  ["actors/runtime/c.ts", "node:fs", "actors-runtime-node"],
  ["actors/market/a.ts", "../../src/market/adapters/one/target.ts", "actors-imports"],
  ["actors/market/b.ts", "prom-client", "actors-packages"],
  ["actors/market/c.ts", "node:fs", "actors-node"],
  ["src/client/a.ts", "../market/domain/target.ts", "client-imports"],
  ["src/cli/a.ts", "../market/application/target.ts", "cli-imports"],
  ["src/cli/health/b.ts", "../../platform/log/target.ts", "cli-imports"],
  ["src/simulator/front/a.ts", "../../platform/nats/target.ts", "simulator-imports"],
  ["src/simulator/b.ts", "koffi", "simulator-packages"],
  ["src/console/a.ts", "../market/ports/target.ts", "console-imports"],
  ["src/console/b.ts", "effect", "console-packages"],
  ["src/console/c.ts", "node:fs", "console-node"],
  ["src/trading/application/orders/a.ts", "../../ports/venue.ts", "one-way-to-the-venue"],
  ["actors/trading/a.ts", "../../src/trading/ports/venue.ts", "one-way-to-the-venue"],
  ["src/simulation/a.ts", "../app/target.ts", "app-is-the-top"],
  ["src/market/layers/b.ts", "../../simulation/target.ts", "simulation-is-not-imported"],
  ["src/app/a.ts", "../../tests/target.ts", "tests-are-not-imported"],
  ["src/market/domain/cycle-a.ts", "./cycle-b.ts", "no-cycles"],
  ["src/market/domain/d.ts", "./nowhere.ts", "no-unresolved"]
] as const

const targets = [
  "src/protocol/control",
  "src/protocol/market",
  "src/protocol/trading",
  "src/platform/nats",
  "src/platform/log",
  "src/market/domain",
  "src/market/ports",
  "src/market/application",
  "src/market/adapters/one",
  "src/market/layers",
  "machines/market",
  "actors/market",
  "actors/runtime",
  "src/client",
  "src/cli",
  "src/simulation",
  "src/app",
  "tests"
]

let planted: string

beforeAll(() => {
  planted = mkdtempSync(join(tmpdir(), "tickd-import-rules-"))
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(planted, path)), { recursive: true })
    writeFileSync(join(planted, path), text)
  }
  for (const folder of targets) put(`${folder}/target.ts`, "export const target = 1\n")
  for (const [path, specifier] of offences) put(path, `export * from "${specifier}"\n`)
  put("src/market/domain/cycle-b.ts", 'export * from "./cycle-a.ts"\n')
  put("src/trading/ports/venue.ts", "export const venue = 1\n")
  put("src/trading/application/reconcile/ok.ts", 'export * from "../../ports/venue.ts"\n')
  put("actors/trading/order-requests.ts", 'export * from "../../src/trading/ports/venue.ts"\n')
  // Allowed imports, so that a rule that forbids too much is found too.
  put("src/market/adapters/ctp/ok.ts", 'import "koffi"\nexport * from "../../domain/target.ts"\n')
  put("src/market/application/ok.ts", 'export * from "../../protocol/market/target.ts"\n')
  put(
    "src/market/layers/ok.ts",
    'export * from "../../../actors/market/target.ts"\nexport * from "../adapters/one/target.ts"\n'
  )
  put("actors/market/ok.ts", 'export * from "effect"\nexport * from "../../src/market/application/target.ts"\n')
  put("src/trading/adapters/market-gaps/ok.ts", 'export * from "../../../client/target.ts"\n')
  put("src/app/ok.ts", 'export * from "../market/adapters/one/target.ts"\n')
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
    expect(summary.totalCruised).toBeGreaterThan(800)
    expect(summary.violations).toEqual([])
    // It reads every file: more than 20 s beside other work.
  }, 90_000)
})
