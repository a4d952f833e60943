// Prometheus starts with any configuration that parses. A target with the port of another run is never up, and a
// target that was left out is never missed.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { prometheusConfig } from "../../../../../../src/ops/adapters/process/programs/prometheus-config.ts"
import { projectRoot } from "../../../../../../src/platform/process/project.ts"

const template = readFileSync(join(projectRoot, "deploy", "prometheus", "prometheus.yml"), "utf8")
const addresses = {
  telemetry: "127.0.0.1:19100",
  subscriptions: "127.0.0.1:9091",
  trade: "127.0.0.1:19110",
  pushgateway: "127.0.0.1:9100",
  prometheus: "[::1]:19090",
  pushgatewayPrefix: "",
  prometheusPrefix: "/prom",
  alertmanagerUrl: "http://127.0.0.1:9090",
  folder: "/opt/tickd/deploy/prometheus"
}
const jobs = (text: string) =>
  Object.fromEntries(
    [...text.matchAll(/job_name: (\S+)[^]*?targets: (\[.*\])/g)].map(([, job, targets]) => [job, targets])
  )

describe("the effective configuration of Prometheus", () => {
  it("has the addresses of the run, also where they are those of another default", () => {
    const text = prometheusConfig(template, addresses)
    assert.deepStrictEqual(jobs(text), {
      "market-data-service-live": '["127.0.0.1:19100"]',
      "subscription-worker": '["127.0.0.1:9091"]',
      "tickd-trade": '["127.0.0.1:19110"]',
      pushgateway: '["127.0.0.1:9100"]',
      prometheus: '["[::1]:19090"]',
      alertmanager: '["127.0.0.1:9090"]'
    })
    assert.include(text, '    metrics_path: "/prom/metrics"\n    static_configs:\n      - targets: ["[::1]:19090"]')
    assert.include(text, "  - /opt/tickd/deploy/prometheus/rules/*.yml\n")
    assert.include(text, '  alertmanagers:\n    - static_configs:\n        - targets: ["127.0.0.1:9090"]\n\n')
    assert.include(text, "    honor_labels: true\n")
  })

  it("sends alerts to an Alertmanager behind TLS and a path, and to none where there is none", () => {
    const text = prometheusConfig(template, { ...addresses, alertmanagerUrl: "https://ops.example/alerts/" })
    const target = 'targets: ["ops.example:443"]'
    assert.include(text, `        - ${target}\n      path_prefix: "/alerts"\n      scheme: https\n`)
    assert.include(
      text,
      `    metrics_path: "/alerts/metrics"\n    scheme: https\n    static_configs:\n      - ${target}\n`
    )
    const none = prometheusConfig(template, { ...addresses, alertmanagerUrl: undefined })
    assert.lengthOf(none.match(/targets: \[\]/g) ?? [], 2)
    assert.notInclude(none, "9093")
  })

  it("has an empty target where nothing is served", () => {
    assert.include(prometheusConfig(template, { ...addresses, subscriptions: undefined }), "      - targets: []\n")
  })

  it("is not made from a template that lost a target", () => {
    const lost = template.replace("127.0.0.1:9091", "push.example:9091")
    assert.throws(() => prometheusConfig(lost, addresses), /has 5 of the 6 targets .*127\.0\.0\.1:9091/)
    const silent = template.replace(/alerting:[^]*?9093"\]\n/, "")
    assert.throws(() => prometheusConfig(silent, addresses), /has 6 of the 6 targets .*, and none under alerting:/)
  })
})
