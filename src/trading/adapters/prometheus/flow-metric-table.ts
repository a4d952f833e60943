import type { LatencyHistogram } from "../../../kernel/latency-histogram.ts"
import { listedLabel, metricHead, metricTable } from "../../../kernel/metric.ts"
import { isTerminal, orderStatuses } from "../../domain/order/order-words.ts"
import { refusalCodes, type TradeFlow, venueAnswers } from "../../ports/trade-flow.ts"

const endings = orderStatuses.filter(isTerminal)

/** How orders flow through the trading daemon, since its start. Every value of a label has a row from the start. */
export const flowMetrics = metricTable({
  trade_orders_ended_total: {
    type: "counter",
    unit: "orders",
    en: "Orders that came to their end",
    zh: "已结束的订单数",
    labels: { status: listedLabel(endings, { en: "status at the end", zh: "结束时的状态" }) }
  },
  trade_order_refusals_total: {
    type: "counter",
    unit: "reasons",
    en: "Reasons of refused orders and changes; one refusal may have several. VENUE: the venue refused",
    zh: "订单与改单被拒绝的原因数，一次拒绝可有多个原因；VENUE 表示被交易场所拒绝",
    labels: { code: listedLabel(refusalCodes, { en: "code of the reason", zh: "原因代码" }) }
  },
  trade_venue_answers_total: {
    type: "counter",
    unit: "requests",
    en: "Requests to the venue by their answer",
    zh: "发往交易场所的请求数，按应答分类",
    labels: {
      answer: listedLabel(venueAnswers, { en: "unknown: no readable answer", zh: "unknown：没有可解析的应答" })
    }
  },
  trade_submit_seconds: {
    type: "histogram",
    unit: "seconds",
    en: "Time from the request of an order until its intent is stored or it is refused",
    zh: "从收到下单请求到存入账本或被拒绝的时间"
  },
  trade_store_write_seconds: {
    type: "histogram",
    unit: "seconds",
    en: "Time of a transaction of the book that writes intents or facts",
    zh: "账本写入意图或事实的事务耗时"
  },
  trade_venue_request_seconds: {
    type: "histogram",
    unit: "seconds",
    en: "Time from a request to the venue to its answer",
    zh: "从请求交易场所到收到应答的时间"
  }
})

const edges = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const histogramRows = (name: string, histogram: LatencyHistogram): ReadonlyArray<string> => [
  ...edges.map((edge) => `${name}_bucket{le="${edge}"} ${histogram.countUpTo(edge * 1000)}`),
  `${name}_bucket{le="+Inf"} ${histogram.samples}`,
  `${name}_sum ${histogram.sumMs / 1000}`,
  `${name}_count ${histogram.samples}`
]
const listedRows = <Key extends string>(
  name: string,
  label: string,
  keys: ReadonlyArray<Key>,
  counts: ReadonlyMap<Key, number>
) => keys.map((key) => `${name}{${label}="${key}"} ${counts.get(key) ?? 0}`)

/** The rows of `/metrics` of the flow, in Prometheus' text form. */
export const flowMetricsText = (flow: (typeof TradeFlow)["Service"]): string => {
  const rows: Readonly<Record<keyof typeof flowMetrics, (name: string) => ReadonlyArray<string>>> = {
    trade_orders_ended_total: (name) => listedRows<string>(name, "status", endings, flow.ended),
    trade_order_refusals_total: (name) => listedRows(name, "code", refusalCodes, flow.refusals),
    trade_venue_answers_total: (name) => listedRows(name, "answer", venueAnswers, flow.answers),
    trade_submit_seconds: (name) => histogramRows(name, flow.submits),
    trade_store_write_seconds: (name) => histogramRows(name, flow.storeWrites),
    trade_venue_request_seconds: (name) => histogramRows(name, flow.venueRequests)
  }
  return Object.entries(flowMetrics)
    .map(([name, metric]) => `${metricHead(name, metric)}${rows[name as keyof typeof rows](name).join("\n")}\n`)
    .join("")
}
