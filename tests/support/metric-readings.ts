import { metricCatalogue } from "../../deploy/dev/metric-catalogue.ts"
import { type DashboardFile, dashboardFaults } from "../../deploy/dev/panel-readers.ts"
import { promqlFaults } from "../../deploy/dev/promql.ts"
import { readRuleFile } from "../../deploy/dev/rule-files.ts"
import type { MetricSection } from "../../src/kernel/metric.ts"

/** What rules and dashboards read that does not exist, or read as it is not meant. */
export const metricReadingFaults = (
  sections: ReadonlyArray<MetricSection>,
  {
    dashboards,
    rules
  }: { readonly rules: ReadonlyArray<DashboardFile>; readonly dashboards: ReadonlyArray<DashboardFile> }
): ReadonlyArray<string> => {
  const files = rules.map(({ path, text }) => readRuleFile(path, text))
  const read = files.flatMap((file) => file.rules)
  const catalogue = metricCatalogue(
    sections,
    read.flatMap(({ kind, name }) => (kind === "record" ? [name] : []))
  )
  return [
    ...new Set([
      ...files.flatMap(({ faults }) => faults),
      ...read.flatMap(({ expression, line, name, path }) =>
        promqlFaults(expression, catalogue).map((fault) => `${path}:${line}: ${name}: ${fault}`)
      ),
      ...dashboardFaults(dashboards, catalogue)
    ])
  ].sort()
}
