import { listedLabel, metricHead, metricTable } from "../../../kernel/metric.ts"

const statuses = ["2xx", "3xx", "4xx", "5xx"] as const

/** What the HTTP API of the trading daemon measures. */
export const apiMetrics = metricTable({
  trade_api_listening: { type: "gauge", en: "1 while the HTTP API takes requests", zh: "HTTP 接口可接受请求时为 1" },
  trade_api_answers_total: {
    type: "counter",
    unit: "answers",
    en: "Answers of the HTTP API",
    zh: "HTTP 接口的应答数",
    labels: { status: listedLabel(statuses, { en: "class of the status", zh: "状态码类别" }) }
  },
  trade_api_refused_total: {
    type: "counter",
    unit: "requests",
    en: "Requests over HTTP that were refused",
    zh: "被拒绝的 HTTP 请求数",
    labels: { code: { en: "code of the refusal", zh: "拒绝代码", most: 100 } }
  },
  trade_api_cut_total: {
    type: "counter",
    unit: "connections",
    en: "Connections of the HTTP API that made room for others or did not wait for answers",
    zh: "为让位或因不等待应答而被切断的 HTTP 连接数"
  },
  trade_api_bugs_total: {
    type: "counter",
    unit: "requests",
    en: "Requests over HTTP that failed by a bug; the log has each with its id",
    zh: "因程序缺陷失败的 HTTP 请求数；日志中各有编号"
  }
})

/** What is counted on the port. `answers`: by `ROUTE STATUS`. */
export interface ApiReadings {
  readonly listening: boolean
  readonly answers: ReadonlyMap<string, number>
  readonly refusals: ReadonlyMap<string, number>
  readonly cuts: number
  readonly bugs: number
}

const classOf = (key: string): string => `${key.split(" ")[1]?.[0] ?? "5"}xx`

/** The rows of `/metrics` of the API, in Prometheus' text form. */
export const apiMetricsText = ({ answers, bugs, cuts, listening, refusals }: ApiReadings): string => {
  const byClass = new Map<string, number>(statuses.map((status) => [status, 0]))
  for (const [key, count] of answers) byClass.set(classOf(key), (byClass.get(classOf(key)) ?? 0) + count)
  const rows: Readonly<Record<keyof typeof apiMetrics, ReadonlyArray<string>>> = {
    trade_api_listening: [` ${listening ? 1 : 0}`],
    trade_api_answers_total: statuses.map((status) => `{status="${status}"} ${byClass.get(status)}`),
    trade_api_refused_total: [...refusals].map(([code, count]) => `{code="${code}"} ${count}`),
    trade_api_cut_total: [` ${cuts}`],
    trade_api_bugs_total: [` ${bugs}`]
  }
  return Object.entries(apiMetrics)
    .map(([name, metric]) => {
      const lines = rows[name as keyof typeof apiMetrics].map((row) => `${name}${row}\n`)
      return `${metricHead(name, metric)}${lines.join("")}`
    })
    .join("")
}
