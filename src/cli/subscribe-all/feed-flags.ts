import { type Command, Flag } from "effect/cli"
import { instanceFlag, jsonFlag, passwordFlag, serverFlag, shownDefault, wholeFlag } from "../terminal/flags.ts"

const seconds = (name: string, description: string, value: number) =>
  Flag.Finite(name).pipe(
    shownDefault(description, value),
    Flag.filter(
      (found) => found >= 0 && found <= 3600,
      () => "seconds from 0 to 3600"
    )
  )
const whole = (name: string, minimum: number, maximum: number, description: string, value: number) =>
  wholeFlag(name, minimum, maximum).pipe(shownDefault(description, value))
const on = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false))
const globs = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(description), Flag.atLeast(0))
const oldCommandLine = "Deprecated, ignored: the daemon serves the metrics"
const unused = (name: string) => Flag.String(name).pipe(Flag.withDescription(oldCommandLine), Flag.optional)

/** Flags of `tickd feed subscribe-all`. */
export const feedFlags = {
  server: serverFlag,
  natsUrl: Flag.String("nats-url").pipe(Flag.withDescription("The same as --server"), Flag.optional),
  user: Flag.String("user").pipe(Flag.withDescription("NATS user"), Flag.optional),
  password: passwordFlag,
  metricsHost: unused("metrics-host"),
  metricsPort: unused("metrics-port"),
  metricsDisable: on("metrics-disable", oldCommandLine),
  instance: instanceFlag,
  envFile: Flag.String("env-file").pipe(
    Flag.withDescription("File with NATS_… variables, one NAME=value per line; it wins over the environment"),
    Flag.optional
  ),
  natsRequestAttempts: whole("nats-request-attempts", 1, 100, "Attempts for each request", 6),
  natsRequestRetryDelay: seconds("nats-request-retry-delay", "Pause between attempts, seconds", 1),
  contractsTimeout: seconds("contracts-timeout", "Timeout of the catalogue request, seconds", 5),
  subscribeTimeout: seconds("subscribe-timeout", "Timeout of the fronts' answers to a batch, seconds", 15),
  batchSize: whole("batch-size", 1, 20_000, "Symbols in one request", 500),
  limit: wholeFlag("limit", 1, 1_000_000).pipe(Flag.withDescription("The first N contracts only"), Flag.optional),
  include: globs("include", "Glob of contracts to include; repeatable (default: all)"),
  exclude: globs("exclude", "Glob of contracts to exclude; repeatable"),
  allowAmpersand: on("allow-ampersand", "Include combinations (SPC a2701&m2701)"),
  outputDir: Flag.String("output-dir").pipe(shownDefault("Folder for the files of the run", "logs/operations")),
  rateLimitWindow: seconds("rate-limit-window", "Window of the client-side rate limit, seconds", 2),
  rateLimitMax: whole("rate-limit-max", 0, 1_000_000, "Symbols in that window; 0: no client-side limit", 50_000),
  rateLimitRetryDelay: seconds(
    "rate-limit-retry-delay",
    "Pause after the daemon's rate limit has refused, seconds",
    0.2
  ),
  maxRetries: whole("max-retries", 0, 1000, "Retries of symbols without an answer; 0: no limit", 3),
  coverageThreshold: Flag.Finite("coverage-threshold").pipe(
    shownDefault("Share that must be acknowledged, else exit code 1", 0.995),
    Flag.filter(
      (share) => share >= 0 && share <= 1,
      () => "a share from 0 to 1"
    )
  ),
  dryRun: on("dry-run", "Print what would be subscribed and send nothing"),
  hold: on("hold", "Stay until a signal, then unsubscribe what this run subscribed"),
  window: Flag.String("window").pipe(shownDefault("Name of the session, for summary.json", "day")),
  config: Flag.String("config").pipe(shownDefault("Name of the profile, for summary.json", "primary")),
  verbose: on("verbose", "Print one line per batch on stderr"),
  json: jsonFlag
}

export type FeedQuery = Command.Command.Config.Infer<typeof feedFlags>
