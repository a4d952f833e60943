// The runbook names programs that the reference service never had. Each wrapper must take the flags that stand there,
// and end with the code of its verb.
import { spawnSync } from "node:child_process"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it } from "vitest"
import { projectRoot } from "../../src/platform/process/project.ts"
import {
  demoAddresses,
  endCommands,
  eventually,
  freePorts,
  startCommand,
  startTickd,
  stateFolder
} from "../support/cli-process.ts"

let folder: ReturnType<typeof stateFolder>
beforeEach(() => {
  folder = stateFolder()
})
afterEach(async () => {
  await endCommands()
  folder.remove()
})

const wrapper = (name: string, args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
  startCommand([join(projectRoot, "deploy", "operations", name), ...args], {
    program: "bash",
    env: { TICKD_STATE_DIR: folder.path, ...env }
  }).ended

it("check_feed_health --enforce is --mode enforce, and not beside --mode audit", async () => {
  const demo = startTickd(["demo", ...freePorts])
  const { http, nats } = await demoAddresses(demo)
  await eventually("ready", async () => (await fetch(`${http}/readyz`)).ok, 30_000)
  const logs = join(folder.path, "logs")
  const flags = ["--server", nats, "--expect", "wanted", "--out", "json", "--out-dir", logs]
  const escalation = "./scripts/notify_slack.sh --tag {marker} --code {exit_code}"
  const runbook = ["--max-remediation-attempts", "3", "--escalation-command", escalation]
  const { code, stderr } = await wrapper("check_feed_health", ["--enforce", ...runbook, ...flags])
  expect([0, 1], stderr).toContain(code)
  const report = readdirSync(logs).find((name) => name.endsWith(".json")) ?? ""
  expect(JSON.parse(readFileSync(join(logs, report), "utf8"))).toMatchObject({ mode: "enforce", exit_code: code })
  const both = await wrapper("check_feed_health", ["--enforce", "--mode", "audit", ...flags])
  expect(both.code).toBe(64)
  expect(both.stderr).toContain("--enforce and --mode audit contradict each other")
})

it("refresh_contracts keeps the list of the day, without a daemon", async () => {
  const list = join(folder.path, "list.csv")
  writeFileSync(list, "InstrumentID,ExchangeID,ProductID,VolumeMultiple,PriceTick\nrb2701,SHFE,rb,10,1\n")
  const kept = await wrapper("refresh_contracts", ["--json"], { TICKD_CONTRACTS: list })
  expect(kept.code, kept.stderr).toBe(0)
  expect(JSON.parse(kept.stdout)).toMatchObject({ contracts: 1 })
  const none = await wrapper("refresh_contracts", [])
  expect(none.code).toBe(78)
  expect(none.stderr).toContain("No source of contracts is set")
})

it("notify_slack.sh notifies by every configured channel, with the runbook's flags", async () => {
  const args = ["--tag", "subscription_health_escalation", "--code", "2", "--dry-run"]
  const { code, stdout } = await wrapper("notify_slack.sh", args, { TICKD_NOTIFY_SLACK_URL: "http://127.0.0.1:1/x" })
  expect(code).toBe(0)
  expect(stdout).toContain("would send to slack")
})

it("start_monitoring_stack starts what does not run, with the flags of the runbook's script", async () => {
  const logs = join(folder.path, "logs")
  const run = await wrapper("start_monitoring_stack", ["--mock", "--window", "day", "--log-dir", logs])
  expect(run.code, run.stderr).toBe(0)
  expect(run.stdout).toMatch(/^Component: monitoring, Status: READY/m)
  expect((await wrapper("start_monitoring_stack", ["--window", "noon", "--log-dir", logs])).code).not.toBe(0)
})

it("the unit of the hourly check has flags that the verb takes", () => {
  const unit = readFileSync(join(projectRoot, "deploy", "systemd", "tickd-health-check.service"), "utf8")
  const [, args = ""] = /^ExecStart=\/opt\/tickd\/current\/bin\/tickd (.*)$/m.exec(unit) ?? []
  expect(args).not.toBe("")
  const logs = join(folder.path, "logs")
  const line = `exec "$0" ${join(projectRoot, "src", "app", "tickd.mjs")} ${args} --server nats://127.0.0.1:1 --out-dir ${logs}`
  const { status, stderr, stdout } = spawnSync("bash", ["-c", line, process.execPath], { encoding: "utf8" })
  // 0: the market is closed now; 2: it is open, and no daemon answers.
  expect([0, 2], stderr).toContain(status)
  if (status === 0) expect(stdout).toBe("market closed: not checked\n")
  else expect(stderr).toContain("[NATS_UNREACHABLE]")
})
