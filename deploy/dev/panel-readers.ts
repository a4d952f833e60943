// Which panels read a metric, and what is wrong with their queries: from the files that Grafana loads, so that a
// dashboard of another author is checked too.
import { globSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { MetricCatalogue } from "./metric-catalogue.ts"
import { metricReads, promqlFaults } from "./promql.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))

export interface DashboardFile {
  readonly path: string
  readonly text: string
}

interface PanelJson {
  readonly title?: string
  readonly panels?: ReadonlyArray<PanelJson>
  readonly targets?: ReadonlyArray<{ readonly expr?: string; readonly legendFormat?: string }>
}
interface DashboardJson {
  readonly title?: string
  readonly panels?: ReadonlyArray<PanelJson>
  readonly annotations?: { readonly list?: ReadonlyArray<{ readonly name?: string; readonly expr?: string }> }
  readonly templating?: { readonly list?: ReadonlyArray<{ readonly name?: string; readonly query?: unknown }> }
}

/** One expression of a dashboard. */
interface PanelQuery {
  /** `MD Ops, panel Throughput mps · 吞吐` */
  readonly where: string
  readonly dashboard: string
  readonly panel: string
  readonly kind: "panel" | "annotation" | "variable"
  readonly expression: string
  readonly legend: string
  /** Label whose values a variable has. */
  readonly label?: string
}

/** Grafana puts a duration for the variables of a range. */
const withDurations = (expression: string): string =>
  expression.replaceAll(/\$(?:__rate_interval|__interval|__range)\b|\$\{__\w+\}/g, "5m")

const flat = (panels: ReadonlyArray<PanelJson> = []): ReadonlyArray<PanelJson> =>
  panels.flatMap((panel) => [panel, ...flat(panel.panels)])

const labelValues = /^label_values\(\s*(.*?)\s*,\s*(\w+)\s*\)$/s

/** Every expression of a dashboard: of its panels, annotations and variables. Throws `SyntaxError`. */
export const queriesOf = ({ path, text }: DashboardFile): ReadonlyArray<PanelQuery> => {
  const { annotations, panels, templating, title = path } = JSON.parse(text) as DashboardJson
  const query = (kind: PanelQuery["kind"], name: string, expression: string, legend = "", label?: string) => ({
    where: `${title}, ${kind} ${name}`,
    dashboard: title,
    panel: name,
    kind,
    expression: withDurations(expression),
    legend,
    ...(label === undefined ? {} : { label })
  })
  return [
    ...flat(panels).flatMap(({ targets = [], title: name = "" }) =>
      targets.flatMap(({ expr, legendFormat }) =>
        expr === undefined ? [] : [query("panel", name, expr, legendFormat)]
      )
    ),
    ...(annotations?.list ?? []).flatMap(({ expr, name = "" }) =>
      expr === undefined ? [] : [query("annotation", name, expr)]
    ),
    ...(templating?.list ?? []).flatMap(({ name = "", query: asked }) => {
      const [, expression, label] = labelValues.exec(typeof asked === "string" ? asked : "") ?? []
      return expression === undefined ? [] : [query("variable", name, expression, "", label)]
    })
  ]
}

/** Labels that a legend or a variable names and that no metric of the expression has: a hole in the text. */
const labelFaults = ({ expression, label, legend }: PanelQuery, catalogue: MetricCatalogue): ReadonlyArray<string> => {
  const known = metricReads(expression).map(({ metric }) => catalogue.get(metric)?.labels)
  if (known.includes(undefined)) return []
  const named = [...legend.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, name = ""]) => name)
  return [...(label === undefined ? [] : [label]), ...named]
    .filter((name) => !known.some((labels) => labels?.has(name)))
    .map((name) => `names the label ${name}, which none of its metrics has`)
}

const fix = "correct the query, or declare the metric; then run 'npm run generate'"

/** What is wrong with the queries of dashboards, each a sentence with dashboard, panel, metric and fix. */
export const dashboardFaults = (
  files: ReadonlyArray<DashboardFile>,
  catalogue: MetricCatalogue
): ReadonlyArray<string> =>
  files.flatMap((file) => {
    try {
      return queriesOf(file).flatMap((query) =>
        [...promqlFaults(query.expression, catalogue), ...labelFaults(query, catalogue)].map(
          (fault) => `${file.path}: ${query.where}: ${fault}: ${fix}`
        )
      )
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause
      return [`${file.path}: not JSON (${cause.message}): run 'npm run generate'`]
    }
  })

/** The dashboards in `deploy/grafana/dashboards`. */
export const dashboardFilesOnDisk: ReadonlyArray<DashboardFile> = globSync("deploy/grafana/dashboards/*.json", {
  cwd: root
})
  .sort()
  .map((path) => ({ path, text: readFileSync(`${root}/${path}`, "utf8") }))

/** Each place that reads a metric, under the name of the metric. Read once, at the first call. */
let readers: ReadonlyArray<{ readonly metric: string; readonly reader: string }> | undefined
const readersOnDisk = () =>
  (readers ??= dashboardFilesOnDisk.flatMap(queriesOf).flatMap(({ dashboard, expression, kind, panel }) => {
    // The Chinese half of a title belongs to the dashboard.
    const reader = `${dashboard}: ${panel.split(" · ")[0]}${kind === "panel" ? "" : ` (${kind})`}`
    return metricReads(expression)
      .flatMap(({ metric }) => [metric, metric.replace(/_(?:bucket|sum|count)$/, "")])
      .map((metric) => ({ metric, reader }))
  }))

/** Names of the panels, annotations and variables that read a metric: `MD Ops: Throughput mps`. */
export const panelsReading = (metric: string): ReadonlyArray<string> => [
  ...new Set(readersOnDisk().flatMap((each) => (each.metric === metric ? [each.reader] : [])))
]
