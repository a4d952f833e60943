// An alert on a metric that does not exist never fires, and a panel of it stays empty: pages, rules and dashboards must
// speak of declared metrics only.
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { alertsReading } from "../../../deploy/dev/metric-readers.ts"
import { metricsPage } from "../../../deploy/dev/metrics-page.ts"
import { dashboardFilesOnDisk, panelsReading } from "../../../deploy/dev/panel-readers.ts"
import { metricSections } from "../../../src/app/metrics/metric-sections.ts"
import { projectRoot } from "../../../src/platform/process/project.ts"
import { metricReadingFaults } from "../../support/metric-readings.ts"

const declared = metricSections.flatMap(({ at, metrics }) =>
  Object.entries(metrics).map(([name, metric]) => ({ name, at, metric }))
)
const filesOf = (pattern: string) =>
  globSync(pattern, { cwd: projectRoot }).map((path) => ({
    path,
    text: readFileSync(join(projectRoot, path), "utf8")
  }))

/** Names of the users' runbook. */
const runbook = `md_throughput_mps md_latency_ms_p99 md_active_subscriptions md_error_count_total
  md_subscription_coverage_ratio md_subscription_missing_total md_subscription_stalled_total md_rate_limit_hits_total
  md_runbook_exit_code md_failover_latency_ms md_failback_latency_ms md_session_startup_duration_s
  md_t5_checkpoint_status feed_failover_required consumer_backlog_messages`.split(/\s+/)

describe("the declarations of the metrics", () => {
  it("are the page", () => {
    const page = readFileSync(join(projectRoot, "docs/reference/metrics.md"), "utf8")
    assert.strictEqual(page, metricsPage(), "stale: run 'npm run generate'")
  })

  it("speak English and Chinese, and bound each label", () => {
    assert.isAbove(declared.length, 80)
    for (const { metric, name } of declared) {
      for (const { en, zh } of [metric, ...Object.values(metric.labels ?? {})]) {
        assert.match(zh, /\p{Script=Han}/u, name)
        assert.notMatch(en, /\p{Script=Han}|\n|\\/u, name)
      }
      for (const { most } of Object.values(metric.labels ?? {})) assert.isTrue(most > 0 && most <= 201, name)
    }
  })

  it("give a name one type, and one place in a port", () => {
    for (const [name, group] of Map.groupBy(declared, (each) => each.name)) {
      assert.lengthOf(new Set(group.map(({ metric }) => metric.type)), 1, name)
      assert.lengthOf(new Set(group.map(({ at }) => at)), group.length, name)
    }
  })

  it("end in _total where they count, and only there; the runbook has names of its own", () => {
    for (const { metric, name } of declared)
      if (metric.isRunbookName !== true) assert.strictEqual(name.endsWith("_total"), metric.type === "counter", name)
  })

  it("have every name of the runbook", () => {
    const names = new Set(declared.map(({ name }) => name))
    assert.deepStrictEqual(
      runbook.filter((name) => !names.has(name)),
      []
    )
  })
})

describe("the readers of the metrics", () => {
  it("are rules and dashboards that read declared metrics only", () => {
    const files = {
      rules: filesOf("deploy/prometheus/rules/*.yml"),
      dashboards: dashboardFilesOnDisk
    }
    assert.lengthOf(dashboardFilesOnDisk, 3)
    assert.deepStrictEqual(metricReadingFaults(metricSections, files), [])
  })

  it("are on the page, also through a recording rule", () => {
    assert.deepStrictEqual(alertsReading("md_ledger_balanced"), ["MD_Ledger_Unbalanced"])
    assert.deepStrictEqual(alertsReading("consumer_backlog_messages"), ["Consumer_Backlog_Growth"])
    assert.includeMembers([...alertsReading("md_trading")], ["MD_No_Feed", "MD_Contracts_Stalled", "MD_Daemon_Down"])
    assert.include(metricsPage(), "[MD_Ledger_Unbalanced](../runbooks/MD_Ledger_Unbalanced.md)")
  })

  it("are an alert or a panel for each metric: nothing is measured without a reader", () => {
    const fix = "give it a panel in deploy/dev/dashboards or an alert, or delete it; then run 'npm run generate'"
    assert.deepStrictEqual(
      declared
        .filter(({ name }) => alertsReading(name).length === 0 && panelsReading(name).length === 0)
        .map(({ name }) => `${name} has no reader: ${fix}`),
      []
    )
  })

  it("are refused when they read what does not exist", () => {
    const metric = { type: "gauge", en: "x", zh: "某" } as const
    const target = (expr: string, legendFormat = "") => ({ expr, legendFormat })
    const planted = {
      title: "Mine",
      panels: [
        { title: "Row", panels: [{ title: "Inside", targets: [target("rate(md_typo_total[$__rate_interval])")] }] },
        { title: "Lines", targets: [target('md_a{feed="$feed"}'), target("md_a", "{{job}} {{place}}")] }
      ],
      annotations: { list: [{ name: "Marks", expr: "changes(md_gone[1m])" }] },
      templating: { list: [{ name: "feed", query: "label_values(md_a, feed)" }] }
    }
    const faults = metricReadingFaults([{ at: "daemon", title: { en: "", zh: "" }, metrics: { md_a: metric } }], {
      rules: [{ path: "r.yml", text: "      - alert: Here\n        expr: md_b_bucket + md_a > 1 # md_c\n" }],
      dashboards: [{ path: "d.json", text: JSON.stringify(planted) }]
    })
    const fix = "correct the query, or declare the metric; then run 'npm run generate'"
    assert.deepStrictEqual(faults, [
      `d.json: Mine, annotation Marks: reads md_gone, which no program has: ${fix}`,
      `d.json: Mine, panel Inside: reads md_typo_total, which no program has: ${fix}`,
      `d.json: Mine, panel Lines: md_a has no label feed: ${fix}`,
      `d.json: Mine, panel Lines: names the label place, which none of its metrics has: ${fix}`,
      `d.json: Mine, variable feed: names the label feed, which none of its metrics has: ${fix}`,
      "r.yml:1: Here: reads md_b_bucket, which no program has"
    ])
  })
})
