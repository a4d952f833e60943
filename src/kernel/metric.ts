import type { Bilingual } from "./bilingual.ts"

/**
 * Declaration of Prometheus metrics. Each program that serves or pushes metrics has its own table, and creates them
 * from it; `src/app/metrics/` puts the tables together for the reference page and the tests. Here and not in
 * `platform`, because a domain names the metrics that it measures.
 */

/** A label: what its value means (`en`, `zh`) and how many values it can have. */
export interface MetricLabel extends Bilingual {
  /** Most values at one time. More would be a series for each tick, order or customer. */
  readonly most: number
  /** Every value, where the list is closed. */
  readonly values?: ReadonlyArray<string>
}

/** What is said about a metric. Its name is its key in the table; `en` is its help text. */
export interface Metric extends Bilingual {
  readonly type: "counter" | "gauge" | "histogram"
  /** Omit for a plain number, such as a flag. */
  readonly unit?: string
  readonly labels?: Readonly<Record<string, MetricLabel>>
  /** A name that the users' runbook fixes and that breaks a rule of `promtool check metrics`. */
  readonly isRunbookName?: true
}

export type MetricTable<Names extends string = string> = Readonly<Record<Names, Metric>>

/** The metrics of one port or of one push, under a title of the reference page. */
export interface MetricSection {
  readonly title: Bilingual
  /** Where they are read: the daemon's port, its subscription port, that of the trading daemon, or the Pushgateway. */
  readonly at: "daemon" | "subscriptions" | "trade" | "pushed"
  readonly metrics: MetricTable
}

/** Keeps the literal names of a table, so that the compiler knows which metrics there are. */
export const metricTable = <Names extends string>(metrics: MetricTable<Names>): MetricTable<Names> => metrics

/** A label whose values are all known. */
export const listedLabel = (values: ReadonlyArray<string>, text: Bilingual): MetricLabel => ({
  ...text,
  values,
  most: values.length
})

/** The two comment lines of a metric in Prometheus' text form. */
export const metricHead = (name: string, { en, type }: Metric): string =>
  `# HELP ${name} ${en}\n# TYPE ${name} ${type}\n`
