import { Effect } from "effect"
import { errorText } from "../../kernel/error-text.ts"
import { metricHead } from "../../kernel/metric.ts"
import { UserError } from "../../platform/process/user-error.ts"
import type { HealthReport } from "../../protocol/market/health-report.ts"
import type { HealthQuery } from "./health-flags.ts"
import { healthMetrics } from "./health-metric-table.ts"

const label = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")

/**
 * The figures of a check in Prometheus' text form, under names of their own and under those of the runbook. A pushed
 * sample stays until the next check, and must not be summed up with what the daemon serves: the label `job` of the
 * push (`--metrics-job`) separates the two where the runbook's name is the daemon's too.
 */
export const healthMetricsText = (query: HealthQuery, report: HealthReport): string => {
  const labels = `{feed="${label(query.feedLabel)}",account="${label(query.accountLabel)}",session_window="${label(query.sessionWindow)}"}`
  const { coverage_ratio, missing_contracts, stalled_contracts } = report
  const figures: Readonly<Record<keyof typeof healthMetrics, number>> = {
    tickd_health_check_coverage_ratio: coverage_ratio,
    md_subscription_coverage_ratio: coverage_ratio,
    tickd_health_check_missing: missing_contracts.length,
    md_subscription_missing_total: missing_contracts.length,
    tickd_health_check_stalled: stalled_contracts.length,
    md_subscription_stalled_total: stalled_contracts.length
  }
  const names = Object.keys(figures) as ReadonlyArray<keyof typeof healthMetrics>
  return names.map((name) => `${metricHead(name, healthMetrics[name])}${name}${labels} ${figures[name]}\n`).join("")
}

/** Puts the figures to a pushgateway; a check whose figures are not stored has failed. */
export const pushHealthMetrics = (gateway: string, query: HealthQuery, report: HealthReport) =>
  Effect.tryPromise({
    try: async () => {
      const url = `${gateway.replace(/\/+$/, "")}/metrics/job/${encodeURIComponent(query.metricsJob)}`
      const response = await fetch(url, {
        method: "PUT",
        body: healthMetricsText(query, report),
        signal: AbortSignal.timeout(5000)
      })
      if (!response.ok) throw new Error(`it answered ${response.status}`)
    },
    catch: (cause) =>
      new UserError({
        code: "METRICS_NOT_PUSHED",
        message: `The pushgateway ${gateway} did not take the figures (${errorText(cause)}): check --pushgateway-url, or use --skip-metrics.`,
        exitCode: 2
      })
  })
