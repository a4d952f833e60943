import { metricTable } from "../../../../kernel/metric.ts"
import {
  account,
  consumer,
  feed,
  front,
  limit,
  product,
  role,
  state,
  switchCause,
  switchKind,
  switchResult
} from "./labels.ts"

/** Sessions, subscriptions and switches of the feeds, and who reads their ticks. */
export const feedMetrics = metricTable({
  md_throughput_mps: {
    type: "gauge",
    unit: "ticks/s",
    labels: { feed, account },
    en: "Ticks stored a second, over the time since the last reading; the labels name the active feed",
    zh: "每秒存入的行情数，自上次读取起计；标签为活动源"
  },
  md_latency_ms_p99: {
    type: "gauge",
    unit: "milliseconds",
    labels: { feed },
    isRunbookName: true,
    en: "Time from the vendor's callback to the stream's acknowledgement that 99 % stay below, last 30 to 60 s, milliseconds",
    zh: "从期货公司库回调到流确认的时间的 99 分位，最近 30 到 60 秒；无行情时没有样本"
  },
  md_session_state: {
    type: "gauge",
    labels: { feed, account, state },
    en: "1 for the session's current state",
    zh: "会话当前状态为 1"
  },
  md_active_subscriptions: {
    type: "gauge",
    unit: "instruments",
    labels: { feed, account, role },
    en: "Instruments acknowledged by the front",
    zh: "前置已确认的合约数"
  },
  md_subscription_coverage_ratio: {
    type: "gauge",
    unit: "0 to 1",
    labels: { feed, account, role },
    en: "Share of the wanted instruments that the front acknowledged in this session, 0 to 1",
    zh: "本次会话中前置已确认的合约占想要合约的比例，0 到 1"
  },
  md_subscription_missing: {
    type: "gauge",
    unit: "instruments",
    labels: { feed, account, role },
    en: "Wanted instruments without an acknowledgement, rejected ones included",
    zh: "未得到确认的合约数，含被拒绝的"
  },
  md_subscription_stalled: {
    type: "gauge",
    unit: "instruments",
    labels: { feed, account, role },
    en: "Acknowledged instruments that should tick and do not",
    zh: "应有行情而没有的已确认合约数"
  },
  md_subscription_stalled_main: {
    type: "gauge",
    unit: "instruments",
    labels: { feed, account, role },
    en: "Main contracts among them: the future of a product with the largest volume of today and the day before",
    zh: "其中的主力合约数：品种中当日与前一交易日成交量最大的期货合约"
  },
  md_feed_front_info: {
    type: "gauge",
    labels: { feed, front },
    en: "1 for the address of the front that the feed's worker is connected to, as the system reports it",
    zh: "行情源工作进程当前连接的前置地址（取自操作系统）为 1"
  },
  md_product_wanted: {
    type: "gauge",
    unit: "instruments",
    labels: { feed, product },
    en: "Wanted instruments of a product",
    zh: "各品种想要的合约数"
  },
  md_product_gap: {
    type: "gauge",
    unit: "instruments",
    labels: { feed, product },
    en: "Wanted instruments of a product that are not acknowledged, or should tick and do not",
    zh: "各品种中未得到确认、或应有行情而没有的合约数"
  },
  md_feed_silent_seconds: {
    type: "gauge",
    unit: "seconds",
    labels: { feed, account, role },
    en: "Time that a whole feed has been silent beyond its normal rhythm; 0 if it is not",
    zh: "整个行情源超出正常节奏的静默时间；未静默为 0"
  },
  md_feed_late_seconds: {
    type: "gauge",
    unit: "seconds",
    labels: { feed, account, role },
    en: "Delay of a feed's ticks behind the exchange; 0 if in time",
    zh: "行情落后于交易所的时间；及时为 0"
  },
  md_redundancy_lost: {
    type: "gauge",
    en: "1 while fewer feeds than configured work, so that the next loss is an outage",
    zh: "可用行情源少于配置数、再失去一个即中断时为 1"
  },
  md_repair_escalations_total: {
    type: "counter",
    unit: "repairs",
    labels: { feed, account },
    en: "Repairs of silent instruments that had no effect and were escalated",
    zh: "修复无效而升级告警的次数"
  },
  md_rate_limit_hits_total: {
    type: "counter",
    unit: "requests",
    labels: { feed, account, limit },
    en: "Requests held back by a rate limit, by limit",
    zh: "被限流的请求数，按限流种类"
  },
  md_failover_latency_seconds: {
    type: "gauge",
    unit: "seconds",
    en: "Time from the newest failover command to the first valid tick of its feed",
    zh: "最近一次切换（failover）从命令到新源第一条有效行情的时间"
  },
  md_failback_latency_seconds: {
    type: "gauge",
    unit: "seconds",
    en: "Time from the newest failback command to the first valid tick of its feed",
    zh: "最近一次切回（failback）从命令到新源第一条有效行情的时间"
  },
  md_failover_latency_ms: {
    type: "gauge",
    unit: "milliseconds",
    isRunbookName: true,
    en: "Time from the newest failover command to the first valid tick of its feed, milliseconds",
    zh: "同 md_failover_latency_seconds，单位毫秒，运行手册所用的名称"
  },
  md_failback_latency_ms: {
    type: "gauge",
    unit: "milliseconds",
    isRunbookName: true,
    en: "Time from the newest failback command to the first valid tick of its feed, milliseconds",
    zh: "同 md_failback_latency_seconds，单位毫秒，运行手册所用的名称"
  },
  feed_failover_required: {
    type: "gauge",
    en: "1 while the active feed delivers no ticks in trading hours and no switch is running",
    zh: "交易时间内活动源没有行情且没有切换在进行时为 1"
  },
  md_feed_active: { type: "gauge", labels: { feed }, en: "1 for the active feed", zh: "活动源为 1" },
  md_feed_proven_timestamp_seconds: {
    type: "gauge",
    unit: "seconds since 1970",
    labels: { feed },
    en: "When the feed took over last in this run, in a drill or a failover, and delivered ticks; no sample before",
    zh: "本次运行中该源最近一次接管（演练或切换）并送出行情的时刻；此前没有样本"
  },
  md_failover_held: {
    type: "gauge",
    en: "1 while a hold forbids automatic switches",
    zh: "禁止自动切换时为 1"
  },
  md_feed_switches_total: {
    type: "counter",
    unit: "switches",
    labels: { kind: switchKind, cause: switchCause, result: switchResult },
    en: "Finished switches of the active feed, by kind, cause and result",
    zh: "已结束的活动源切换次数，按方向、起因与结果"
  },
  consumer_backlog_messages: {
    type: "gauge",
    unit: "messages",
    labels: { consumer, feed, account },
    en: "Messages not yet delivered to a durable consumer of the tick stream",
    zh: "行情流的持久消费者尚未收到的消息数"
  },
  consumer_redelivered_messages: {
    type: "gauge",
    unit: "messages",
    labels: { consumer, feed, account },
    en: "Messages delivered to a durable consumer more than once and not acknowledged yet",
    zh: "向持久消费者重复投递且仍未确认的消息数"
  }
})
