import { type Command, Flag } from "effect/cli"
import { instanceFlag, jsonFlag, passwordFlag, serverFlag, shownDefault, wholeFlag } from "../terminal/flags.ts"

const healthModes = ["dry-run", "enforce", "audit"] as const

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

/** Flags of `tickd health check`. */
export const healthFlags = {
  mode: Flag.Literals("mode", healthModes).pipe(
    shownDefault(
      "dry-run: look. enforce: subscribe again what is missing or stalled. audit: look and write files",
      "dry-run" as const
    )
  ),
  enforce: Flag.Boolean("enforce").pipe(Flag.withDescription("The same as --mode enforce"), Flag.withDefault(false)),
  catalogue: text("catalogue", "Contracts that should be subscribed, a file (default: the daemon's catalogue)"),
  catalogueFormat: Flag.Literals("catalogue-format", ["auto", "json", "csv"]).pipe(
    shownDefault("Format of that file", "auto" as const)
  ),
  activeFile: text("active-file", "What is subscribed, a JSON file (default: ask the daemon)"),
  expect: Flag.Literals("expect", ["catalogue", "wanted"]).pipe(
    shownDefault(
      "What should be subscribed: every contract of the catalogue, or what the daemon wants",
      "catalogue" as const
    )
  ),
  marketHours: Flag.Literals("market-hours", ["always", "calendar"]).pipe(
    Flag.withDescription("When silence counts (default: as the daemon is configured, else calendar)"),
    Flag.optional
  ),
  tradingHoursOnly: Flag.Boolean("trading-hours-only").pipe(
    Flag.withDescription("Check nothing and end with 0 while no market trades, by the shipped calendar"),
    Flag.withDefault(false)
  ),
  server: serverFlag,
  natsUrl: text("nats-url", "The same as --server"),
  user: text("user", "NATS user"),
  password: passwordFlag,
  instance: instanceFlag,
  contractsTimeout: seconds("contracts-timeout", "Timeout of the catalogue request, seconds", 5),
  activeTimeout: seconds("active-timeout", "Timeout of the request for subscriptions, seconds", 5),
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
  gaps: seconds("gaps", "Silence is a fault only after this many mean gaps of the instrument", 20),
  liquid: Flag.String("liquid").pipe(
    Flag.withDescription("Glob of contracts that must be there and tick; repeatable"),
    Flag.atLeast(0)
  ),
  ignore: Flag.String("ignore").pipe(
    Flag.withDescription("Glob of contracts that are not expected; repeatable"),
    Flag.atLeast(0)
  ),
  maxRemediationAttempts: wholeFlag("max-remediation-attempts", 1, 100).pipe(
    shownDefault("With enforce: attempts at most", 3)
  ),
  escalationMarker: textOr("escalation-marker", "Word that marks an escalation", "subscription_health_escalation"),
  escalationCommand: text(
    "escalation-command",
    "Program with arguments, run without a shell when enforce has not helped; {marker} and {exit_code} are filled in"
  ),
  out: Flag.Literals("out", ["json", "csv"]).pipe(
    Flag.withDescription("Also write the report as a file in this format; repeatable"),
    Flag.atLeast(0)
  ),
  outDir: textOr("out-dir", "Folder for files and log", "logs/runbooks"),
  logPrefix: textOr("log-prefix", "Prefix of the file names", "subscription_check"),
  skipMetrics: Flag.Boolean("skip-metrics").pipe(Flag.withDescription("Push no metrics"), Flag.withDefault(false)),
  pushgatewayUrl: text(
    "pushgateway-url",
    "Where metrics are pushed to (default: PUSHGATEWAY_URL; without it nothing is pushed)"
  ),
  metricsJob: textOr("metrics-job", "Job of the pushed metrics", "subscription_health"),
  feedLabel: textOr("feed-label", "Label feed of the pushed metrics", "all"),
  accountLabel: textOr("account-label", "Label account of the pushed metrics", ""),
  sessionWindow: textOr("session-window", "Label session_window of the pushed metrics", "day"),
  jsonIndent: wholeFlag("json-indent", 0, 8).pipe(shownDefault("Spaces of the JSON file", 2)),
  limitList: wholeFlag("limit-list", 0, 1_000_000).pipe(shownDefault("Symbols printed per list", 50)),
  json: jsonFlag
}

export type HealthQuery = Command.Command.Config.Infer<typeof healthFlags>
