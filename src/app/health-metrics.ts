import { Effect } from "effect"
import type { HealthQuery } from "../cli/health.ts"
import type { HealthReport } from "../protocol/health-report.ts"
import { UserError } from "./user-error.ts"

const label = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")

/** The figures of a check in Prometheus' text form. */
export const healthMetricsText = (query: HealthQuery, report: HealthReport): string => {
  const labels = `{feed="${label(query.feedLabel)}",account="${label(query.accountLabel)}",session_window="${label(query.sessionWindow)}"}`
  const gauge = (name: string, value: number) => `# TYPE ${name} gauge\n${name}${labels} ${value}\n`
  return (
    gauge("md_subscription_coverage_ratio", report.coverage_ratio) +
    gauge("md_subscription_missing_total", report.missing_contracts.length) +
    gauge("md_subscription_stalled_total", report.stalled_contracts.length)
  )
}

/** Puts the figures to a pushgateway; a check whose figures nobody sees has failed. */
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
        message: `The pushgateway ${gateway} did not take the figures (${cause instanceof Error ? cause.message : String(cause)}): check --pushgateway-url, or use --skip-metrics.`,
        exitCode: 2
      })
  })
