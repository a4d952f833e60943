import type { HealthReport } from "../../protocol/market/health-report.ts"
import { folded, paintOf } from "../terminal/layout.ts"
import type { Screen } from "../terminal/screen.ts"

const shown = (names: ReadonlyArray<string>, most: number): string =>
  names.length <= most ? names.join(" ") : `${names.slice(0, most).join(" ")} … ${names.length - most} more`

/** The report as an operator reads it: verdict first. */
export const renderHealth = (report: HealthReport, most: number, screen: Screen): string => {
  const paint = paintOf(screen)
  const verdict = [paint.good("HEALTHY"), paint.bad("WARNING"), paint.bad("ERROR")][report.exit_code] as string
  const { thresholds: limits, not_judged: unknown } = report
  const unusable = report.metadata["unusable_records"]
  const lines = [
    `${verdict}  coverage ${report.coverage_ratio.toFixed(6)}  expected ${report.expected_total}  active ${report.active_total}  matched ${report.matched_total}  stalled ${report.stalled_contracts.length}`,
    `thresholds   coverage ${limits.coverage}  silence ${limits.lag_warning_seconds} s warning, ${limits.lag_critical_seconds} s critical, and ${limits.gaps} mean gaps of the instrument  liquid ${limits.liquid.length === 0 ? "none named" : limits.liquid.join(" ")}`,
    `not judged   outside trading time ${unknown.closed}  hours not known ${unknown.hours_unknown}  never ticked ${unknown.never_ticked}  no times known ${unknown.no_times}`
  ]
  if (unusable !== undefined) lines.push(`unusable     ${unusable} records of the active file name no symbol`)
  for (const error of report.errors) lines.push(`error        ${error}`)
  for (const warning of report.warnings) lines.push(`warning      ${warning}`)
  for (const one of report.missing_details.slice(0, most)) {
    lines.push(`missing      ${one.symbol}  ${one.why}${one.liquid ? "  liquid" : ""}`)
  }
  if (report.missing_details.length > most) lines.push(`missing      … ${report.missing_details.length - most} more`)
  for (const one of report.stalled_contracts.slice(0, most)) {
    lines.push(
      `stalled      ${one.symbol}  ${one.severity}  silent for ${one.lag_seconds.toFixed(1)} s  last tick ${one.last_tick_at ?? "never"}`
    )
  }
  if (report.unexpected_contracts.length > 0) lines.push(`unexpected   ${shown(report.unexpected_contracts, most)}`)
  if (report.ignored_total > 0) lines.push(`ignored      ${shown(report.ignored_symbols, most)}`)
  const { remediation } = report
  if (remediation !== null) {
    lines.push(
      `remediation  attempted ${remediation.attempted.length}  resubscribed ${remediation.resubscribed.length}  succeeded ${remediation.succeeded.length}  failed ${remediation.failed.length}  attempts ${remediation.retries + 1}`
    )
  }
  const { escalated, escalation_error: escalationError, escalation_marker: marker } = report.metadata
  if (escalated === true) {
    lines.push(`escalated    ${marker}${escalationError === undefined ? "" : `  COMMAND FAILED: ${escalationError}`}`)
  }
  return lines.map((line) => folded(line, screen, 13)).join("\n")
}

/** The command that is useful after this report. */
export const nextOf = ({
  exit_code: code,
  mode,
  stalled_contracts: stalled,
  missing_details: missing
}: HealthReport): string => {
  if (code === 0) return ""
  if (mode !== "enforce" && code === 2 && (missing.length > 0 || stalled.length > 0)) {
    return "tickd health check --mode enforce"
  }
  return "tickd subscriptions"
}
