// A rule that is wrong is silent: promtool reads the rules and runs their tests. The program itself says which verbs
// and flags the pages of the alerts may name.
import { spawnSync } from "node:child_process"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { projectRoot } from "../../src/platform/process/project.ts"
import { alerts, pageCommands, ruleFiles, ruleTests } from "../support/alert-rules.ts"
import { stateFolder } from "../support/cli-process.ts"
import { findMonitoringTools, howToFetch } from "../support/monitoring-tools.ts"

const { promtool } = findMonitoringTools(["promtool"])
const reason = `skipped: not here: promtool; '${howToFetch}' brings it`

let folder: ReturnType<typeof stateFolder>
beforeEach(() => {
  folder = stateFolder()
})
afterEach(() => folder.remove())

/** promtool lives for seconds: it collects garbage less often than a server, which saves a quarter of its CPU time. */
const env = { ...process.env, GOGC: "400" }
const run = (args: ReadonlyArray<string>, cwd = projectRoot) => {
  const { status, stderr, stdout } = spawnSync(promtool ?? "", args, { cwd, env, encoding: "utf8" })
  return { status, output: `${stdout}${stderr}` }
}
const testPaths = ruleTests.map(({ path }) => path)

describe("the alert rules", () => {
  it("are accepted by promtool, and every test of them passes", (context) => {
    if (promtool === undefined) return context.skip(reason)
    const checked = run(["check", "rules", "--lint-fatal", ...ruleFiles.map(({ path }) => path)])
    assert.strictEqual(checked.status, 0, checked.output)
    const tested = run(["test", "rules", ...testPaths])
    assert.strictEqual(tested.status, 0, tested.output)
    assert.lengthOf(tested.output.match(/SUCCESS/g) ?? [], testPaths.length)
  })

  it("fail their tests when an alert never fires, and when trading hours are left out", (context) => {
    if (promtool === undefined) return context.skip(reason)
    // Only the tests whose names match: a rule that is broken so makes no other one fail.
    const broken = (names: string, change: (text: string) => string) => {
      for (const [name, files] of [
        ["rules", ruleFiles],
        ["tests", ruleTests]
      ] as const) {
        mkdirSync(join(folder.path, name), { recursive: true })
        for (const { path } of files) {
          const text = readFileSync(join(projectRoot, path), "utf8")
          writeFileSync(join(folder.path, name, basename(path)), name === "rules" ? change(text) : text)
        }
      }
      const tests = testPaths.map((path) => join("tests", basename(path)))
      return run(["test", "rules", `--run=${names}`, ...tests], folder.path)
    }
    const failed = (output: string) =>
      new Set([...output.matchAll(/alertname=\\?"(\w+)\\?"/g)].map(([, name = ""]) => name))
    const silent = broken("^\\w+ fires ", (text) =>
      text.replace(/^( {6}- alert: .*\n {8}expr:)(?:.*\n)(?: {10}.*\n)*/gm, "$1 vector(1) > 2\n")
    )
    assert.deepStrictEqual([...failed(silent.output)].sort(), alerts.map(({ name }) => name).sort())
    const market = ["MD_Throughput_Below_Target", "MD_Feed_Silent", "MD_Stream_Gap", "MD_Not_Ready"]
    const closed = [...market, "TRADE_Api_Down", "TRADE_Not_Ready", "TRADE_Updates_Down"]
    const always = broken(`^(${closed.join("|")}) stays quiet `, (text) =>
      text.replace(/^ +and on \(instance\) (?:md(?:_trading|:trading:settled)|trade_session_open) == 1\n/gm, "")
    )
    assert.deepStrictEqual([...failed(always.output)].sort(), closed.sort())
  })
})

const helps = new Map<string, string>()
/** What the program prints for a verb: its help, and for an unknown one the help of the group or of the program. */
const helpOf = (verb: string): string => {
  const known = helps.get(verb)
  if (known !== undefined) return known
  const main = join(projectRoot, "src/app/tickd.mjs")
  const { stdout } = spawnSync(process.execPath, ["--", main, ...verb.split(" "), "--help"], { encoding: "utf8" })
  helps.set(verb, stdout)
  return stdout
}
const hasUsage = (help: string, verb: string, next: string) => help.includes(`\n  tickd ${verb} ${next}`)

describe("the pages of the alerts", () => {
  it("name verbs and flags that the program has", () => {
    const used = pageCommands.filter(({ command }) => command.startsWith("tickd "))
    assert.isAbove(used.length, 100)
    const faults = used.flatMap(({ command, page }) => {
      const [, first = "", second = ""] = /^tickd ([a-z-]+)(?: ([a-z][a-z-]*))?/.exec(command) ?? []
      const isGroup = hasUsage(helpOf(first), first, "<subcommand>")
      const verb = isGroup ? `${first} ${second}` : first
      const help = helpOf(verb)
      if (!hasUsage(help, verb, "[flags]")) return [`${page}: ${command}: there is no verb ${verb}`]
      if (!isGroup && second !== "" && !/^ {2}tickd .*\[flags\] \[?</m.test(help))
        return [`${page}: ${command}: ${verb} takes no argument`]
      return [...command.replace(/"[^"]*"/g, "").matchAll(/--[a-z-]+/g)]
        .filter(([flag]) => !new RegExp(`^ +${flag}\\b`, "m").test(help))
        .map(([flag]) => `${page}: ${command}: ${verb} has no ${flag}`)
    })
    assert.deepStrictEqual(faults, [])
    // Thirty starts of the program, each a second on a busy machine.
  }, 180_000)
})
