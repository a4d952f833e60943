import { Console, Effect, type Option } from "effect"
import { Command, Flag } from "effect/cli"
import type { HealthReport } from "../protocol/market/health-report.ts"
import { instanceFlag, jsonFlag, passwordFlag, serverFlag, shownDefault, wholeFlag } from "./terminal/flags.ts"

const healthModes = ["dry-run", "enforce", "audit"] as const

export interface HealthQuery {
  readonly mode: (typeof healthModes)[number]
  readonly catalogue: Option.Option<string>
  readonly catalogueFormat: "auto" | "json" | "csv"
  readonly activeFile: Option.Option<string>
  readonly expect: "catalogue" | "wanted"
  readonly marketHours: Option.Option<"always" | "calendar">
  readonly server: Option.Option<string>
  readonly natsUrl: Option.Option<string>
  readonly user: Option.Option<string>
  readonly password: Option.Option<string>
  readonly instance: Option.Option<string>
  readonly contractsTimeout: number
  readonly activeTimeout: number
  readonly subscribeTimeout: number
  readonly coverageThreshold: number
  readonly lagWarning: number
  readonly lagCritical: number
  readonly gaps: number
  readonly liquid: ReadonlyArray<string>
  readonly ignore: ReadonlyArray<string>
  readonly maxRemediationAttempts: number
  readonly escalationMarker: string
  readonly escalationCommand: Option.Option<string>
  readonly out: ReadonlyArray<"json" | "csv">
  readonly outDir: string
  readonly logPrefix: string
  readonly skipMetrics: boolean
  readonly pushgatewayUrl: Option.Option<string>
  readonly metricsJob: string
  readonly feedLabel: string
  readonly accountLabel: string
  readonly sessionWindow: string
  readonly jsonIndent: number
  readonly limitList: number
  readonly subscriptionSummaryRoot: Option.Option<string>
  readonly json: boolean
}

const text = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(description), Flag.optional)
const textOr = (name: string, description: string, value: string) =>
  Flag.String(name).pipe(shownDefault(description, value))
const seconds = (name: string, description: string, value: number) =>
  Flag.Finite(name).pipe(
    shownDefault(description, value),
    Flag.filter(
      (found) => found > 0 && found <= 86_400,
      () => "a number above 0, at most 86400"
    )
  )

const shown = (names: ReadonlyArray<string>, most: number): string =>
  names.length <= most ? names.join(" ") : `${names.slice(0, most).join(" ")} … ${names.length - most} more`

/** The report as an operator reads it: verdict first. */
const renderHealth = (report: HealthReport, most: number): string => {
  const verdict = ["HEALTHY", "WARNING", "ERROR"][report.exit_code] as string
  const { thresholds: limits, not_judged: unknown } = report
  const unusable = report.metadata["unusable_records"]
  const lines = [
    `${verdict}  coverage ${report.coverage_ratio.toFixed(6)}  expected ${report.expected_total}  active ${report.active_total}  matched ${report.matched_total}  stalled ${report.stalled_contracts.length}`,
    `thresholds  coverage ${limits.coverage}  silence ${limits.lag_warning_seconds} s warning, ${limits.lag_critical_seconds} s critical, and ${limits.gaps} mean gaps of the instrument  liquid ${limits.liquid.length === 0 ? "none named" : limits.liquid.join(" ")}`,
    `not judged  outside trading time ${unknown.closed}  hours not known ${unknown.hours_unknown}  never ticked ${unknown.never_ticked}  no times known ${unknown.no_times}`
  ]
  if (unusable !== undefined) lines.push(`unusable records  ${unusable} of the active file name no symbol`)
  for (const error of report.errors) lines.push(`error  ${error}`)
  for (const warning of report.warnings) lines.push(`warning  ${warning}`)
  for (const one of report.missing_details.slice(0, most)) {
    lines.push(`missing  ${one.symbol}  ${one.why}${one.liquid ? "  liquid" : ""}`)
  }
  if (report.missing_details.length > most) lines.push(`missing  … ${report.missing_details.length - most} more`)
  for (const one of report.stalled_contracts.slice(0, most)) {
    lines.push(
      `stalled  ${one.symbol}  ${one.severity}  silent for ${one.lag_seconds.toFixed(1)} s  last tick ${one.last_tick_at ?? "never"}`
    )
  }
  if (report.unexpected_contracts.length > 0) lines.push(`unexpected  ${shown(report.unexpected_contracts, most)}`)
  if (report.ignored_total > 0) lines.push(`ignored  ${shown(report.ignored_symbols, most)}`)
  const { remediation } = report
  if (remediation !== null) {
    lines.push(
      `remediation  attempted ${remediation.attempted.length}  resubscribed ${remediation.resubscribed.length}  succeeded ${remediation.succeeded.length}  failed ${remediation.failed.length}  attempts ${remediation.retries + 1}`
    )
  }
  const { escalated, escalation_error: escalationError, escalation_marker: marker } = report.metadata
  if (escalated === true) {
    lines.push(`escalated  ${marker}${escalationError === undefined ? "" : `  COMMAND FAILED: ${escalationError}`}`)
  }
  return lines.join("\n")
}

/** `tickd health check`: coverage and silence, judged from outside. */
export const healthCommand = <E, R>(
  check: (query: HealthQuery) => Effect.Effect<HealthReport, E, R>,
  onCode: (code: 0 | 1 | 2) => Effect.Effect<void>
) =>
  Command.make("health").pipe(
    Command.withDescription("Judge a running daemon from outside"),
    Command.withSubcommands([
      Command.make(
        "check",
        {
          mode: Flag.Literals("mode", healthModes).pipe(
            shownDefault(
              "dry-run: look. enforce: ask again for what is missing or stalled. audit: look and write files",
              "dry-run" as const
            )
          ),
          catalogue: text("catalogue", "Contracts that should be subscribed, a file (default: the daemon's catalogue)"),
          catalogueFormat: Flag.Literals("catalogue-format", ["auto", "json", "csv"]).pipe(
            shownDefault("Form of that file", "auto" as const)
          ),
          activeFile: text("active-file", "What is subscribed, a JSON file (default: asked of the daemon)"),
          expect: Flag.Literals("expect", ["catalogue", "wanted"]).pipe(
            shownDefault(
              "What should be subscribed: every contract of the catalogue, or what the daemon wants",
              "catalogue" as const
            )
          ),
          marketHours: Flag.Literals("market-hours", ["always", "calendar"]).pipe(
            Flag.withDescription("When silence counts (as the daemon says, else the calendar)"),
            Flag.optional
          ),
          server: serverFlag,
          natsUrl: text("nats-url", "The same as --server"),
          user: text("user", "NATS user"),
          password: passwordFlag,
          instance: instanceFlag,
          contractsTimeout: seconds("contracts-timeout", "Timeout of the question for the catalogue, seconds", 5),
          activeTimeout: seconds("active-timeout", "Timeout of the question for the active set, seconds", 5),
          subscribeTimeout: seconds("subscribe-timeout", "Timeout of a remediation, seconds", 8),
          coverageThreshold: Flag.Finite("coverage-threshold").pipe(
            shownDefault("Share that must be subscribed, 0 to 1", 0.995),
            Flag.filter(
              (share) => share >= 0 && share <= 1,
              () => "a share from 0 to 1"
            )
          ),
          lagWarning: seconds("lag-warning", "Silence in trading time that is a warning, seconds", 120),
          lagCritical: seconds("lag-critical", "Silence in trading time that is an error, seconds", 300),
          subscriptionSummaryRoot: text(
            "subscription-summary-root",
            "Deprecated, ignored: a refused contract is missing, whatever a summary says"
          ),
          gaps: seconds("gaps", "Silence is no fault before so many mean gaps of the instrument", 20),
          liquid: Flag.String("liquid").pipe(
            Flag.withDescription("Glob of contracts that must be there and tick, may be given several times"),
            Flag.atLeast(0)
          ),
          ignore: Flag.String("ignore").pipe(
            Flag.withDescription("Glob of contracts that are not expected, may be given several times"),
            Flag.atLeast(0)
          ),
          maxRemediationAttempts: wholeFlag("max-remediation-attempts", 1, 100).pipe(
            shownDefault("With enforce: how often", 3)
          ),
          escalationMarker: textOr(
            "escalation-marker",
            "Word that marks an escalation",
            "subscription_health_escalation"
          ),
          escalationCommand: text(
            "escalation-command",
            "Program with arguments, run without a shell when enforce has not helped; {marker} and {exit_code} are filled in"
          ),
          out: Flag.Literals("out", ["json", "csv"]).pipe(
            Flag.withDescription("Also write the report as a file of this form, may be given twice"),
            Flag.atLeast(0)
          ),
          outDir: textOr("out-dir", "Folder for files and log", "logs/runbooks"),
          logPrefix: textOr("log-prefix", "Beginning of the file names", "subscription_check"),
          skipMetrics: Flag.Boolean("skip-metrics").pipe(
            Flag.withDescription("Push no metrics"),
            Flag.withDefault(false)
          ),
          pushgatewayUrl: text(
            "pushgateway-url",
            "Where metrics are pushed to (PUSHGATEWAY_URL; without one: nowhere)"
          ),
          metricsJob: textOr("metrics-job", "Job of the pushed metrics", "subscription_health"),
          feedLabel: textOr("feed-label", "Label feed of the pushed metrics", "all"),
          accountLabel: textOr("account-label", "Label account of the pushed metrics", ""),
          sessionWindow: textOr("session-window", "Label session_window of the pushed metrics", "day"),
          jsonIndent: wholeFlag("json-indent", 0, 8).pipe(shownDefault("Spaces of the JSON file", 2)),
          limitList: wholeFlag("limit-list", 0, 1_000_000).pipe(
            shownDefault("Symbols a list shows on the terminal", 50)
          ),
          json: jsonFlag
        },
        (query) =>
          Effect.flatMap(check(query), (report) =>
            Effect.andThen(
              Console.log(query.json ? JSON.stringify(report) : renderHealth(report, query.limitList)),
              onCode(report.exit_code)
            )
          )
      ).pipe(
        Command.withDescription(
          "Compare what should be subscribed with what is and what ticks. Exit code 0 healthy, 1 warnings only, 2 errors"
        )
      )
    ])
  )
