import { metricHead } from "../../../kernel/metric.ts"
import { type TradeMetric, tradeMetrics } from "./trade-metric-table.ts"

/** A value of every metric. A missing one does not compile. */
export type TradeReadings = Readonly<Record<TradeMetric, number>>

/** The page of `/metrics`, in Prometheus' text form. A metric without a reading is left out. */
export const metricsText = (readings: Partial<TradeReadings>): string =>
  Object.entries(tradeMetrics)
    .filter(([name]) => readings[name as TradeMetric] !== undefined)
    .map(([name, metric]) => `${metricHead(name, metric)}${name} ${readings[name as TradeMetric]}\n`)
    .join("")
