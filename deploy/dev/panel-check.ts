// Asks a real Prometheus for every panel of the dashboards, as Grafana would.
import type { Bilingual } from "../../src/kernel/bilingual.ts"
import { dashboards } from "./dashboards/dashboards.ts"
import { metricReads } from "./promql.ts"

/** One sample of Prometheus' API: seconds, and the value as text. */
type Sample = readonly [seconds: number, value: string]
interface Series {
  readonly metric: Readonly<Record<string, string>>
  readonly values: ReadonlyArray<Sample>
}
interface Answer {
  readonly status: "success" | "error"
  readonly error?: string
  readonly data?: { readonly result?: ReadonlyArray<Series> }
}

/** What one query of a panel gives. */
export interface PanelAnswer {
  /** `MD Ops` */
  readonly dashboard: string
  /** `MD Ops, panel Throughput mps` */
  readonly where: string
  readonly expression: string
  readonly legend: string
  readonly unit: string
  /** Series with at least one number. */
  readonly series: ReadonlyArray<Series>
  readonly error: string | undefined
  readonly mayBeEmpty: Bilingual | undefined
}

interface Span {
  readonly fromS: number
  readonly toS: number
  readonly stepS: number
  /** What Grafana puts for `$__rate_interval`: four scrapes. */
  readonly rateInterval: string
}

/** Nothing chosen: every feed, account, session and daemon. */
const withoutVariables = (expression: string, rateInterval: string): string =>
  expression.replaceAll("$__rate_interval", rateInterval).replaceAll(/\$(?:feed|account|session|instance)\b/g, ".*")

const isNumber = ([, value]: Sample): boolean => value !== "NaN"

const ask = async (prometheus: string, expression: string, { fromS, stepS, toS }: Span): Promise<Answer> => {
  const query = new URLSearchParams({ query: expression, start: `${fromS}`, end: `${toS}`, step: `${stepS}` })
  const reply = await fetch(`${prometheus}/api/v1/query_range`, { method: "POST", body: query })
  return (await reply.json()) as Answer
}

const everyQuery = dashboards.flatMap(({ annotations, rows, title: dashboard }) => [
  ...rows.flatMap(({ panels }) =>
    panels.flatMap(({ mayBeEmpty, queries, title, unit }) =>
      queries.map(({ expr, legend }) => ({
        dashboard,
        where: `${dashboard}, panel ${title.en}`,
        expr,
        legend,
        unit,
        mayBeEmpty
      }))
    )
  ),
  ...annotations.map(({ expr, mayBeEmpty, text, title }) => ({
    dashboard,
    where: `${dashboard}, annotation ${title.en}`,
    expr,
    legend: text,
    unit: "none",
    mayBeEmpty
  }))
])

/** The answer to each query of each panel and annotation. `titles`: only of these dashboards. */
export const askPanels = (
  prometheus: string,
  span: Span,
  titles?: ReadonlyArray<string>
): Promise<ReadonlyArray<PanelAnswer>> =>
  Promise.all(
    everyQuery
      .filter(({ dashboard }) => titles?.includes(dashboard) !== false)
      .map(async ({ expr, ...query }) => {
        const expression = withoutVariables(expr, span.rateInterval)
        const { data, error } = await ask(prometheus, expression, span)
        const series = (data?.result ?? []).filter(({ values }) => values.some(isNumber))
        return { ...query, expression, series, error }
      })
  )

/** What Prometheus makes itself, without a scrape. */
const made = new Set(["ALERTS", "up"])

/**
 * What is wrong with the answers, each a sentence: a query that Prometheus refuses, one without an answer that must
 * have one, and one that may be empty of a metric that no target serves.
 */
export const panelAnswerFaults = async (
  prometheus: string,
  answers: ReadonlyArray<PanelAnswer>
): Promise<ReadonlyArray<string>> => {
  const reply = await fetch(`${prometheus}/api/v1/metadata`)
  const { data: served } = (await reply.json()) as { readonly data: Readonly<Record<string, unknown>> }
  const isServed = (metric: string) =>
    made.has(metric) || metric in served || metric.replace(/_(?:bucket|sum|count)$/, "") in served
  return answers.flatMap(({ error, expression, mayBeEmpty, series, where }) => {
    if (error !== undefined) return [`${where}: Prometheus refuses ${expression}: ${error}`]
    if (series.length > 0) return []
    if (mayBeEmpty === undefined) return [`${where}: nothing to show for ${expression}`]
    const away = metricReads(expression).filter(({ metric }) => !isServed(metric))
    return away.map(({ metric }) => `${where}: may be empty, but no target serves ${metric}`)
  })
}
