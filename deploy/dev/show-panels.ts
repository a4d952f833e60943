// The dashboards as text, for a machine without Grafana: each panel with the newest value of each series.
//   node deploy/dev/show-panels.ts [http://127.0.0.1:9090]
import { askPanels, type PanelAnswer } from "./panel-check.ts"

const mostSeries = 12
const spanS = 600
const stepS = 15

/** `{{feed}} {{role}}` with the labels of a series. */
const named = (legend: string, labels: Readonly<Record<string, string>>): string =>
  legend.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => labels[label] ?? "").trim()

const linesOf = ({ error, legend, mayBeEmpty, series, unit }: PanelAnswer, nowS: number): ReadonlyArray<string> => {
  if (error !== undefined) return [`  Prometheus refuses the query: ${error}`]
  // A series whose labels a switch has changed ends before the last step.
  const current = series.filter(({ values }) => nowS - (values.at(-1)?.[0] ?? 0) < stepS)
  if (current.length === 0) return [`  – ${legend}${mayBeEmpty === undefined ? "" : ` (${mayBeEmpty.en})`}`]
  const shown = current.slice(0, mostSeries).map(({ metric, values }) => {
    const value = Number(values.at(-1)?.[1])
    const amount = `${Number(value.toPrecision(6))}${unit === "none" || unit === "short" ? "" : ` ${unit}`}`
    return `  ${amount}  ${named(legend, metric)}`
  })
  return current.length > mostSeries ? [...shown, `  and ${current.length - mostSeries} more`] : shown
}

const prometheus = (process.argv[2] ?? "http://127.0.0.1:9090").replace(/\/$/, "")
const nowS = Date.now() / 1000
try {
  const answers = await askPanels(prometheus, { fromS: nowS - spanS, toS: nowS, stepS, rateInterval: "1m" })
  for (const [where, group] of Map.groupBy(answers, (answer) => answer.where)) {
    console.log(where)
    for (const answer of group) for (const line of linesOf(answer, nowS)) console.log(line)
  }
} catch (cause) {
  const why =
    cause instanceof Error ? (cause.cause instanceof Error ? cause.cause.message : cause.message) : String(cause)
  console.error(`Prometheus does not answer at ${prometheus} (${why}): give its address, e.g. http://127.0.0.1:9090`)
  process.exitCode = 1
}
