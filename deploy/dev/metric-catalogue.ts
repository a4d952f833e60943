// What is known of every metric that a rule or a panel may read: the declared ones, those of the recording rules, and
// those of other programs that this project reads.
import type { MetricSection } from "../../src/kernel/metric.ts"

export interface KnownMetric {
  readonly type: "counter" | "gauge" | "histogram"
  /** Labels with their closed list of values, if they have one; `undefined`: any label. */
  readonly labels: ReadonlyMap<string, ReadonlyArray<string> | undefined> | undefined
}

export type MetricCatalogue = ReadonlyMap<string, KnownMetric>

/** Labels that Prometheus sets, at a scrape or for another Prometheus. */
const targetLabels = ["instance", "job"].map((label) => [label, undefined] as const)

const other = (type: KnownMetric["type"], ...labels: ReadonlyArray<string>): KnownMetric => ({
  type,
  labels: new Map([...targetLabels, ...labels.map((label) => [label, undefined] as const)])
})

/** Metrics of Prometheus, Pushgateway and Alertmanager that rules and panels read. */
const others: ReadonlyArray<readonly [string, KnownMetric]> = [
  ["up", other("gauge")],
  ["scrape_duration_seconds", other("gauge")],
  ["push_time_seconds", other("gauge")],
  ["push_failure_time_seconds", other("gauge")],
  ["prometheus_notifications_alertmanagers_discovered", other("gauge")],
  ["prometheus_notifications_errors_total", other("counter", "alertmanager")],
  ["prometheus_notifications_dropped_total", other("counter")],
  ["prometheus_rule_evaluation_failures_total", other("counter", "rule_group")],
  ["prometheus_tsdb_compactions_failed_total", other("counter")],
  ["prometheus_tsdb_wal_writes_failed_total", other("counter")],
  ["alertmanager_notifications_failed_total", other("counter", "integration", "reason")],
  ["ALERTS", { type: "gauge", labels: undefined }]
]

/** `recorded` are names of recording rules. Their result is a gauge, with the labels that their expression leaves. */
export const metricCatalogue = (
  sections: ReadonlyArray<MetricSection>,
  recorded: ReadonlyArray<string>
): MetricCatalogue => {
  const catalogue = new Map<string, KnownMetric>(others)
  for (const name of recorded) catalogue.set(name, { type: "gauge", labels: undefined })
  for (const [name, { labels = {}, type }] of sections.flatMap(({ metrics }) => Object.entries(metrics))) {
    const values = new Map<string, ReadonlyArray<string> | undefined>(targetLabels)
    // Two ports may serve a metric with other labels each.
    for (const [label, known] of catalogue.get(name)?.labels ?? []) values.set(label, known)
    for (const [label, { values: listed }] of Object.entries(labels)) {
      const before = values.get(label)
      const isOpen = values.has(label) && before === undefined
      values.set(label, listed === undefined || isOpen ? undefined : [...(before ?? []), ...listed])
    }
    catalogue.set(name, { type, labels: values })
    if (type !== "histogram") continue
    for (const end of ["sum", "count"]) catalogue.set(`${name}_${end}`, { type: "counter", labels: values })
    catalogue.set(`${name}_bucket`, { type: "counter", labels: new Map([...values, ["le", undefined]]) })
  }
  return catalogue
}
