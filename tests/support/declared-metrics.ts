import { spawnSync } from "node:child_process"
import { metricSections } from "../../src/app/metrics/metric-sections.ts"
import type { Metric, MetricSection } from "../../src/kernel/metric.ts"
import { familiesOf } from "./metric-rules.ts"
import { findMonitoringTools, howToFetch } from "./monitoring-tools.ts"

/** A declared name of the users' runbook, which stays: Prometheus' rules would have seconds, no `_total` on a gauge. */
export const isRunbookName = (finding: string): boolean =>
  metricSections.some(({ metrics }) => metrics[finding.split(/\s/)[0] ?? ""]?.isRunbookName)

/** Findings of `promtool check metrics` but for the names that the runbook fixes. */
export const promtoolFaults = (text: string): ReadonlyArray<string> => {
  const { promtool } = findMonitoringTools(["promtool"])
  if (promtool === undefined) {
    console.log(`skipped: no promtool here: ${howToFetch}`)
    return []
  }
  const { stderr, stdout } = spawnSync(promtool, ["check", "metrics"], { input: text, encoding: "utf8" })
  return `${stdout}${stderr}`.split("\n").filter((line) => line !== "" && !isRunbookName(line))
}

const labelsIn = (series: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...series.matchAll(/[{,](\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name = "", value = ""]) => [name, value])
  )

const seriesFaults = (name: string, { labels = {}, type }: Metric, series: ReadonlyArray<string>) => {
  const declared = Object.keys(labels).sort().join()
  const seen = series.map((each) => {
    const { le: _, ...own } = labelsIn(each)
    return type === "histogram" ? own : labelsIn(each)
  })
  return [
    ...new Set([
      ...seen
        .filter((own) => Object.keys(own).sort().join() !== declared)
        .map((own) => `${name} has the labels ${Object.keys(own).sort().join()}, declared are ${declared}`),
      ...Object.entries(labels).flatMap(([label, { most, values }]) => {
        const found = new Set(seen.map((own) => own[label] ?? ""))
        const strange = [...found].filter((value) => values !== undefined && !values.includes(value))
        return [
          ...(found.size > most ? [`${name} has ${found.size} values of ${label}, declared are ${most}`] : []),
          ...strange.map((value) => `${name} has the value ${value} of ${label}, which is not listed`)
        ]
      })
    ])
  ]
}

/** What a page of metrics serves or a tool pushes otherwise than declared; empty: nothing. */
export const declarationFaults = (text: string, of: MetricSection["at"] | MetricSection): ReadonlyArray<string> => {
  const sections = typeof of === "string" ? metricSections.filter(({ at }) => at === of) : [of]
  const declared = new Map(sections.flatMap(({ metrics }) => Object.entries(metrics)))
  const families = familiesOf(text)
  return [
    ...[...declared.keys()].filter((name) => !families.has(name)).map((name) => `${name} is declared and not served`),
    ...[...families].flatMap(([name, { series, type, help }]) => {
      const metric = declared.get(name)
      if (metric === undefined) return [`${name} is served and not declared`]
      return [
        ...(type === metric.type ? [] : [`${name} is a ${type}, declared is ${metric.type}`]),
        ...(help === metric.en ? [] : [`${name} has another help text: ${help}`]),
        ...seriesFaults(name, metric, series)
      ]
    })
  ].sort()
}
