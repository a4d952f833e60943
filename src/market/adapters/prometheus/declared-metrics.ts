import { Counter, Gauge, type Registry } from "prom-client"
import type { MetricTable } from "../../../kernel/metric.ts"
import type { Add } from "./metric-parts.ts"

/** prom-client's options of a declared metric. */
export const optionsOf = <Names extends string>(table: MetricTable<Names>, name: Names) => {
  const { en, labels = {} } = table[name]
  return { name, help: en, labelNames: Object.keys(labels) }
}

/**
 * Creates the metrics of a table, each read at a scrape. A name that is not in the table does not compile, and a label
 * that it does not have fails the scrape.
 */
export const declaredMetrics =
  <Names extends string>(registry: Registry, table: MetricTable<Names>) =>
  (name: Names, read: (add: Add) => void | Promise<void>): void => {
    const options = { ...optionsOf(table, name), registers: [registry] }
    /** Read before the values of the last scrape go: a second scraper may come meanwhile. */
    const sample = async (
      metric: { reset: () => void },
      put: (labels: Record<string, string>, value: number) => void
    ) => {
      const samples: Array<Parameters<Add>> = []
      await read((value, labels) => void samples.push([value, labels]))
      metric.reset()
      for (const [value, labels] of samples) put(labels, value)
    }
    if (table[name].type === "counter") {
      const counter: Counter = new Counter({
        ...options,
        collect: () => sample(counter, (labels, value) => counter.inc(labels, value))
      })
    } else {
      const gauge: Gauge = new Gauge({
        ...options,
        collect: () => sample(gauge, (labels, value) => gauge.set(labels, value))
      })
    }
  }
