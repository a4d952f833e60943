// The part `monitoring` as a runbook starts and stops it, and the lines of the runbook that ask it: section 1.5.
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { afterEach, assert, beforeEach, it } from "vitest"
import { processHost } from "../../src/ops/adapters/process/process-host.ts"
import type { LiveSettings } from "../../src/ops/domain/live-settings.ts"
import { ProgramHost } from "../../src/ops/ports/program-host.ts"
import { eventually, isRunning, startCommand, stateFolder, tickd } from "../support/cli-process.ts"
import { monitoringSettings, silentLog } from "../support/monitoring-stack.ts"
import { findMonitoringTools, howToFetch } from "../support/monitoring-tools.ts"

const names = ["prometheus", "pushgateway"] as const
const tools = findMonitoringTools(names)
const missing = names.filter((name) => !(name in tools))

let folder: ReturnType<typeof stateFolder>
let settings: LiveSettings
beforeEach(async () => {
  folder = stateFolder()
  settings = await monitoringSettings(folder.path)
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

/** The host of a new run. */
const newRun = () =>
  Effect.runPromise(
    Effect.gen(function* () {
      return yield* ProgramHost
    }).pipe(Effect.provide(Layer.provide(processHost(settings), silentLog)))
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
  const first = await newRun()
  assert.isTrue(await Effect.runPromise(first.start("monitoring", { settings: "current", debug: false })))
  await ready(settings.pushgatewayUrl)
  await ready(settings.prometheusUrl)
  const next = await newRun()
  assert.isFalse(await Effect.runPromise(next.start("monitoring", { settings: "current", debug: false })))
  assert.isDefined((await Effect.runPromise(next.observe)).monitoring)

  const catalogue = join(folder.path, "catalogue.csv")
  writeFileSync(catalogue, "symbol\nrb2701.SHFE\nIF2612.CFFEX\n")
  const active = join(folder.path, "active.json")
  writeFileSync(active, JSON.stringify([{ symbol: "rb2701.SHFE", subscription_id: "1" }]))
  const files = ["--catalogue", catalogue, "--active-file", active, "--out-dir", join(folder.path, "logs")]
  const check = await tickd(["health", "check", ...files, "--session-window", "night"], {
    PUSHGATEWAY_URL: settings.pushgatewayUrl
  })
  assert.strictEqual(check.code, 2, check.stderr)
  const lines = (await grep("md_subscription_(coverage_ratio|missing_total|stalled_total)")).split("\n")
  const samples = lines.filter((line) => line.includes('job="subscription_health"'))
  assert.deepStrictEqual(
    samples.map((line) => line.replace(/\{.*\}/, "")),
    ["md_subscription_coverage_ratio 0.5", "md_subscription_missing_total 1", "md_subscription_stalled_total 0"]
  )
  assert.include(samples[0], 'session_window="night"')

  const pids = names.map((name) => recordOf(name)?.pid ?? 0)
  assert.isTrue(await Effect.runPromise(next.stop("monitoring")))
  assert.deepStrictEqual(
    pids.map((pid) => isRunning(pid)),
    [false, false]
  )
  assert.isUndefined((await Effect.runPromise(next.observe)).monitoring)
})
