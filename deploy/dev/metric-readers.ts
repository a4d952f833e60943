// Which alerts read a metric: from the rules themselves, so that the reference page cannot be stale. And what is wrong
// with the rules: without promtool too.
import { metricSections } from "../../src/app/metrics/metric-sections.ts"
import { type MetricCatalogue, metricCatalogue } from "./metric-catalogue.ts"
import { type MetricRead, metricReads, promqlFaults } from "./promql.ts"
import { type Rule, ruleFiles } from "./rule-files.ts"

const rules = ruleFiles.flatMap((file) => file.rules)
const read = rules.map(({ expression, kind, name }) => ({
  name,
  isRecord: kind === "record",
  reads: new Set(metricReads(expression).map(({ metric }) => metric.replace(/_(?:bucket|sum|count)$/, ""))),
  exact: new Set(metricReads(expression).map(({ metric }) => metric))
}))

/** Names of the alerts that read a metric, also through a recording rule. */
export const alertsReading = (metric: string, seen: ReadonlyArray<string> = []): ReadonlyArray<string> => [
  ...new Set(
    read
      .filter(({ exact, name, reads }) => (reads.has(metric) || exact.has(metric)) && !seen.includes(name))
      .flatMap(({ isRecord, name }) => (isRecord ? alertsReading(name, [...seen, name]) : [name]))
  )
]

/** The declared metrics, those of the recording rules, and those of other programs that this project reads. */
export const readableMetrics: MetricCatalogue = metricCatalogue(
  metricSections,
  rules.flatMap(({ kind, name }) => (kind === "record" ? [name] : []))
)

/** Labels that the texts of an alert name and that none of its metrics has: the text would have a hole. */
const textFaults = ({ expression, text }: Rule, catalogue: MetricCatalogue): ReadonlyArray<string> => {
  const known = metricReads(expression).map(({ metric }) => catalogue.get(metric)?.labels)
  if (known.includes(undefined)) return []
  return [...new Set([...text.matchAll(/\$labels\.(\w+)/g)].map(([, label = ""]) => label))]
    .filter((label) => !known.some((labels) => labels?.has(label)))
    .map((label) => `its text names the label ${label}, which no metric of it has`)
}

/** What is wrong with one rule, each a sentence with file and line. */
export const ruleFaults = (rule: Rule, catalogue: MetricCatalogue): ReadonlyArray<string> =>
  [...promqlFaults(rule.expression, catalogue), ...textFaults(rule, catalogue)].map(
    (fault) => `${rule.path}:${rule.line}: ${rule.name}: ${fault}`
  )

/** What is wrong with the project's rules; empty: nothing. */
export const allRuleFaults = (): ReadonlyArray<string> => [
  ...ruleFiles.flatMap(({ faults }) => faults),
  ...rules.flatMap((rule) => ruleFaults(rule, readableMetrics))
]

const admits = ({ operator, value }: MetricRead["matchers"][number], text: string): boolean => {
  if (operator === "=" || operator === "!=") return (text === value) === (operator === "=")
  return new RegExp(`^(?:${value})$`).test(text) === (operator === "=~")
}

/** Names of the alerts that read the series of a metric with this value of a label. */
export const alertsWithValue = (metric: string, label: string, value: string): ReadonlyArray<string> =>
  rules
    .filter(({ kind }) => kind === "alert")
    .filter(({ expression }) =>
      metricReads(expression).some(
        (each) =>
          each.metric === metric &&
          each.matchers.filter((matcher) => matcher.label === label).every((matcher) => admits(matcher, value))
      )
    )
    .map(({ name }) => name)
