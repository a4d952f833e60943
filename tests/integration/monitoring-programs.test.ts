// The part `monitoring` of a runbook: the real Pushgateway and Prometheus with the arguments and the configuration that
// a run gives them. A wrong flag or a target that is never scraped shows only here.
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { prometheus } from "../../src/ops/adapters/process/programs/prometheus.ts"
import { projectRoot } from "../../src/platform/process/project.ts"
import { alerts } from "../support/alert-rules.ts"
import { endCommands, eventually, stateFolder } from "../support/cli-process.ts"
import { monitoringSettings, specOf, startPrometheus, startPushgateway } from "../support/monitoring-stack.ts"
import { findMonitoringTools, howToFetch } from "../support/monitoring-tools.ts"
import { serveText } from "../support/text-server.ts"

const tools = findMonitoringTools(["prometheus", "promtool", "pushgateway"])
const missing = ["prometheus", "promtool", "pushgateway"].filter((name) => !(name in tools))
const reason = `skipped: not here: ${missing.join(", ")}; '${howToFetch}' brings them`

let folder: ReturnType<typeof stateFolder>
const ends: Array<() => void> = []
beforeEach(() => {
  folder = stateFolder()
})
afterEach(async () => {
  for (const end of ends.splice(0)) end()
  await endCommands()
  folder.remove()
})

/** Stands in for the daemon's port. */
const metricsServer = async (text: string) => {
  const { close, port } = await serveText(text)
  ends.push(close)
  return String(port)
}

const query = async (prometheusUrl: string, expression: string) => {
  const url = `${prometheusUrl}/api/v1/query?query=${encodeURIComponent(expression)}`
  const { data } = (await (await fetch(url)).json()) as {
    data: { result: ReadonlyArray<{ metric: Record<string, string>; value: [number, string] }> }
  }
  return data.result
}

const checkConfig = (file: string) => {
  const { status, stderr, stdout } = spawnSync(tools.promtool ?? "", ["check", "config", file], { encoding: "utf8" })
  assert.strictEqual(status, 0, `${stdout}${stderr}`)
}

describe("the part monitoring", () => {
  it("scrapes the daemon and what is pushed, ends with 0, and keeps what was pushed", async (context) => {
    if (missing.length > 0) return context.skip(reason)
    const telemetry = await metricsServer("md_throughput_mps 5123\n")
    const subscriptions = await metricsServer("md_subscription_coverage_ratio 0.997\n")
    const settings = await monitoringSettings(folder.path, {
      INGEST_METRICS_PORT: telemetry,
      SUBSCRIPTION_METRICS_PORT: subscriptions
    })
    const gateway = await startPushgateway(settings)
    const own = await startPrometheus(settings)
    checkConfig(join(settings.runDir, "prometheus.yml"))
    const rules = (await (await fetch(`${settings.prometheusUrl}/api/v1/rules?type=alert`)).json()) as {
      data: { groups: ReadonlyArray<{ rules: ReadonlyArray<{ name: string; health: string }> }> }
    }
    const loaded = rules.data.groups.flatMap((group) => group.rules.map(({ name }) => name))
    assert.deepStrictEqual([...loaded].sort(), alerts.map(({ name }) => name).sort())
    const pushed = await fetch(`${settings.pushgatewayUrl}/metrics/job/runbook/instance/ops-1`, {
      method: "PUT",
      body: "# TYPE md_runbook_exit_code gauge\nmd_runbook_exit_code 3\n"
    })
    assert.isTrue(pushed.ok)
    const found = (expression: string) =>
      eventually(
        expression,
        async () => {
          const result = await query(settings.prometheusUrl, expression)
          return result.length === 0 ? undefined : result
        },
        40_000
      )
    const [up] = await found('up{job="market-data-service-live"} == 1')
    assert.strictEqual(up?.metric["instance"], `127.0.0.1:${telemetry}`)
    assert.strictEqual((await found("md_throughput_mps"))[0]?.value[1], "5123")
    assert.strictEqual((await found("md_subscription_coverage_ratio"))[0]?.value[1], "0.997")
    const [exitCode] = await found("md_runbook_exit_code")
    assert.deepInclude(exitCode?.metric, { job: "runbook", instance: "ops-1" })
    own.child.kill("SIGTERM")
    gateway.child.kill("SIGTERM")
    assert.strictEqual((await own.ended).code, 0)
    assert.strictEqual((await gateway.ended).code, 0)
    await startPushgateway(settings)
    assert.include(
      await (await fetch(`${settings.pushgatewayUrl}/metrics`)).text(),
      'md_runbook_exit_code{instance="ops-1"'
    )
  })

  it("takes addresses with a path, logs every step when asked, and has a template that is valid as it is", async (context) => {
    if (missing.length > 0) return context.skip(reason)
    checkConfig(join(projectRoot, "deploy", "prometheus", "prometheus.yml"))
    const plain = await monitoringSettings(folder.path)
    const settings = {
      ...plain,
      pushgatewayUrl: `${plain.pushgatewayUrl}/push`,
      prometheusUrl: `${plain.prometheusUrl}/prom`
    }
    await startPushgateway(settings)
    await startPrometheus(settings)
    const { debugArgs } = await specOf(prometheus, settings)
    assert.deepStrictEqual(debugArgs, ["--log.level=debug"])
    for (const job of ["pushgateway", "prometheus"])
      await eventually(
        `${job} up`,
        async () => {
          const result = await query(settings.prometheusUrl, `up{job="${job}"} == 1`)
          return result.length > 0
        },
        40_000
      )
  })
})
