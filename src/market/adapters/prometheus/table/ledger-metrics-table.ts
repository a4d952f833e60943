import { metricTable } from "../../../../kernel/metric.ts"
import { cause, feed, inFlightPlace, law, place, reason, step } from "./labels.ts"

/** The ledger of each feed: every reason, place, law and cause has a series from the start. */
export const ledgerMetrics = metricTable({
  md_ticks_received_total: {
    type: "counter",
    unit: "ticks",
    labels: { feed },
    en: "Ticks received from the vendor library, including dropped ones",
    zh: "从期货公司库收到的行情数，含被丢弃的"
  },
  md_ticks_published_total: {
    type: "counter",
    unit: "ticks",
    labels: { feed },
    en: "Ticks stored in the stream and acknowledged",
    zh: "已存入流并得到确认的行情数"
  },
  md_gaps_told_total: {
    type: "counter",
    unit: "gaps",
    labels: { feed, cause },
    en: "Gaps reported in gap records, by cause",
    zh: "缺口记录所报告的缺口数，按原因"
  },
  md_gaps_liquid_total: {
    type: "counter",
    unit: "gaps",
    labels: { feed, cause },
    en: "Those that began while instruments with at least a tick a second traded and that no other feed covered, by cause",
    zh: "其中开始时有活跃合约（每秒至少一条行情）正在交易、且另一路未覆盖的缺口数，按原因"
  },
  md_ticks_quarantined_total: {
    type: "counter",
    unit: "ticks",
    labels: { feed, reason },
    en: "Quarantined ticks, by reason",
    zh: "被隔离的行情数，按原因"
  },
  md_exceptions_total: {
    type: "counter",
    labels: { feed, step },
    en: "Exceptions that cost a tick (judge, write) or its record (integrity); each is a bug",
    zh: "使一条行情（judge、write）或其记录（integrity）丢失的异常；每个都是缺陷"
  },
  md_ticks_duplicate_total: {
    type: "counter",
    unit: "ticks",
    labels: { feed },
    en: "Ticks that repeated their predecessor in every field",
    zh: "与前一条完全相同的行情数"
  },
  md_ticks_conflated_total: {
    type: "counter",
    unit: "ticks",
    labels: { feed },
    en: "Ticks dropped in favour of a newer tick of the same instrument",
    zh: "被同一合约较新行情取代的行情数"
  },
  md_ticks_flagged_total: {
    type: "counter",
    unit: "ticks",
    labels: { feed, law },
    en: "Published ticks that break a law, by law",
    zh: "违反规则但已发布的行情数，按规则"
  },
  md_ticks_beyond_calendar_total: {
    type: "counter",
    unit: "ticks",
    labels: { feed },
    en: "Published ticks outside the trading calendar, where holidays are not known: set TICKD_CALENDAR",
    zh: "交易日历之外（节假日未知）的已发布行情数：请设置 TICKD_CALENDAR"
  },
  md_ticks_time_repaired_total: {
    type: "counter",
    unit: "ticks",
    labels: { feed },
    en: "Published ticks whose day differs from their ActionDay; if frequent at an exchange other than DCE, check the host's clock",
    zh: "日期与 ActionDay 不同的已发布行情数；若在大商所以外频繁出现，请检查主机时钟"
  },
  md_host_clock_offset_seconds: {
    type: "gauge",
    unit: "seconds",
    labels: { feed },
    en: "Exchange time minus this host's clock, measured on ticks, when they differ by more than a minute; else 0",
    zh: "交易所时间减主机时钟（由行情测得），相差超过一分钟时给出，否则为 0"
  },
  md_ticks_dropped_total: {
    type: "counter",
    unit: "ticks",
    labels: { feed, where: place },
    en: "Ticks lost, by place",
    zh: "丢失的行情数，按位置"
  },
  md_ticks_in_flight: {
    type: "gauge",
    unit: "ticks",
    labels: { feed, where: inFlightPlace },
    en: "Ticks between the ring and the stream's acknowledgement, by place",
    zh: "从环形缓冲区到流确认之间的行情数，按位置"
  },
  md_ledger_balanced: {
    type: "gauge",
    labels: { feed },
    en: "1 while received = published + duplicate + quarantined + conflated + dropped + in flight + spooled",
    zh: "账本平衡时为 1：收到 = 发布 + 重复 + 隔离 + 合并 + 丢失 + 在途 + 落盘"
  }
})
