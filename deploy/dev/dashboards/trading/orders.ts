import { noLimit, ofInstance, type Row } from "../panel.ts"

/** Median and 99 % of a histogram of the last five minutes. */
export const quantiles = (metric: string) =>
  [0.5, 0.99].map((share) => ({
    expr: `histogram_quantile(${share}, sum by (le) (rate(${metric}_bucket{${ofInstance}}[5m])))`,
    legend: `${100 * share} %`
  }))

export const orders: Row = {
  title: { en: "Orders", zh: "订单" },
  panels: [
    {
      kind: "trend",
      title: { en: "Working and unconfirmed", zh: "未结与未确认" },
      about: {
        en: "Orders that are not at their end, and those older than 30 s that the venue has not confirmed. TRADE_Orders_Unconfirmed fires above 0 unconfirmed.",
        zh: "尚未结束的订单，以及超过 30 秒仍未得到场所确认的订单。后者大于 0 时 TRADE_Orders_Unconfirmed 告警。"
      },
      unit: "short",
      steps: noLimit,
      queries: [
        { expr: `sum(trade_working_orders{${ofInstance}})`, legend: "working · 未结" },
        { expr: `sum(trade_unconfirmed_orders{${ofInstance}})`, legend: "unconfirmed · 未确认" }
      ]
    },
    {
      kind: "trend",
      title: { en: "Intents, fills and ends", zh: "意图、成交与结束" },
      about: {
        en: "Within five minutes: orders that were stored, executions that were booked, and orders that ended, by status.",
        zh: "五分钟内：存入账本的订单、入账的成交、结束的订单（按状态）。"
      },
      unit: "short",
      steps: noLimit,
      queries: [
        { expr: `sum(increase(trade_intents_total{${ofInstance}}[5m]))`, legend: "intents · 意图" },
        { expr: `sum(increase(trade_fills_total{${ofInstance}}[5m]))`, legend: "fills · 成交" },
        { expr: `sum by (status) (increase(trade_orders_ended_total{${ofInstance}}[5m]))`, legend: "{{status}}" }
      ]
    },
    {
      kind: "bars",
      title: { en: "Orders refused by code, 1 h", zh: "被拒绝的订单（按代码），1 小时" },
      about: {
        en: "Reasons of refused orders within an hour; a refusal may have several. Each code: docs/reference/trading-gate.md. TRADE_Orders_Refused fires at 20 within 10 minutes.",
        zh: "一小时内订单被拒绝的原因，一次拒绝可有多个。代码见 docs/reference/trading-gate.md。10 分钟内达到 20 个时 TRADE_Orders_Refused 告警。"
      },
      unit: "short",
      steps: ["green", [1, "yellow"]],
      queries: [
        {
          expr: `topk(12, sum by (code) (increase(trade_order_refusals_total{${ofInstance}}[1h])))`,
          legend: "{{code}}"
        }
      ]
    },
    {
      kind: "trend",
      title: { en: "Submit latency", zh: "下单延迟" },
      about: {
        en: "From the request until the intent is stored or refused: median and 99 %. It has the wait for a first quote.",
        zh: "从收到请求到存入账本或被拒绝：中位数与 99 分位。包含等待首个报价的时间。"
      },
      unit: "s",
      steps: noLimit,
      mayBeEmpty: { en: "no order within five minutes", zh: "五分钟内没有订单" },
      queries: quantiles("trade_submit_seconds")
    },
    {
      kind: "trend",
      title: { en: "Venue latency", zh: "交易场所延迟" },
      about: {
        en: "From a request to the venue to its answer: median and 99 %.",
        zh: "从请求交易场所到收到应答：中位数与 99 分位。"
      },
      unit: "s",
      steps: noLimit,
      mayBeEmpty: { en: "no request within five minutes", zh: "五分钟内没有请求" },
      queries: quantiles("trade_venue_request_seconds")
    },
    {
      kind: "trend",
      title: { en: "Venue answers and errors", zh: "交易场所应答与错误" },
      about: {
        en: "Requests a second by their answer, and failures in a row. TRADE_Venue_Errors fires at three in a row, where the breaker trips.",
        zh: "每秒请求数（按应答），以及连续失败数。连续三次失败触发熔断，TRADE_Venue_Errors 告警。"
      },
      unit: "short",
      steps: ["green", [3, "red"]],
      queries: [
        { expr: `sum by (answer) (rate(trade_venue_answers_total{${ofInstance}}[5m]))`, legend: "{{answer}}" },
        { expr: `max(trade_venue_errors_in_row{${ofInstance}})`, legend: "in a row · 连续失败" }
      ]
    }
  ]
}
