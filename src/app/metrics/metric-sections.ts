import { healthMetricSection } from "../../cli/health/health-metric-table.ts"
import type { MetricSection } from "../../kernel/metric.ts"
import { marketMetrics } from "../../market/adapters/prometheus/table/market-metrics.ts"
import { opsMetrics } from "../../ops/domain/metrics/runbook-metrics.ts"
import { apiMetrics } from "../../trading/adapters/prometheus/api-metric-table.ts"
import { flowMetrics } from "../../trading/adapters/prometheus/flow-metric-table.ts"
import { tradeMetrics } from "../../trading/adapters/prometheus/trade-metric-table.ts"

const tradeSection: MetricSection = {
  title: { en: "Trading daemon", zh: "交易守护进程" },
  at: "trade",
  metrics: tradeMetrics
}

const tradeFlowSection: MetricSection = {
  title: { en: "Flow of orders through the trading daemon", zh: "交易守护进程的订单流" },
  at: "trade",
  metrics: flowMetrics
}

const tradeApiSection: MetricSection = {
  title: { en: "HTTP API of the trading daemon", zh: "交易守护进程的 HTTP 接口" },
  at: "trade",
  metrics: apiMetrics
}

/** The metrics of every program. A context that has its own table is added here. */
export const metricSections: ReadonlyArray<MetricSection> = [
  ...marketMetrics,
  healthMetricSection,
  ...opsMetrics,
  tradeSection,
  tradeFlowSection,
  tradeApiSection
]
