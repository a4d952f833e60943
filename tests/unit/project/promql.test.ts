// An alert that reads a metric which no program has never fires, and promtool finds nothing wrong with it. Each planted
// fault must be one sentence that names the file, the rule and the metric.
import { assert, describe, it } from "@effect/vitest"
import { metricCatalogue } from "../../../deploy/dev/metric-catalogue.ts"
import { allRuleFaults, readableMetrics, ruleFaults } from "../../../deploy/dev/metric-readers.ts"
import { metricReads, promqlFaults } from "../../../deploy/dev/promql.ts"
import { readRuleFile, ruleFiles } from "../../../deploy/dev/rule-files.ts"
import { listedLabel, metricTable } from "../../../src/kernel/metric.ts"

const text = { en: "x", zh: "某" }
const metrics = metricTable({
  md_lost_total: {
    type: "counter",
    ...text,
    labels: { feed: { ...text, most: 2 }, where: listedLabel(["a", "b"], text) }
  },
  md_depth: { type: "gauge", ...text },
  md_wait_seconds: { type: "histogram", ...text, labels: { hop: listedLabel(["ring"], text) } }
})
const catalogue = metricCatalogue([{ at: "daemon", title: text, metrics }], ["md:depth:last"])
const faultsOf = (expression: string) => promqlFaults(expression, catalogue)

describe("an expression", () => {
  it("is read place by place: metric, matchers, and the function that it is given to", () => {
    const reads = metricReads(
      `sum by (feed) (increase((md_lost_total{where=~"a|b",feed!="x"})[5m:1m] offset 1h)) > on (job) {__name__="md_depth"}`
    )
    assert.deepStrictEqual(
      reads.map(({ functionName, metric }) => [metric, functionName]),
      [
        ["md_lost_total", ""],
        ["md_depth", ""]
      ]
    )
    assert.deepStrictEqual(reads[0]?.matchers, [
      { label: "where", operator: "=~", value: "a|b" },
      { label: "feed", operator: "!=", value: "x" }
    ])
    assert.strictEqual(metricReads("rate(md_lost_total[5m] offset 1h)")[0]?.functionName, "rate")
    assert.strictEqual(metricReads("rate(md_lost_total[5m")[0]?.metric, "md_lost_total")
  })

  it("is accepted when it reads what there is", () => {
    for (const expression of [
      `sum by (instance, feed, where) (increase(md_lost_total{feed="primary",where=~"a|b"}[5m])) > 0`,
      `histogram_quantile(0.99, sum by (le, hop) (rate(md_wait_seconds_bucket[5m])))`,
      `label_replace(md_depth, "other", "$1", "job", "(.*)") and on (other) vector(1)`,
      `sum by (anything) (md:depth:last) or deriv(md_depth[1h]) > 1`,
      `md_lost_total{feed="$feed",where="$where"} and on (instance) up == 1`
    ])
      assert.deepStrictEqual(faultsOf(expression), [], expression)
  })

  it("with a fault gives one sentence", () => {
    const planted = {
      "sum(rate(md_lost_total[5m])": "syntax error at character 28, at the end",
      "md_depth >> 1": `syntax error at character 11, before "> 1"`,
      "md_lots_total > 0": "reads md_lots_total, which no program has",
      "rate(md_depth[5m]) > 0": "rate of md_depth, which is a gauge",
      "increase(md:depth:last[5m]) > 0": "increase of md:depth:last, which is a gauge",
      "delta(md_lost_total[5m]) > 0": "delta of md_lost_total, which is a counter",
      "md_wait_seconds > 0": "md_wait_seconds is a histogram: read md_wait_seconds_bucket, _sum or _count",
      'md_lost_total{place="a"} > 0': "md_lost_total has no label place",
      'md_lost_total{where="c"} > 0': "md_lost_total has no value c of the label where",
      'md_lost_total{where=~"a|c"} > 0': "md_lost_total has no value c of the label where",
      "sum by (place) (md_lost_total)": "no metric of sum by (place) (md_lost_total) has the label place",
      "md_depth and on (where) md_depth": "no metric of md_depth and on (where) md_depth has the label where",
      '{feed="x"}': "a selector without the name of a metric"
    }
    for (const [expression, fault] of Object.entries(planted)) assert.deepStrictEqual(faultsOf(expression), [fault])
  })
})

describe("a rule file", () => {
  const file = (rule: string) =>
    readRuleFile("r.yml", `groups:\n  - name: x\n    rules:\n      - alert: First\n        expr: md_depth > 1\n${rule}`)

  it("with a typo is reported by file, line and rule", () => {
    const second = "      - alert: Second\n        expr: |-\n          md_depth\n          > 2\n"
    const good = file(second)
    assert.deepStrictEqual(good.faults, [])
    assert.deepStrictEqual(
      good.rules.map(({ expression, line, name }) => [name, line, expression]),
      [
        ["First", 4, "md_depth > 1"],
        ["Second", 6, "md_depth\n> 2"]
      ]
    )
    assert.deepStrictEqual(file("      - alert: Second\n        exprr: md_depth > 2\n").faults, [
      'r.yml:7: not the form of a rule file: "exprr: md_depth > 2"',
      "r.yml:6: Second has no expr"
    ])
    assert.deepStrictEqual(file(`${second}        for: 5 minutes\n`).faults, [
      'r.yml:10: not the form of a rule file: "for: 5 minutes"'
    ])
    assert.deepStrictEqual(file(`${second}        labels: { severity warning }\n`).faults, [
      'r.yml:10: not the form of a rule file: "labels: { severity warning }"'
    ])
  })

  it("with a fault of an expression or of a text is reported by file, line and rule", () => {
    const { rules } = file(
      '      - alert: Second\n        expr: rate(md_depth[5m]) > 2\n        annotations:\n          summary: "{{ $labels.feed }}"\n'
    )
    assert.deepStrictEqual(
      rules.flatMap((rule) => ruleFaults(rule, catalogue)),
      [
        "r.yml:6: Second: rate of md_depth, which is a gauge",
        "r.yml:6: Second: its text names the label feed, which no metric of it has"
      ]
    )
  })
})

describe("the rules of the project", () => {
  it("have no fault, and are all read", () => {
    assert.deepStrictEqual(allRuleFaults(), [])
    assert.isAbove(ruleFiles.flatMap(({ rules }) => rules).length, 45)
    assert.isTrue(readableMetrics.has("md_hop_seconds_bucket"))
  })
})
