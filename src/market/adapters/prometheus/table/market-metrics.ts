import type { MetricSection } from "../../../../kernel/metric.ts"
import { daemonMetrics, spoolMetrics } from "./daemon-metrics-table.ts"
import { feedMetrics } from "./feed-metrics-table.ts"
import { latencyMetrics } from "./latency-metrics-table.ts"
import { ledgerMetrics } from "./ledger-metrics-table.ts"
import { outsideMetrics } from "./outside-metrics-table.ts"
import { processMetrics } from "./process-metrics-table.ts"
import { subscriptionPortMetrics } from "./subscription-port-table.ts"

/** Every metric of the daemon's own port. A metric that is in no table cannot be created. */
export const daemonPortMetrics = {
  ...feedMetrics,
  ...ledgerMetrics,
  ...daemonMetrics,
  ...spoolMetrics,
  ...outsideMetrics
}

/** The metrics of `tickd run`, as the reference page shows them. */
export const marketMetrics: ReadonlyArray<MetricSection> = [
  { at: "daemon", title: { en: "Feeds", zh: "行情源" }, metrics: feedMetrics },
  { at: "daemon", title: { en: "Ledger", zh: "账本" }, metrics: ledgerMetrics },
  { at: "daemon", title: { en: "Latency", zh: "延迟" }, metrics: latencyMetrics },
  { at: "daemon", title: { en: "Daemon", zh: "守护进程" }, metrics: daemonMetrics },
  { at: "daemon", title: { en: "Spool", zh: "落盘" }, metrics: spoolMetrics },
  { at: "daemon", title: { en: "What runs out", zh: "余量与期限" }, metrics: outsideMetrics },
  { at: "daemon", title: { en: "Process", zh: "进程" }, metrics: processMetrics },
  { at: "subscriptions", title: { en: "Subscriptions", zh: "订阅" }, metrics: subscriptionPortMetrics }
]
