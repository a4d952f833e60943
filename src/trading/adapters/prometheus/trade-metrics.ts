import { metricHead } from "../../../kernel/metric.ts"
import { type TradeMetric, tradeMetrics } from "./trade-metric-table.ts"

/** A value of every metric. A missing one does not compile. */
export type TradeReadings = Readonly<Record<TradeMetric, number>>

/** The page of `/metrics`, in Prometheus' text form. */
export const metricsText = (readings: TradeReadings): string =>
  Object.entries(tradeMetrics)
    .map(([name, metric]) => `${metricHead(name, metric)}${name} ${readings[name as TradeMetric]}\n`)
    .join("")
