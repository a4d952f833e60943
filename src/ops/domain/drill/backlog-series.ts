import { Result } from "effect"
import { maskAccount } from "../../../kernel/instrument/account-mask.ts"

/** The gauge that the drill reads, as users of the reference service know it. */
export const backlogMetric = "consumer_backlog_messages"

/** One series of the gauge. `messages` may be no number: a broken exporter writes `NaN`. */
export interface BacklogSeries {
  readonly labels: Readonly<Record<string, string>>
  readonly messages: number
}

const escapes: Readonly<Record<string, string>> = { n: "\n", '"': '"', "\\": "\\" }
const labelPair = /\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?/y
const sample = /^consumer_backlog_messages(?:\{(.*)\})?\s+(\S+)(?:\s+\S+)?\s*$/

/** Undefined: the text between the braces is no list of labels. */
const labelsOf = (text: string): Record<string, string> | undefined => {
  const labels: Record<string, string> = {}
  labelPair.lastIndex = 0
  let end = 0
  for (let pair = labelPair.exec(text); pair !== null; pair = labelPair.exec(text)) {
    labels[pair[1] ?? ""] = (pair[2] ?? "").replaceAll(/\\(.)/g, (whole, sign: string) => escapes[sign] ?? whole)
    end = labelPair.lastIndex
  }
  return text.slice(end).trim() === "" ? labels : undefined
}

const numberOf = (text: string): number => (text === "" ? Number.NaN : Number(text.replace(/^\+?Inf$/, "Infinity")))

/**
 * The series in a page of Prometheus' text format. Fails with the reason when the text is none: an error page, or a
 * line of the gauge that cannot be read.
 */
export const seriesOfPage = (text: string): Result.Result<ReadonlyArray<BacklogSeries>, string> => {
  const start = text.trimStart()
  if (start === "") return Result.fail("is empty")
  if (start.startsWith("<")) return Result.fail("is a web page, not a page of metrics")
  if (start.startsWith("{") || start.startsWith("[")) return Result.fail("is JSON, not a page of metrics")
  const series: Array<BacklogSeries> = []
  for (const line of text.split(/\r?\n/)) {
    if (!/^consumer_backlog_messages(?:[\s{]|$)/.test(line)) continue
    const [, list = "", value = ""] = sample.exec(line) ?? []
    const labels = labelsOf(list)
    if (labels === undefined || value === "")
      return Result.fail(`has a line that cannot be read: ${line.slice(0, 120)}`)
    series.push({ labels, messages: numberOf(value) })
  }
  return Result.succeed(series)
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The series in Prometheus' answer to an instant query of the gauge. */
export const seriesOfQuery = (text: string): Result.Result<ReadonlyArray<BacklogSeries>, string> => {
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch {
    return Result.fail("is not the JSON of a query of Prometheus")
  }
  const data = isRecord(answer) && isRecord(answer["data"]) ? answer["data"] : undefined
  if (!isRecord(answer) || answer["status"] !== "success" || !Array.isArray(data?.["result"])) {
    return Result.fail("is not the answer of a query of Prometheus")
  }
  const series: Array<BacklogSeries> = []
  for (const row of data["result"] as ReadonlyArray<unknown>) {
    if (!isRecord(row) || !isRecord(row["metric"]) || !Array.isArray(row["value"])) {
      return Result.fail("is no instant vector")
    }
    const labels = Object.fromEntries(Object.entries(row["metric"]).map(([name, label]) => [name, String(label)]))
    series.push({ labels, messages: numberOf(String(row["value"][1] ?? "")) })
  }
  return Result.succeed(series)
}

export interface ExpectedBacklog {
  readonly feed: string
  /** Plain or masked; undefined: any account. */
  readonly account: string | undefined
  /** The largest backlog that passes. */
  readonly threshold: number
}

const shownLabels = (labels: BacklogSeries["labels"]): string =>
  `{${Object.entries(labels)
    .filter(([name]) => name !== "__name__")
    .map(([name, value]) => `${name}="${value}"`)
    .join(",")}}`

/**
 * The series of the expected feed and account when all of them are within the threshold; else why not. A source
 * without such a series fails: the series of another feed says nothing about this one.
 */
export const judgeBacklogs = (
  all: ReadonlyArray<BacklogSeries>,
  { account, feed, threshold }: ExpectedBacklog
): Result.Result<ReadonlyArray<BacklogSeries>, string> => {
  const named = account === undefined ? `feed ${feed}` : `feed ${feed} and account ${maskAccount(account)}`
  if (all.length === 0) return Result.fail(`holds no ${backlogMetric}: let the exporter of the consumers write it`)
  const isOfAccount = (label: string | undefined) =>
    account === undefined || label === account || label === maskAccount(account)
  const meant = all.filter(({ labels }) => labels["feed"] === feed && isOfAccount(labels["account"]))
  if (meant.length === 0) {
    const found = all.slice(0, 3).map(({ labels }) => shownLabels(labels))
    return Result.fail(`holds no ${backlogMetric} of ${named}; it holds ${found.join(" ")}`)
  }
  const bad = meant.find(({ messages }) => !(messages <= threshold))
  if (bad === undefined) return Result.succeed(meant)
  const shown = Number.isNaN(bad.messages) ? "no number" : String(bad.messages)
  return Result.fail(`says ${shown} for ${backlogMetric}${shownLabels(bad.labels)}: at most ${threshold} is allowed`)
}
