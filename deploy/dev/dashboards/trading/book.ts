import { noLimit, ofInstance, type Row, zeroIsRight } from "../panel.ts"
import { quantiles } from "./orders.ts"

export const book: Row = {
  title: { en: "Book and events", zh: "账本与事件" },
  panels: [
    {
      kind: "trend",
      title: { en: "Book latency", zh: "账本延迟" },
      about: {
        en: "Time of a transaction that writes intents or facts: median and 99 %. Every order waits for it once.",
        zh: "写入意图或事实的事务耗时：中位数与 99 分位。每个订单都要等待一次。"
      },
      unit: "s",
      steps: noLimit,
      mayBeEmpty: { en: "no order within five minutes", zh: "五分钟内没有订单" },
      queries: quantiles("trade_store_write_seconds")
    },
    {
      kind: "trend",
      title: { en: "Events that wait for NATS", zh: "等待 NATS 的事件" },
      about: {
        en: "Events of orders that are in the book and not in the stream yet. TRADE_Outbox_Lagging fires above 1,000.",
        zh: "已入账但尚未发布到流的订单事件。超过 1,000 时 TRADE_Outbox_Lagging 告警。"
      },
      unit: "short",
      steps: ["green", [1000, "orange"]],
      queries: [{ expr: `trade_outbox_waiting{${ofInstance}}`, legend: "waiting · 等待 {{instance}}" }]
    },
    {
      kind: "trend",
      title: { en: "Facts refused, crashes", zh: "被拒绝的事实与崩溃" },
      about: {
        en: "Within 15 minutes: facts of the venue that break a rule of the book (TRADE_Facts_Refused), and crashes of order actors (TRADE_Order_Crashes above three).",
        zh: "15 分钟内：违反账本规则的场所事实（TRADE_Facts_Refused），订单 actor 崩溃（超过三次为 TRADE_Order_Crashes）。"
      },
      unit: "short",
      steps: zeroIsRight,
      queries: [
        { expr: `sum(increase(trade_facts_refused_total{${ofInstance}}[15m]))`, legend: "facts refused · 事实被拒" },
        { expr: `sum(increase(trade_order_crashes_total{${ofInstance}}[15m]))`, legend: "crashes · 崩溃" }
      ]
    }
  ]
}
