import { Effect } from "effect"
import { errorText } from "../../kernel/error-text.ts"
import { UserError } from "../../platform/process/user-error.ts"
import type { HealthReport } from "../../protocol/market/health-report.ts"
import type { HealthQuery } from "./health-flags.ts"

const label = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")

/**
 * The figures of a check in Prometheus' text form, under names of their own and under those of the runbook. A pushed
 * sample stays until the next check, and must not be summed up with what the daemon serves: the label `job` of the
 * push (`--metrics-job`) separates the two where the runbook's name is the daemon's too.
 */
export const healthMetricsText = (query: HealthQuery, report: HealthReport): string => {
  const labels = `{feed="${label(query.feedLabel)}",account="${label(query.accountLabel)}",session_window="${label(query.sessionWindow)}"}`
  const gauge = (name: string, help: string, value: number) =>
    `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name}${labels} ${value}\n`
  const figures = [
    ["coverage_ratio", "", "Share of the expected contracts that are subscribed, 0 to 1", report.coverage_ratio],
    ["missing", "_total", "Expected contracts that are not subscribed", report.missing_contracts.length],
    ["stalled", "_total", "Subscribed contracts that should tick and do not", report.stalled_contracts.length]
  ] as const
  return figures
    .map(
      ([name, ending, help, value]) =>
        gauge(`tickd_health_check_${name}`, help, value) + gauge(`md_subscription_${name}${ending}`, help, value)
    )
    .join("")
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
