// The smoke test says that an alert would fire. It must see the value in the real Prometheus within one scrape more
// than the wait, leave nothing behind when it fails, and never replace what a runbook pushed.
import { hostname } from "node:os"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { metricHead } from "../../src/kernel/metric.ts"
import { runbookMetrics } from "../../src/ops/domain/metrics/runbook-metrics.ts"
import { projectRoot } from "../../src/platform/process/project.ts"
import { endCommands, startCommand, startTickd, stateFolder, tickd } from "../support/cli-process.ts"
import { monitoringSettings, startPrometheus, startPushgateway } from "../support/monitoring-stack.ts"
import { findMonitoringTools, howToFetch } from "../support/monitoring-tools.ts"
import { serveText } from "../support/text-server.ts"

const tools = findMonitoringTools(["prometheus", "pushgateway"])
const missing = ["prometheus", "pushgateway"].filter((name) => !(name in tools))
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

/** Answers every request with one text. */
const answering = async (text: string, contentType?: string) => {
  const { close, port } = await serveText(text, contentType)
  ends.push(close)
  return `http://127.0.0.1:${port}`
}

const smokeSeries = { metric: "md_runbook_exit_code", job: "alert_smoke", instance: hostname() }

describe("the smoke test of the alerts' metrics", () => {
  it("finds the value within a scrape, resets it, and leaves the runbook's own value", async (context) => {
    if (missing.length > 0) return context.skip(reason)
    const settings = await monitoringSettings(folder.path)
    await startPushgateway(settings)
    const kept = async () => await (await fetch(`${settings.pushgatewayUrl}/metrics`)).text()
    const own = `${settings.pushgatewayUrl}/metrics/job/runbook/instance/${hostname()}`
    await fetch(own, { method: "PUT", body: "md_runbook_exit_code 3\n" })
    const flags = ["--pushgateway-url", settings.pushgatewayUrl, "--prometheus-url", settings.prometheusUrl]
    const smoke = (...more: ReadonlyArray<string>) => {
      const wrapper = join(projectRoot, "deploy", "operations", "alert_smoke")
      return startCommand([wrapper, ...flags, ...more], { program: "bash" }).ended
    }

    const away = await smoke("--wait-seconds", "0")
    assert.strictEqual(away.code, 3, away.stderr)
    assert.match(away.stderr, /Prometheus at http:\S+ failed .*start_monitoring_stack/)
    assert.match(await kept(), /^md_runbook_exit_code\{instance="[^"]*",job="alert_smoke"\} 0$/m)

    const prometheus = await startPrometheus(settings)
    for (const value of ["9", "7.5"]) {
      const { code, stderr, stdout } = await smoke("--wait-seconds", "3", "--value", value)
      assert.strictEqual(code, 0, stderr)
      assert.deepStrictEqual(JSON.parse(stdout), {
        ...smokeSeries,
        observed: Number(value),
        prometheus: settings.prometheusUrl
      })
    }
    assert.match(await kept(), /^md_runbook_exit_code\{instance="[^"]*",job="alert_smoke"\} 0$/m)
    assert.match(await kept(), /^md_runbook_exit_code\{instance="[^"]*",job="runbook"\} 3$/m)
    prometheus.child.kill("SIGTERM")
    await prometheus.ended
  })

  it("ends with 2 when the value does not arrive, with 3 when an answer is not Prometheus' own, and always resets", async (context) => {
    if (missing.length > 0) return context.skip(reason)
    const settings = await monitoringSettings(folder.path)
    await startPushgateway(settings)
    const reset = async () => {
      const kept = await (await fetch(`${settings.pushgatewayUrl}/metrics`)).text()
      assert.match(kept, /job="alert_smoke"\} -1$/m)
      assert.include(kept, metricHead("md_runbook_exit_code", runbookMetrics.md_runbook_exit_code))
    }
    const smoke = (prometheus: string) =>
      startTickd(
        ["alert", "smoke", "--wait-seconds", "0", "--reset-value", "-1", "--pushgateway-url", settings.pushgatewayUrl],
        { PROMETHEUS_URL: prometheus }
      )
    const interval = '{"scrapeUrl":"http://127.0.0.1:1/metrics"}'
    const other = await answering(`{"data":{"activeTargets":[${interval}],"result":[{"value":[1,"8"]}]}}`)
    const different = smoke(other)
    // The pause of a scrape is 15 s where Prometheus does not name it: a signal must reset as well.
    await new Promise((resolve) => setTimeout(resolve, 3000))
    different.child.kill("SIGINT")
    await different.ended
    await reset()

    const gateway = new URL(settings.pushgatewayUrl).host
    const quick = `{"scrapeUrl":"http://${gateway}/metrics","scrapeInterval":"500ms"}`
    const late = await smoke(await answering(`{"data":{"activeTargets":[${quick}],"result":[]}}`)).ended
    assert.strictEqual(late.code, 2, late.stderr)
    assert.deepInclude(JSON.parse(late.stdout), { ...smokeSeries, observed: null })
    assert.match(late.stderr, /Prometheus has no value of md_runbook_exit_code, not 9/)
    await reset()

    const broken = await smoke(await answering("<html>")).ended
    assert.strictEqual(broken.code, 3)
    assert.match(broken.stderr, /What answers is not Prometheus: "<html>"/)
    await reset()
  })

  it("ends with 3 when a web page takes the push: nothing was pushed", async () => {
    const page = await answering("<html>welcome</html>", "text/html; charset=utf-8")
    const { code, stderr, stdout } = await tickd(["alert", "smoke", "--wait-seconds", "0", "--pushgateway-url", page])
    assert.strictEqual(code, 3)
    assert.match(
      stderr,
      /The Pushgateway at http:\S+ failed \(what answers is a web page\): .*correct --pushgateway-url/
    )
    assert.notMatch(stdout, /observed/)
  })

  it("refuses a metric, a wait and an address that cannot be meant", async () => {
    for (const [flag, value] of [
      ["--metric", "a b"],
      ["--wait-seconds", "-1"],
      ["--prometheus-url", "localhost:9090"]
    ] as const)
      assert.strictEqual((await tickd(["alert", "smoke", `${flag}=${value}`])).code, 64, flag)
  })
})
