import { hostname } from "node:os"
import { Effect, Result } from "effect"
import type { OverflowPolicy } from "../../kernel/limits/overflow-policy.ts"
import type { LogLevel } from "../../platform/log/log-record.ts"
import { type NatsIdentity, type OpsIdentity, opsIdentity, tickIdentity } from "../../platform/nats/nats-settings.ts"
import type { TickFormat } from "../../protocol/market/tick/tick-format.ts"
import { checkEnvironment } from "./config-check.ts"
import { settingsOf } from "./config-error.ts"
import { faultsOf } from "./config-faults.ts"
import { type Environment, invalidOf } from "./config-variables.ts"
import { type ContractSettings, contractSettings, type UnreadSecret } from "./contract-settings.ts"
import { type FeedName, type FrontProfiles, frontProfiles, preferredFeed } from "./ctp-login-variables.ts"
import { type FailoverSettings, failoverSettings } from "./failover-settings.ts"
import { listOf } from "./front-addresses.ts"
import { type SpoolSettings, spoolSettings } from "./spool-settings.ts"
import { type SubscribeSettings, subscribeSettings } from "./subscribe-settings.ts"
import { type TraceConfig, traceSettings } from "./trace-settings.ts"

export interface Config {
  readonly instance: string
  readonly stateDir: string
  /** Instruments to subscribe to; empty: every contract of the list. */
  readonly instruments: ReadonlyArray<string>
  /** Sources and folder of contract lists; undefined: none is kept (demo). */
  readonly contracts?: ContractSettings | undefined
  /** `url` undefined: an embedded server on `port`. */
  readonly nats: NatsIdentity & {
    readonly url: string | undefined
    readonly port: number
    /** Connection of the control plane where it has its own NATS user; undefined: the same server and user. */
    readonly ops?: OpsIdentity | undefined
  }
  readonly tick: {
    readonly stream: string
    /** Copies of each tick, each on another node of the cluster; undefined: 1. */
    readonly replicas?: number | undefined
    readonly subjectTemplate: string | undefined
    /** Form of the messages. */
    readonly serializer: TickFormat
    readonly queueTicks: number
    /** Policy of a full queue; undefined: `drop-newest`. */
    readonly overflow?: OverflowPolicy | undefined
    readonly window: number
    readonly maxAgeHours: number
    /** Size limit of the stream on disk; undefined: no limit. */
    readonly maxBytes?: number | undefined
    /** Take the stream from a writer that is still running. */
    readonly takeOver?: boolean
    /** Disk spool for ticks while the broker is away or slow; undefined: no spool. */
    readonly spool?: SpoolSettings | undefined
    /** Without a spool: the folder in which a previous run may have left one. */
    readonly unusedSpool?: string | undefined
    /** The front replays a recording: ticks are checked against the recording's own clock. */
    readonly replay: boolean
  }
  readonly http: { readonly host: string; readonly port: number }
  /** Where the subscription metrics of the reference service are served; undefined: they are not. */
  readonly subscriptionHttp?: { readonly host: string; readonly port: number } | undefined
  /** Faults may be injected over NATS (`tickd inject`). */
  readonly drillsEnabled: boolean
  readonly logLevel: LogLevel
  /**
   * `calendar`: sessions rest outside trading hours. `always`: the market trades around the clock (demo, 7x24
   * fronts).
   */
  readonly marketHours: "always" | "calendar"
  /** JSON file that adds or replaces years of the shipped trading calendar; undefined: the shipped calendar alone. */
  readonly calendarFile?: string | undefined
  /** Time limit of a drain. The process ends without finishing the drain after it. */
  readonly shutdownDeadlineMs: number
  /** Set by systemd. `watchdogMs` is set only when the watchdog is meant for this process. */
  readonly systemd?: { readonly socket: string; readonly watchdogMs: number | undefined } | undefined
  /** Where spans are sent; undefined: nowhere. */
  readonly tracing?: TraceConfig | undefined
  readonly ctp: {
    readonly library: string
    readonly flowDir: string
    readonly production: boolean
    readonly connectTimeoutMs: number
    readonly loginTimeoutMs: number
    /** Consecutive failures after which a session has failed until the next trading session; 0: never. */
    readonly maxRetries: number
    /** A feed without any tick for this long in trading hours is faulty, milliseconds; 0: no limit. */
    readonly silenceMs: number
    /** Required share of the wanted instruments that the front acknowledges, 0 to 1. */
    readonly coverageMin: number
    /** One login for each feed. */
    readonly profiles: FrontProfiles
    /** The feed that is active at the start, and again once it is healthy. */
    readonly preferred: FeedName
  }
  /** Failover settings, used only with two feeds. */
  readonly failover: FailoverSettings
  /** Rate limits of requests to the front and to the daemon; undefined: the defaults. */
  readonly subscribe?: SubscribeSettings | undefined
}

/** The watchdog interval of systemd; undefined when it is meant for another process. Source: sd_watchdog_enabled(3). */
const watchdogOf = (env: Environment, pid: number): number | undefined =>
  env.WATCHDOG_USEC === undefined || (env.WATCHDOG_PID !== undefined && env.WATCHDOG_PID !== pid)
    ? undefined
    : env.WATCHDOG_USEC / 1000

/**
 * 9101 beside 9100, as in the reference service. A daemon on another port is not the only one of its machine, so that
 * it serves them only on a port that is chosen for it. 0: not served.
 */
export const subscriptionHttp = (http: Config["http"], host = http.host, port = http.port === 9100 ? 9101 : 0) =>
  port === 0 ? undefined : { host, port }

/**
 * Reads the whole configuration, the only reader of the environment. Errors: one `ConfigError` with every fault.
 * `unread`: whether a secret file that cannot be read now is a fault. A daemon waits for such a file.
 */
export const readConfig = Effect.fnUntraced(function* (
  env: Record<string, string | undefined>,
  unread: UnreadSecret = "fails"
) {
  const { decoded, expected, known, missing, others } = checkEnvironment(env, unread)
  const invalid = [...invalidOf(expected, known), ...others]
  if (Result.isFailure(decoded) || invalid.length + missing.length > 0)
    return yield* faultsOf(invalid, missing, env, "docs/operations/real-front.md")
  const set = decoded.success
  const stateDir = set.TICKD_STATE_DIR ?? ".state"
  const http = { host: set.INGEST_METRICS_HOST ?? "127.0.0.1", port: set.INGEST_METRICS_PORT ?? 9100 }
  const config: Config = {
    instance: set.TICKD_INSTANCE ?? hostname().replace(/[^A-Za-z0-9_-]/g, "-"),
    stateDir,
    instruments: listOf(set.TICKD_INSTRUMENTS),
    contracts: yield* settingsOf(() => contractSettings(set, unread)),
    nats: {
      ...tickIdentity(set),
      url: set.NATS_URL,
      port: set.NATS_PORT ?? 4222,
      ops: opsIdentity(set)
    },
    tick: {
      stream: set.TICK_STREAM ?? "MD_TICKS",
      replicas: Number(set.TICK_STREAM_REPLICAS ?? "1"),
      subjectTemplate: set.TICK_SUBJECT_TEMPLATE,
      serializer: set.TICK_SERIALIZER ?? "json",
      queueTicks: set.TICK_QUEUE_MAXSIZE ?? 50_000,
      overflow: set.TICK_OVERFLOW_POLICY,
      window: set.TICK_WINDOW ?? 2048,
      maxAgeHours: set.TICK_STREAM_MAX_AGE_HOURS ?? 120,
      maxBytes: set.TICK_STREAM_MAX_BYTES,
      takeOver: set.TICK_TAKE_OVER === "1" || set.TICK_TAKE_OVER === "true",
      ...spoolSettings(set, stateDir),
      replay: set.TICK_REPLAY === "1" || set.TICK_REPLAY === "true"
    },
    http,
    subscriptionHttp: subscriptionHttp(http, set.SUBSCRIPTION_METRICS_HOST, set.SUBSCRIPTION_METRICS_PORT),
    drillsEnabled: set.DRILLS_ENABLED === "1" || set.DRILLS_ENABLED === "true",
    logLevel: set.LOG_LEVEL ?? "INFO",
    marketHours: set.TICKD_MARKET_HOURS ?? "calendar",
    calendarFile: set.TICKD_CALENDAR,
    shutdownDeadlineMs: set.TICKD_SHUTDOWN_DEADLINE_MS ?? 30_000,
    systemd:
      set.NOTIFY_SOCKET === undefined
        ? undefined
        : { socket: set.NOTIFY_SOCKET, watchdogMs: watchdogOf(set, process.pid) },
    tracing: yield* settingsOf(() => traceSettings(set, unread)),
    subscribe: subscribeSettings(set),
    failover: failoverSettings(set),
    ctp: {
      library: set.CTP_MD_LIBRARY as string,
      flowDir: set.CTP_FLOW_DIR ?? `${stateDir}/flow`,
      production: set.CTP_PRODUCTION_MODE !== "0" && set.CTP_PRODUCTION_MODE !== "false",
      connectTimeoutMs: set.CTP_CONNECT_TIMEOUT_MS ?? 30_000,
      loginTimeoutMs: set.CTP_LOGIN_TIMEOUT_MS ?? 10_000,
      // With a connect timeout and a pause of 30 s each, this allows a front to be away for about two hours.
      maxRetries: set.CTP_MAX_RETRIES ?? 120,
      silenceMs: set.CTP_SILENCE_MS ?? 30_000,
      coverageMin: (set.CTP_COVERAGE_MIN_PERCENT ?? 100) / 100,
      profiles: yield* frontProfiles(set, unread),
      preferred: preferredFeed(set)
    }
  }
  return config
})
