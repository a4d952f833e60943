import { Console, Effect, type Option } from "effect"
import { Command, Flag } from "effect/cli"
import { instanceFlag, jsonFlag, passwordFlag, serverFlag, shownDefault, wholeFlag } from "./terminal/flags.ts"

export interface FeedQuery {
  readonly server: Option.Option<string>
  readonly natsUrl: Option.Option<string>
  readonly user: Option.Option<string>
  readonly password: Option.Option<string>
  readonly instance: Option.Option<string>
  readonly envFile: Option.Option<string>
  readonly natsRequestAttempts: number
  readonly natsRequestRetryDelay: number
  readonly contractsTimeout: number
  readonly subscribeTimeout: number
  readonly batchSize: number
  readonly limit: Option.Option<number>
  readonly include: ReadonlyArray<string>
  readonly exclude: ReadonlyArray<string>
  readonly allowAmpersand: boolean
  readonly outputDir: string
  readonly rateLimitWindow: number
  readonly rateLimitMax: number
  readonly rateLimitRetryDelay: number
  readonly maxRetries: number
  readonly coverageThreshold: number
  readonly dryRun: boolean
  readonly hold: boolean
  readonly window: string
  readonly config: string
  readonly verbose: boolean
  readonly json: boolean
}

/** `summary.json` of a run, in the words of the reference service's tool. `coverage`: acknowledged of what was asked for. */
export interface FeedSummary {
  readonly contracts_source: string
  readonly contract_file: string
  readonly output_dir: string
  readonly total_symbols: number
  readonly session_window: string
  readonly config_profile: string
  readonly accepted_count: number
  readonly rejected_count: number
  readonly skipped_count: number
  readonly already_active_count: number
  readonly processed_symbols: number
  readonly coverage: number
  readonly coverage_threshold: number
  readonly coverage_met: boolean
  readonly duration_seconds: number
  readonly dry_run: boolean
  /** A signal ended the run: the counts are those of that moment, before what it had added was unsubscribed again. */
  readonly interrupted: boolean
  readonly accepted_symbols: ReadonlyArray<string>
  readonly rejected_items: ReadonlyArray<{ readonly symbol: string; readonly reason: string; readonly note: string }>
  readonly skipped_symbols: ReadonlyArray<string>
  readonly batches: number
}

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

const renderFeed = (summary: FeedSummary): string => {
  const share = `${(summary.coverage * 100).toFixed(2)} % of ${summary.total_symbols}`
  const head = summary.dry_run
    ? `dry run: ${summary.total_symbols} contracts would be subscribed, ${summary.already_active_count} are already, ${summary.skipped_count} are left out`
    : `${summary.coverage_met ? "coverage met" : "COVERAGE NOT MET"}: ${share}  accepted ${summary.accepted_count}  already ${summary.already_active_count}  rejected ${summary.rejected_count}  left out ${summary.skipped_count}  in ${summary.duration_seconds.toFixed(1)} s, ${summary.batches} batches`
  const rejected = summary.rejected_items.slice(0, 20).map(({ reason, symbol }) => `${symbol}: ${reason}`)
  return [...rejected, head, `files: ${summary.output_dir}`].join("\n")
}

/** `tickd feed subscribe-all`: the whole catalogue, batch by batch, verified by the fronts' answers. */
export const feedCommand = <E, R>(
  subscribeAll: (query: FeedQuery) => Effect.Effect<FeedSummary, E, R>,
  onNotMet: Effect.Effect<void>
) =>
  Command.make("feed").pipe(
    Command.withDescription("Command a whole feed"),
    Command.withSubcommands([
      Command.make(
        "subscribe-all",
        {
          server: serverFlag,
          natsUrl: Flag.String("nats-url").pipe(Flag.withDescription("The same as --server"), Flag.optional),
          user: Flag.String("user").pipe(Flag.withDescription("NATS user"), Flag.optional),
          password: passwordFlag,
          metricsHost: unused("metrics-host"),
          metricsPort: unused("metrics-port"),
          metricsDisable: on("metrics-disable", oldCommandLine),
          instance: instanceFlag,
          envFile: Flag.String("env-file").pipe(
            Flag.withDescription("File with NATS_… variables, NAME=value a line; it wins over the environment"),
            Flag.optional
          ),
          natsRequestAttempts: whole("nats-request-attempts", 1, 100, "How often a request is tried", 6),
          natsRequestRetryDelay: seconds("nats-request-retry-delay", "Pause between two tries, seconds", 1),
          contractsTimeout: seconds("contracts-timeout", "Timeout of the question for the catalogue, seconds", 5),
          subscribeTimeout: seconds("subscribe-timeout", "Timeout of the fronts' answers to a batch, seconds", 15),
          batchSize: whole("batch-size", 1, 20_000, "Symbols of one request", 500),
          limit: wholeFlag("limit", 1, 1_000_000).pipe(
            Flag.withDescription("The first N contracts only"),
            Flag.optional
          ),
          include: globs("include", "Glob of contracts to take, may be given several times (all)"),
          exclude: globs("exclude", "Glob of contracts to leave out, may be given several times"),
          allowAmpersand: on("allow-ampersand", "Take combinations (SPC a2701&m2701) too"),
          outputDir: Flag.String("output-dir").pipe(shownDefault("Folder for the files of the run", "logs/operations")),
          rateLimitWindow: seconds("rate-limit-window", "Window of the own rate limit, seconds", 2),
          rateLimitMax: whole("rate-limit-max", 0, 1_000_000, "Symbols within that window, 0 = no own limit", 50_000),
          rateLimitRetryDelay: seconds("rate-limit-retry-delay", "Pause when the daemon says that it is too much", 0.2),
          maxRetries: whole("max-retries", 0, 1000, "Further tries of what was not answered, 0 = without end", 3),
          coverageThreshold: Flag.Finite("coverage-threshold").pipe(
            shownDefault("Share that must be acknowledged, else exit code 1", 0.995),
            Flag.filter(
              (share) => share >= 0 && share <= 1,
              () => "a share from 0 to 1"
            )
          ),
          dryRun: on("dry-run", "Show what would be subscribed and command nothing"),
          hold: on("hold", "Stay until a signal, then unsubscribe what this run subscribed"),
          window: Flag.String("window").pipe(shownDefault("Name of the session, for summary.json", "day")),
          config: Flag.String("config").pipe(shownDefault("Name of the profile, for summary.json", "primary")),
          verbose: on("verbose", "A line a batch on stderr"),
          json: jsonFlag
        },
        (query) =>
          Effect.flatMap(subscribeAll(query), (summary) =>
            Effect.andThen(
              Console.log(query.json ? JSON.stringify(summary) : renderFeed(summary)),
              summary.coverage_met || summary.dry_run ? Effect.void : onNotMet
            )
          )
      ).pipe(
        Command.withDescription(
          "Subscribe every contract of the daemon's catalogue and verify it by the fronts' answers. Exit code 1 when coverage is not met"
        )
      )
    ])
  )
