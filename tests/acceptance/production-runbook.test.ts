// A runbook is worth what its last run was worth: every command of the page runs here, in a working folder of its own,
// against two simulated fronts and the real programs, and what it prints is compared with what the page shows.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { askPanels, panelAnswerFaults } from "../../deploy/dev/panel-check.ts"
import { endCommands, startCommand } from "../support/cli-process.ts"
import { findMonitoringTools, howToFetch } from "../support/monitoring-tools.ts"
import { projectRoot } from "../support/nats-server.ts"
import { answer, type Receiver, startReceiver } from "../support/notify-receiver.ts"
import { blockOf, blocksOf, makeTerminals, missingLine } from "../support/page-commands.ts"
import { logins, makeRunbookStack } from "../support/runbook-stack.ts"

const page = readFileSync(join(projectRoot, "docs", "operations", "production-runbook.md"), "utf8")
const [english = "", chinese = ""] = page.split(/^(?=# 生产 runbook)/m)

/** The commands of a day in the sequence in which they make sense: the shutdown of section 3 comes last. */
const day = [
  ["before the start", ["1.1", "1.1 load", "1.2", "1.3 mock", "8.2"]],
  ["start", ["1.3", "1.4", "1.4 logs", "1.4 status"]],
  ["metrics", ["1.5 target", "1.5 metrics", "1.5 smoke", "1.5 checkpoint", "1.5 evidence"]],
  ["routine", ["5.1", "5.2", "5.3", "5.4", "5.5", "6.1", "6.2", "8.1"]],
  ["restart", ["2.1", "2.2", "2.4", "2.5", "2.6"]],
  ["failover", ["4.1 required", "4.2", "4.2 latency", "4.3", "4.4"]],
  ["drill", ["4.1 drill", "4.1 audit", "4.1 tests"]],
  ["incident", ["7"]],
  ["stop", ["3.1", "3.2", "3.3"]]
] as const

describe("the page of the production runbook", () => {
  it("has the same commands in both languages, and all of them are run below", () => {
    const titles = blocksOf(english).map(({ title }) => title)
    expect(blocksOf(chinese)).toEqual(blocksOf(english))
    expect([...titles].sort()).toEqual(day.flatMap(([, blocks]) => [...blocks]).sort())
  })
})

const { prometheus, pushgateway } = findMonitoringTools(["prometheus", "pushgateway"])
const isHere = prometheus !== undefined && pushgateway !== undefined
if (!isHere) console.warn(`skipped: no Prometheus or no Pushgateway here; '${howToFetch}' brings them`)

describe.skipIf(!isHere)("a production day", () => {
  let stack: Awaited<ReturnType<typeof makeRunbookStack>>
  let terminals: ReturnType<typeof makeTerminals>
  let receiver: Receiver
  const printed: Array<string> = []
  const fromS = Date.now() / 1000

  beforeAll(async () => {
    receiver = await startReceiver(answer(200, "ok"))
    stack = await makeRunbookStack({ TICKD_NOTIFY_WEBHOOK_URL: `${receiver.origin}/hook` })
    // A secret store of the site: it prints what Vault prints.
    const answerOfVault = JSON.stringify({ data: { data: stack.variables } })
    writeFileSync(join(stack.folder, "bin", "vault"), `#!/bin/sh\ncat <<'END'\n${answerOfVault}\nEND\n`, {
      mode: 0o755
    })
    terminals = makeTerminals(stack.folder, stack.env)
  }, 60_000)
  afterAll(async () => {
    terminals.end()
    stack.remove()
    await endCommands()
    await receiver.close()
  })

  const run = async (title: string) => {
    const { shown, text } = blockOf(english, title)
    // A shell of its own for each block: the page has loaded the env file in the shell of the operator.
    const load = title === "1.1" ? "" : blockOf(english, "1.1 load").text
    const shell = terminals.run(stack.own(`${load}${text}`))
    shell.child.stdin.end()
    const code = await shell.ended
    const output = stack.usual(shell.output())
    printed.push(output)
    expect(code, `${title}\n${output}`).toBe(0)
    if (shown !== undefined) expect(missingLine(shown, output), `${title}\n${output}`).toBeUndefined()
  }

  const runAll = (parts: (typeof day)[number][]) =>
    it.each(parts)(
      "%s: every command ends with 0 and prints what the page shows",
      { timeout: 240_000 },
      async (_, titles) => {
        for (const title of titles) await run(title)
      }
    )
  const afterDrill = day.findIndex(([name]) => name === "incident")
  runAll(day.slice(0, afterDrill))

  it("every panel of the dashboards has something to show of this day, or may be empty and its metrics exist", {
    timeout: 60_000
  }, async () => {
    const prometheus = stack.variables["PROMETHEUS_URL"] ?? ""
    // What a runbook has pushed at its end is there with the next scrape of the Pushgateway, and a step of 5 s later.
    const faults = async () => {
      const span = { fromS, toS: Date.now() / 1000, stepS: 5, rateInterval: "20s" }
      // The day has no trading daemon: trade-panels.test.ts asks for the panels of trading.
      const answers = await askPanels(prometheus, span, ["MD Ops", "tickd internals"])
      expect(answers.length).toBeGreaterThan(100)
      return panelAnswerFaults(prometheus, answers)
    }
    await expect.poll(faults, { timeout: 40_000, interval: 1000 }).toEqual([])

    // The same as text, for a machine without Grafana.
    const show = join(projectRoot, "deploy", "dev", "show-panels.ts")
    const shown = await startCommand([show, prometheus], { program: process.execPath }).ended
    expect(shown, shown.stderr).toMatchObject({ code: 0, stderr: "" })
    const value = String.raw`\n {2}[\d.]+`
    expect(shown.stdout).toMatch(
      new RegExp(`^MD Ops, panel Throughput mps${value} {1,2}primary 0123\\.\\.\\.89\nMD Ops`, "m")
    )
    expect(shown.stdout).toMatch(/^MD Ops, panel Consumer Lag\n {2}– \{\{consumer\}\} \(no durable consumer/m)
    const away = await startCommand([show, "http://127.0.0.1:1"], { program: process.execPath }).ended
    expect(away).toMatchObject({ code: 1, stdout: "" })
    expect(away.stderr).toMatch(/^Prometheus does not answer at http:\/\/127\.0\.0\.1:1 \(.+\): give its address/)
  })

  runAll(day.slice(afterDrill))

  it("a checkpoint that fails ends with its code, has a line of its own, and notifies operators in both languages", async () => {
    const lines = readFileSync(join(stack.folder, ".env.live"), "utf8").split("\n")
    const broken = lines.filter((line) => !line.startsWith("CTP_PRIMARY_USER_ID="))
    writeFileSync(join(stack.folder, ".env.broken"), broken.join("\n"), { mode: 0o600 })
    const shell = terminals.run("tickd live checkpoint --window day --env-file .env.broken")
    shell.child.stdin.end()
    const code = await shell.ended
    printed.push(shell.output())
    expect(code, shell.output()).toBe(1)
    const log = readFileSync(join(stack.folder, "logs", "runbooks", "t5_checkpoint.log"), "utf8")
      .trimEnd()
      .split("\n")
    expect(JSON.parse(log.at(-1) ?? "")).toMatchObject({
      session: "day",
      status: "failed",
      deadline_met: false,
      exit_code: 1,
      checks: [
        { check: "validate", result: "failed", message: expect.stringContaining("CTP_PRIMARY_USER_ID") },
        { check: "preflight", result: "not_run" },
        { check: "checkAll", result: "not_run" }
      ]
    })
    const { message, tag } = JSON.parse(receiver.received.at(-1)?.body ?? "{}")
    expect(tag).toBe("t5_checkpoint")
    expect(message).toMatch(/^T-5 checkpoint of the day session failed .*\n日盘 T-5 检查未通过/)
  })

  it("shows no login in anything that it printed", () => {
    for (const { password, user } of Object.values(logins)) {
      for (const output of printed) {
        expect(output).not.toContain(password)
        expect(output).not.toContain(user)
      }
    }
  })
})
