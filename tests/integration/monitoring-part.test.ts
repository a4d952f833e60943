// The part `monitoring` as a runbook starts and stops it, and the lines of the runbook that ask it: section 1.5.
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { afterEach, assert, beforeEach, it } from "vitest"
import { processHost } from "../../src/ops/adapters/process/process-host.ts"
import type { LiveSettings } from "../../src/ops/domain/live-settings.ts"
import { ProgramHost } from "../../src/ops/ports/program-host.ts"
import { RunLog } from "../../src/ops/ports/run-log.ts"
import { eventually, isRunning, startCommand, stateFolder, tickd } from "../support/cli-process.ts"
import { monitoringSettings } from "../support/monitoring-stack.ts"
import { alertmanagerFault, findMonitoringTools, howToFetch } from "../support/monitoring-tools.ts"
import { projectRoot } from "../support/nats-server.ts"

const names = ["prometheus", "pushgateway", "alertmanager"] as const
const tools = findMonitoringTools(names)
const missing = names.filter((name) => !(name in tools))

let folder: ReturnType<typeof stateFolder>
let settings: LiveSettings
let lines: Array<string>
/** Of a project whose configuration of Alertmanager a test may change. */
const alertmanagerYml = () => join(settings.projectDir, "deploy", "alertmanager", "alertmanager.yml")
beforeEach(async () => {
  folder = stateFolder()
  lines = []
  const projectDir = join(folder.path, "project")
  mkdirSync(join(projectDir, "deploy"), { recursive: true })
  for (const name of ["deploy/dev", "deploy/prometheus", ".tools"]) {
    if (existsSync(join(projectRoot, name))) symlinkSync(join(projectRoot, name), join(projectDir, name))
  }
  cpSync(join(projectRoot, "deploy", "alertmanager"), join(projectDir, "deploy", "alertmanager"), { recursive: true })
  settings = { ...(await monitoringSettings(folder.path)), projectDir }
})

const recordOf = (name: string) => {
  const path = join(settings.runDir, `${name}.json`)
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as { readonly pid: number }) : undefined
}
/** Ends what a failed test left, by the ids of its records. */
afterEach(async () => {
  for (const name of names) {
    const pid = recordOf(name)?.pid
    if (pid === undefined || !isRunning(pid)) continue
    if (readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(name)) process.kill(pid, "SIGKILL")
  }
  await new Promise((resolve) => setTimeout(resolve, 200))
  folder.remove()
})

const log = Layer.succeed(RunLog, {
  write: (level, message) => Effect.sync(() => void lines.push(`${level} ${message}`)),
  mark: () => Effect.void,
  follow: () => Effect.void
})

/** The host of a new run. */
const newRun = () =>
  Effect.runPromise(
    Effect.gen(function* () {
      return yield* ProgramHost
    }).pipe(Effect.provide(Layer.provide(processHost(settings), log)))
  )
const ready = (url: string) => eventually(`${url} ready`, async () => (await fetch(`${url}/-/ready`)).ok, 30_000)
const grep = async (pattern: string) =>
  (
    await startCommand(["-c", `curl -sf ${settings.pushgatewayUrl}/metrics | grep -E '${pattern}'`], {
      program: "bash"
    }).ended
  ).stdout

it("is started once, adopted by the next run, asked by the runbook's own lines, and ended with 0", async (context) => {
  if (missing.length > 0) return context.skip(`skipped: not here: ${missing.join(", ")}; '${howToFetch}' brings them`)
  const fault = alertmanagerFault()
  if (fault !== undefined) return context.skip(fault)
  const written = readFileSync(alertmanagerYml(), "utf8")
  writeFileSync(alertmanagerYml(), written.replace("receiver: critical\n", "receiver: critcal\n"))
  const first = await newRun()
  assert.isTrue(await Effect.runPromise(first.start("monitoring", { settings: "current", debug: false })))
  await ready(settings.pushgatewayUrl)
  await ready(settings.prometheusUrl)
  assert.include(
    lines,
    `WARN Alertmanager is left out of this start: ${settings.runDir}/alertmanager.yml is refused (undefined receiver "critcal" used in route): correct deploy/alertmanager/alertmanager.yml, of which it is a copy, and check it with 'amtool check-config'. 'deploy/operations/start_monitoring_stack' tries it again.`
  )
  const deaf = lines.find((line) => line.startsWith("WARN Alerts do not reach every receiver: ")) ?? ""
  for (const name of ["critical", "warning", "watchdog"]) {
    assert.include(deaf, `${settings.receiversDir}/${name}.url cannot be read (ENOENT)`)
  }
  // The next run brings back what is missing, and nothing else.
  const pidsBefore = ["prometheus", "pushgateway"].map((name) => recordOf(name)?.pid)
  writeFileSync(alertmanagerYml(), written)
  const again = await newRun()
  assert.isTrue(await Effect.runPromise(again.start("monitoring", { settings: "current", debug: false })))
  await ready(settings.alertmanagerUrl ?? "")
  assert.deepStrictEqual(
    ["prometheus", "pushgateway"].map((name) => recordOf(name)?.pid),
    pidsBefore
  )
  const next = await newRun()
  assert.isFalse(await Effect.runPromise(next.start("monitoring", { settings: "current", debug: false })))
  assert.match(
    (await Effect.runPromise(next.observe)).monitoring ?? "",
    /prometheus pid .*; alertmanager pid \d+ since/
  )

  const catalogue = join(folder.path, "catalogue.csv")
  writeFileSync(catalogue, "symbol\nrb2701.SHFE\nIF2612.CFFEX\n")
  const active = join(folder.path, "active.json")
  writeFileSync(active, JSON.stringify([{ symbol: "rb2701.SHFE", subscription_id: "1" }]))
  const files = ["--catalogue", catalogue, "--active-file", active, "--out-dir", join(folder.path, "logs")]
  const check = await tickd(["health", "check", ...files, "--session-window", "night"], {
    PUSHGATEWAY_URL: settings.pushgatewayUrl
  })
  assert.strictEqual(check.code, 2, check.stderr)
  const pushed = (await grep("md_subscription_(coverage_ratio|missing_total|stalled_total)")).split("\n")
  const samples = pushed.filter((line) => line.includes('job="subscription_health"'))
  assert.deepStrictEqual(
    samples.map((line) => line.replace(/\{.*\}/, "")),
    ["md_subscription_coverage_ratio 0.5", "md_subscription_missing_total 1", "md_subscription_stalled_total 0"]
  )
  assert.include(samples[0], 'session_window="night"')

  const pids = names.map((name) => recordOf(name)?.pid ?? 0)
  assert.isTrue(await Effect.runPromise(next.stop("monitoring")))
  assert.deepStrictEqual(
    pids.map((pid) => isRunning(pid)),
    [false, false, false]
  )
  assert.isUndefined((await Effect.runPromise(next.observe)).monitoring)
})
