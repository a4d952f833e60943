import { type Metric, type MetricSection, metricTable } from "../../kernel/metric.ts"

const labels = {
  feed: { en: "the check's label for the feed", zh: "核查所用的行情源标签", most: 3 },
  account: { en: "the check's label for the account, masked", zh: "核查所用的账户标签（遮盖）", most: 3 },
  session_window: { en: "the check's label for the session", zh: "核查所用的交易时段标签", most: 3 }
}
const coverage = {
  type: "gauge",
  unit: "0 to 1",
  labels,
  en: "Share of the expected contracts that are subscribed, 0 to 1",
  zh: "应订阅合约中已订阅的比例，0 到 1"
} satisfies Metric
const missing = {
  type: "gauge",
  unit: "contracts",
  labels,
  en: "Expected contracts that are not subscribed",
  zh: "未订阅的应订阅合约数"
} satisfies Metric
const stalled = {
  type: "gauge",
  unit: "contracts",
  labels,
  en: "Subscribed contracts that should tick and do not",
  zh: "应有行情而没有的已订阅合约数"
} satisfies Metric

/** What `tickd health check` pushes, under names of its own and under those of the runbook. */
export const healthMetrics = metricTable({
  tickd_health_check_coverage_ratio: coverage,
  md_subscription_coverage_ratio: coverage,
  tickd_health_check_missing: missing,
  md_subscription_missing_total: { ...missing, isRunbookName: true },
  tickd_health_check_stalled: stalled,
  md_subscription_stalled_total: { ...stalled, isRunbookName: true }
})

export const healthMetricSection: MetricSection = {
  at: "pushed",
  title: { en: "Subscription check, job of `--metrics-job`", zh: "订阅核查，job 为 `--metrics-job`" },
  metrics: healthMetrics
}
