// A dashboard is read in a hurry and in two languages: each panel has a unit, colours, a name and an explanation in
// both, and stands where no other one is. The files that Grafana loads are those of the declarations.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { dashboardFiles } from "../../../deploy/dev/dashboards/dashboard-files.ts"
import { dashboards } from "../../../deploy/dev/dashboards/dashboards.ts"
import { sourceUid } from "../../../deploy/dev/dashboards/variables.ts"
import { readableMetrics } from "../../../deploy/dev/metric-readers.ts"
import { dashboardFaults, queriesOf } from "../../../deploy/dev/panel-readers.ts"
import { panelsPage } from "../../../deploy/dev/panels-page.ts"
import { variables } from "../../../src/app/env/variables.ts"
import { projectRoot } from "../../../src/platform/process/project.ts"
import { alerts } from "../../support/alert-rules.ts"

interface PanelJson {
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly datasource?: { readonly uid?: string }
  readonly fieldConfig?: {
    readonly defaults: { readonly unit?: string; readonly thresholds?: { readonly steps: ReadonlyArray<unknown> } }
  }
}
interface DashboardJson {
  readonly uid: string
  readonly title: string
  readonly timezone: string
  readonly panels: ReadonlyArray<PanelJson>
  readonly annotations: { readonly list: ReadonlyArray<{ readonly name: string }> }
  readonly templating: { readonly list: ReadonlyArray<{ readonly name: string; readonly current: unknown }> }
}

const parsed = dashboardFiles.map(({ text }) => JSON.parse(text) as DashboardJson)
const both = /^[^\p{Script=Han}]+ · .*\p{Script=Han}/u
/** Names that are the same in both languages. */
const sameName = new Set(["CPU · CPU", "Runbooks · Runbook"])

describe("the dashboards", () => {
  it("are the files and the page", () => {
    for (const { path, text } of [...dashboardFiles, { path: "docs/reference/panels.md", text: panelsPage() }])
      assert.strictEqual(
        readFileSync(join(projectRoot, path), "utf8"),
        text,
        `${path} is stale: run 'npm run generate'`
      )
  })

  it("are MD Ops, tickd internals and Trading, in Shanghai's time, with what to choose and their marks", () => {
    assert.deepStrictEqual(
      parsed.map(({ title, timezone, uid }) => [uid, title, timezone]),
      [
        ["md-ops", "MD Ops", "Asia/Shanghai"],
        ["tickd-internals", "tickd internals", "Asia/Shanghai"],
        ["tickd-trading", "Trading", "Asia/Shanghai"]
      ]
    )
    for (const { annotations, templating, uid } of parsed) {
      const isTrading = uid === "tickd-trading"
      assert.deepStrictEqual(
        templating.list.map(({ name }) => name),
        isTrading ? ["datasource", "instance"] : ["datasource", "feed", "account", "session"]
      )
      assert.deepStrictEqual(
        annotations.list.map(({ name }) => name),
        isTrading ? ["Kill switch · 紧急停止", "Breakers · 熔断"] : ["Switches · 切换", "Runbook runs · Runbook 运行"]
      )
    }
  })

  it("have every panel of the runbook", () => {
    const titles = dashboards[0]?.rows.flatMap(({ panels }) => panels.map(({ title }) => title.en)) ?? []
    const named = `Throughput mps|Subscription Coverage|Rate Limit Incidents|Feed Source|Consumer Lag
      |Consumer Error Rate|Latency p99|Errors|Runbook Exit|Failover Latency|Coverage gap by product|Accounts
      |Firing alerts`.split(/\s*\|\s*/)
    assert.includeMembers(titles, named)
  })

  it("have a title, an explanation, a unit and colours on each panel, in both languages", () => {
    for (const { panels } of parsed) {
      for (const { datasource, description = "", fieldConfig, title, type } of panels) {
        if (!sameName.has(title)) assert.match(title, both)
        if (type === "row") continue
        assert.match(description, /^[^\p{Script=Han}]+\n\n.*\p{Script=Han}/u, title)
        assert.isAbove(fieldConfig?.defaults.unit?.length ?? 0, 0, title)
        assert.isAbove(fieldConfig?.defaults.thresholds?.steps.length ?? 0, 0, title)
        assert.strictEqual(datasource?.uid, "${datasource}", title)
      }
    }
  })

  it("name alerts that there are", () => {
    const known = new Set(alerts.map(({ name }) => name))
    const named = dashboardFiles.flatMap(({ text }) => text.match(/\b(?:MD|TRADE)_[A-Z][a-z]\w+/g) ?? [])
    assert.isAbove(named.length, 20)
    assert.deepStrictEqual(
      named.filter((name) => !known.has(name)),
      []
    )
  })

  it("have one panel in each place, and one title for each panel", () => {
    for (const { panels } of parsed) {
      assert.lengthOf(new Set(panels.map(({ title }) => title)), panels.length)
      const cells = new Map<string, string>()
      for (const { gridPos, title } of panels) {
        assert.isAtMost(gridPos.x + gridPos.w, 24, title)
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
            assert.isUndefined(cells.get(`${x} ${y}`), `${title} is upon ${cells.get(`${x} ${y}`)}`)
            cells.set(`${x} ${y}`, title)
          }
        }
      }
    }
  })

  it("read only what programs have", () => {
    assert.isAbove(dashboardFiles.flatMap(queriesOf).length, 100)
    assert.deepStrictEqual(dashboardFaults(dashboardFiles, readableMetrics), [])
  })

  it("find their data source and Grafana finds them: the provisioning names the same things", () => {
    const provisioned = (path: string) => readFileSync(join(projectRoot, "deploy/grafana/provisioning", path), "utf8")
    const source = provisioned("datasources/prometheus.yml")
    assert.match(source, new RegExp(`^    uid: ${sourceUid}$`, "m"))
    const [, variable = ""] = /^ {4}url: \$__env\{(\w+)\}$/m.exec(source) ?? []
    assert.include(
      variables.map(({ name }) => name),
      variable
    )
    assert.match(provisioned("dashboards/tickd.yml"), /^ {6}path: \/var\/lib\/grafana\/dashboards$/m)
    for (const { templating } of parsed)
      assert.deepInclude(templating.list[0]?.current, { text: "Prometheus", value: sourceUid })
    const interval = /^ {2}- job_name: market-data-service-live\n {4}scrape_interval: (\w+)$/m.exec(
      readFileSync(join(projectRoot, "deploy/prometheus/prometheus.yml"), "utf8")
    )?.[1]
    assert.include(source, `timeInterval: ${interval}\n`)
  })

  it("that are no JSON are one sentence", () => {
    const [fault = ""] = dashboardFaults([{ path: "d.json", text: "<html>" }], readableMetrics)
    assert.match(fault, /^d\.json: not JSON \(.+\): run 'npm run generate'$/)
  })
})
