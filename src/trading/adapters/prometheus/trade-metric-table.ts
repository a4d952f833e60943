import { metricTable } from "../../../kernel/metric.ts"

/** The states of the trading daemon. Each is read by an alert or by the dashboard Trading. */
export const tradeMetrics = metricTable({
  trade_ready: {
    type: "gauge",
    en: "1 while an entry that passes all checks of its own would leave",
    zh: "通过自身检查的开仓单可以发出时为 1"
  },
  trade_session_open: {
    type: "gauge",
    en: "1 in the regular session of the New York exchanges",
    zh: "纽约交易所常规交易时段内为 1"
  },
  trade_nats_connected: {
    type: "gauge",
    en: "1 while the connection to NATS is up; without it entries are refused",
    zh: "与 NATS 连接正常时为 1；断开时拒绝开仓"
  },
  trade_kill_switch_engaged: { type: "gauge", en: "1 while the kill switch is engaged", zh: "紧急停止生效时为 1" },
  trade_breakers_tripped: {
    type: "gauge",
    unit: "breakers",
    en: "Circuit breakers that are tripped",
    zh: "已触发的熔断数"
  },
  trade_safety_unknown: {
    type: "gauge",
    en: "1 while the state of the kill switch or of the account's breaker is not known, which closes the gate",
    zh: "紧急停止或账户熔断的状态未知（闸门关闭）时为 1"
  },
  trade_monitor_silent_seconds: {
    type: "gauge",
    unit: "seconds",
    en: "Time since the last sign of life of the post-trade monitor, or since the start of the daemon",
    zh: "距交易后监视器上次报告的时间；尚无报告时为守护进程启动以来的时间"
  },
  trade_reconciliation_age_seconds: {
    type: "gauge",
    unit: "seconds",
    en: "Time since the last complete reconciliation, or since the start of the daemon; 0 in a dry run",
    zh: "距上次完整对账的时间；尚无对账时为守护进程启动以来的时间；dry 运行为 0"
  },
  trade_armed: {
    type: "gauge",
    en: "1 while orders leave: TRADE_MODE is live and the trading day is armed",
    zh: "订单可以发出时为 1：TRADE_MODE 为 live 且当日已授权"
  },
  trade_reconciliation_open: {
    type: "gauge",
    en: "1 while the reconciliation gate lets entries through",
    zh: "对账闸门放行开仓时为 1"
  },
  trade_working_orders: {
    type: "gauge",
    unit: "orders",
    en: "Orders that are not at their end, confirmed or not",
    zh: "尚未结束的订单数，含未确认"
  },
  trade_intents_total: {
    type: "counter",
    unit: "orders",
    en: "Orders that passed the gate and were stored; a repeat is none",
    zh: "通过闸门并存入账本的订单数，重复提交不计"
  },
  trade_fills_total: {
    type: "counter",
    unit: "executions",
    en: "Executions that were booked",
    zh: "已入账的成交数"
  },
  trade_unconfirmed_orders: {
    type: "gauge",
    unit: "orders",
    en: "Orders older than 30 s of which the venue has confirmed nothing",
    zh: "超过 30 秒仍未得到交易场所确认的订单数"
  },
  trade_quarantined_symbols: {
    type: "gauge",
    unit: "symbols",
    en: "Symbols without entries: an order that is not ours, or a position that differs from the venue's",
    zh: "不得开仓的证券数：存在非本系统的订单，或持仓与场所不一致"
  },
  trade_venue_errors_in_row: {
    type: "gauge",
    unit: "requests",
    en: "Requests to the venue in a row without a readable answer",
    zh: "连续没有可解析应答的请求数"
  },
  trade_keys_rejected: { type: "gauge", en: "1 while the venue rejects the API keys", zh: "交易场所拒绝密钥时为 1" },
  trade_store_trouble: { type: "gauge", en: "1 while the book of orders takes no facts", zh: "订单账本无法写入时为 1" },
  trade_outbox_waiting: {
    type: "gauge",
    unit: "events",
    en: "Events of orders that wait in the book for the broker",
    zh: "在账本中等待发布的订单事件数"
  },
  trade_updates_listening: {
    type: "gauge",
    en: "1 while the venue's updates are received and the book has what was missed; also in a dry run",
    zh: "正在接收回报且账本已补齐缺失时为 1；dry 运行同样为 1"
  },
  trade_facts_refused_total: {
    type: "counter",
    unit: "facts",
    en: "Facts of the venue that break a rule of the book and were not booked",
    zh: "违反账本规则而未入账的场所事实数"
  },
  trade_order_crashes_total: {
    type: "counter",
    unit: "crashes",
    en: "Crashes of order actors",
    zh: "订单 actor 崩溃次数"
  }
})
export type TradeMetric = keyof typeof tradeMetrics
