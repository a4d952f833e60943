import { hostname } from "node:os"
import { Effect, Result, Schema, SchemaIssue } from "effect"
import type { OverflowPolicy } from "../domain/overflow-policy.ts"
import type { TickFormat } from "../protocol/tick-format.ts"
import { ConfigError, settingsOf } from "./config-error.ts"
import {
  type ContractSettings,
  contractSettings,
  contractVariables,
  missingForTrader,
  secretOrFile
} from "./contract-settings.ts"
import { type NatsIdentity, type OpsIdentity, opsIdentity, tickIdentity } from "./nats-settings.ts"
import { Secret } from "./secret.ts"
import { type SpoolSettings, spoolSettings } from "./spool-settings.ts"
import { type SubscribeSettings, subscribeSettings, subscribeVariables } from "./subscribe-settings.ts"
import { tickVariables } from "./tick-variables.ts"

export { ConfigError } from "./config-error.ts"
export { Secret } from "./secret.ts"

const whole = (minimum: number, maximum: number) =>
  Schema.NumberFromString.check(Schema.isInt(), Schema.isBetween({ minimum, maximum }))
const port = whole(0, 65535)
const natsUrl = Schema.String.check(
  Schema.isPattern(/^(nats|tls|ws|wss):\/\/[^\s]+$/, { message: "expected a nats:// or tls:// URL" })
)
/** `host:port`, or with the scheme that the library wants; `bench://INSTRUMENTS:RATE:COUNT` for the simulated one. */
const frontAddresses = Schema.String.check(
  Schema.isPattern(/^\s*([a-z]+:\/\/)?[^\s:,/]+(:\d+)+(\s*,\s*([a-z]+:\/\/)?[^\s:,/]+(:\d+)+)*\s*$/, {
    message: "expected tcp://HOST:PORT, or several of these with commas between"
  })
)
const inboxPrefix = Schema.String.check(
  Schema.isPattern(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/, { message: "expected a subject without wildcards" })
)
const flag = Schema.Literals(["0", "1", "true", "false"])

/** Every variable that tickd reads, with its form. Units stand in the names. */
const Environment = Schema.Struct({
  TICKD_INSTANCE: Schema.optionalKey(
    Schema.String.check(Schema.isPattern(/^[A-Za-z0-9_-]{1,64}$/, { message: "expected letters, digits, _ and -" }))
  ),
  TICKD_STATE_DIR: Schema.optionalKey(Schema.String),
  TICKD_INSTRUMENTS: Schema.optionalKey(Schema.String),
  ...contractVariables,
  NATS_URL: Schema.optionalKey(natsUrl),
  NATS_USER: Schema.optionalKey(Schema.String),
  NATS_PASSWORD: Schema.optionalKey(Schema.String),
  NATS_PORT: Schema.optionalKey(port),
  NATS_NKEY_FILE: Schema.optionalKey(Schema.String),
  NATS_TLS_CA: Schema.optionalKey(Schema.String),
  NATS_TLS_CERT: Schema.optionalKey(Schema.String),
  NATS_TLS_KEY: Schema.optionalKey(Schema.String),
  NATS_INBOX_PREFIX: Schema.optionalKey(inboxPrefix),
  NATS_OPS_URL: Schema.optionalKey(natsUrl),
  NATS_OPS_USER: Schema.optionalKey(Schema.String),
  NATS_OPS_PASSWORD: Schema.optionalKey(Schema.String),
  NATS_OPS_NKEY_FILE: Schema.optionalKey(Schema.String),
  NATS_OPS_INBOX_PREFIX: Schema.optionalKey(inboxPrefix),
  TICK_STREAM: Schema.optionalKey(Schema.String),
  TICK_STREAM_REPLICAS: Schema.optionalKey(Schema.Literals(["1", "3"])),
  TICK_SUBJECT_TEMPLATE: Schema.optionalKey(Schema.String),
  TICK_WINDOW: Schema.optionalKey(whole(16, 65_536)),
  TICK_STREAM_MAX_BYTES: Schema.optionalKey(whole(1_048_576, Number.MAX_SAFE_INTEGER)),
  TICK_TAKE_OVER: Schema.optionalKey(flag),
  TICK_STREAM_MAX_AGE_HOURS: Schema.optionalKey(whole(1, 24 * 365)),
  ...tickVariables,
  TICK_REPLAY: Schema.optionalKey(flag),
  DRILLS_ENABLED: Schema.optionalKey(flag),
  INGEST_METRICS_HOST: Schema.optionalKey(Schema.String),
  INGEST_METRICS_PORT: Schema.optionalKey(port),
  LOG_LEVEL: Schema.optionalKey(Schema.Literals(["DEBUG", "INFO", "WARNING", "ERROR"])),
  TICKD_CALENDAR: Schema.optionalKey(Schema.String),
  TICKD_MARKET_HOURS: Schema.optionalKey(Schema.Literals(["always", "calendar"])),
  TICKD_SHUTDOWN_DEADLINE_MS: Schema.optionalKey(whole(1000, 600_000)),
  NOTIFY_SOCKET: Schema.optionalKey(Schema.String),
  WATCHDOG_USEC: Schema.optionalKey(whole(1000, Number.MAX_SAFE_INTEGER)),
  WATCHDOG_PID: Schema.optionalKey(whole(1, 4_194_304)),
  CTP_MAX_RETRIES: Schema.optionalKey(whole(0, 1_000_000)),
  CTP_SILENCE_MS: Schema.optionalKey(whole(0, 3_600_000)),
  CTP_COVERAGE_MIN_PERCENT: Schema.optionalKey(whole(0, 100)),
  ...subscribeVariables,
  CTP_MD_LIBRARY: Schema.optionalKey(Schema.String),
  CTP_FLOW_DIR: Schema.optionalKey(Schema.String),
  CTP_PRODUCTION_MODE: Schema.optionalKey(flag),
  CTP_CONNECT_TIMEOUT_MS: Schema.optionalKey(whole(100, 3_600_000)),
  CTP_LOGIN_TIMEOUT_MS: Schema.optionalKey(whole(100, 600_000)),
  CTP_PRIMARY_MD_ADDRESS: Schema.optionalKey(frontAddresses),
  CTP_PRIMARY_BROKER_ID: Schema.optionalKey(Schema.String),
  CTP_PRIMARY_USER_ID: Schema.optionalKey(Schema.String),
  CTP_PRIMARY_PASSWORD: Schema.optionalKey(Schema.String),
  CTP_PRIMARY_PASSWORD_FILE: Schema.optionalKey(Schema.String)
})

/** Names of the variables, for the help text and the reference page. */
export const environmentNames = Object.keys(Environment.fields)

export interface FrontProfile {
  readonly feed: "primary"
  readonly addresses: ReadonlyArray<string>
  readonly brokerId: string
  readonly userId: string
  readonly password: Secret
}

export interface Config {
  readonly instance: string
  readonly stateDir: string
  /** Wanted instruments; empty: every contract of the list. */
  readonly instruments: ReadonlyArray<string>
  /** Where contract lists come from and are kept; undefined: none is kept (demo). */
  readonly contracts?: ContractSettings | undefined
  /** `url` undefined: an embedded server on `port`. */
  readonly nats: NatsIdentity & {
    readonly url: string | undefined
    readonly port: number
    /** The control plane, where it has an account of its own; undefined: the same server and user. */
    readonly ops?: OpsIdentity | undefined
  }
  readonly tick: {
    readonly stream: string
    /** Copies of each tick, on as many nodes of the cluster; undefined: 1. */
    readonly replicas?: number | undefined
    readonly subjectTemplate: string | undefined
    /** Form of the messages. */
    readonly serializer: TickFormat
    readonly queueTicks: number
    /** What gives way when the queue is full; undefined: `drop-newest`. */
    readonly overflow?: OverflowPolicy | undefined
    readonly window: number
    readonly maxAgeHours: number
    /** Bound of the stream on disk; undefined: none. */
    readonly maxBytes?: number | undefined
    /** Take the stream from a writer that lives. */
    readonly takeOver?: boolean
    /** Where ticks wait on disk while the broker is away or slow; undefined: nowhere. */
    readonly spool?: SpoolSettings | undefined
    /** Without a spool: the folder in which an earlier run may have left one. */
    readonly unusedSpool?: string | undefined
    /** The front replays a recording: ticks are judged on the recording's own time line. */
    readonly replay: boolean
  }
  readonly http: { readonly host: string; readonly port: number }
  /** Faults may be injected over NATS. */
  readonly drillsEnabled: boolean
  readonly logLevel: "DEBUG" | "INFO" | "WARNING" | "ERROR"
  /** `calendar`: sessions rest outside trading hours. `always`: the market trades around the clock (demo, 7x24 fronts). */
  readonly marketHours: "always" | "calendar"
  /** JSON file that adds years to the shipped trading calendar or replaces them; undefined: the shipped one alone. */
  readonly calendarFile?: string | undefined
  /** How long a drain may take before the process ends without it. */
  readonly shutdownDeadlineMs: number
  /** Set by systemd; `watchdogMs` only when the watchdog is meant for this process. */
  readonly systemd?: { readonly socket: string; readonly watchdogMs: number | undefined } | undefined
  readonly ctp: {
    readonly library: string
    readonly flowDir: string
    readonly production: boolean
    readonly connectTimeoutMs: number
    readonly loginTimeoutMs: number
    /** Failures in a row after which a session is failed until the next trading session; 0: never. */
    readonly maxRetries: number
    /** Time without any tick in trading hours that is a fault, milliseconds; 0: silence is never one. */
    readonly silenceMs: number
    /** Share of the wanted instruments that the front must acknowledge, 0 to 1. */
    readonly coverageMin: number
    readonly profile: FrontProfile
  }
  /** How fast the front and the daemon may be asked; undefined: the defaults. */
  readonly subscribe?: SubscribeSettings | undefined
}

/** Users of the reference service may still have the unprefixed names: they stand in for the primary profile. */
export const withLegacyNames = (env: Record<string, string | undefined>): Record<string, string> => {
  const known: Record<string, string> = {}
  for (const name of environmentNames) {
    const value = env[name] ?? (name.startsWith("CTP_PRIMARY_") ? env[name.replace("PRIMARY_", "")] : undefined)
    if (value !== undefined && value.trim() !== "") known[name] = value.trim()
  }
  return known
}

const list = (text: string | undefined) =>
  (text ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")

/** `host:port` gets the scheme that the vendor's library wants. */
const frontAddress = (text: string) => (/^[a-z]+:\/\//.test(text) ? text : `tcp://${text}`)

const required = ["CTP_MD_LIBRARY", "CTP_PRIMARY_MD_ADDRESS", "CTP_PRIMARY_BROKER_ID", "CTP_PRIMARY_USER_ID"] as const

/** systemd's watchdog, unless it is meant for another process of the unit. Source: sd_watchdog_enabled(3). */
const watchdogOf = (env: typeof Environment.Type, pid: number): number | undefined =>
  env.WATCHDOG_USEC === undefined || (env.WATCHDOG_PID !== undefined && env.WATCHDOG_PID !== pid)
    ? undefined
    : env.WATCHDOG_USEC / 1000

const problemsOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** A URL may carry a password, so its text is not repeated. */
const shown = (name: string, value: string | undefined) =>
  value === undefined || name === "NATS_URL" || name === "NATS_OPS_URL" ? "" : ` is ${JSON.stringify(value)}:`

/** `NAME is "value": expected …`, one for each variable that cannot be used. */
export const invalidOf = (issue: SchemaIssue.Issue, known: Readonly<Record<string, string>>): Array<string> => {
  const expected = new Map<string, Array<string>>()
  for (const { message, path } of problemsOf(issue).issues) {
    const name = String(path?.[0] ?? "environment")
    expected.set(name, [...(expected.get(name) ?? []), message.charAt(0).toLowerCase() + message.slice(1)])
  }
  return [...expected].map(([name, texts]) => `${name}${shown(name, known[name])} ${texts.join(", ")}`)
}

const missingOf = (known: Readonly<Record<string, string>>): Array<string> => [
  ...required.filter((name) => known[name] === undefined),
  ...(known["CTP_PRIMARY_PASSWORD"] === undefined && known["CTP_PRIMARY_PASSWORD_FILE"] === undefined
    ? ["CTP_PRIMARY_PASSWORD (or CTP_PRIMARY_PASSWORD_FILE)"]
    : []),
  ...missingForTrader(known).filter((name) => !/BROKER_ID|USER_ID|PASSWORD/.test(name))
]

/** Reads the whole configuration or says everything that is wrong with it at once. The only reader of the environment. */
export const readConfig = Effect.fnUntraced(function* (env: Record<string, string | undefined>) {
  const known = withLegacyNames(env)
  const decoded = Schema.decodeUnknownResult(Environment, { errors: "all" })(known)
  const invalid = Result.isFailure(decoded) ? invalidOf(decoded.failure.issue, known) : []
  const missing = missingOf(known)
  if (Result.isFailure(decoded) || missing.length > 0) {
    const sentences = [
      ...(invalid.length === 0 ? [] : [`Not usable: ${invalid.join("; ")}.`]),
      ...(missing.length === 0 ? [] : [`Not set: ${missing.join(", ")}.`])
    ]
    return yield* new ConfigError({
      code: invalid.length > 0 ? "CONFIG_INVALID" : "CONFIG_INCOMPLETE",
      message: `${sentences.join(" ")} Correct the environment, see 'A real front' in README.md.`
    })
  }
  const set = decoded.success
  const stateDir = set.TICKD_STATE_DIR ?? ".state"
  const config: Config = {
    instance: set.TICKD_INSTANCE ?? hostname().replace(/[^A-Za-z0-9_-]/g, "-"),
    stateDir,
    instruments: list(set.TICKD_INSTRUMENTS),
    contracts: yield* settingsOf(() => contractSettings(set)),
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
    http: { host: set.INGEST_METRICS_HOST ?? "127.0.0.1", port: set.INGEST_METRICS_PORT ?? 9100 },
    drillsEnabled: set.DRILLS_ENABLED === "1" || set.DRILLS_ENABLED === "true",
    logLevel: set.LOG_LEVEL ?? "INFO",
    marketHours: set.TICKD_MARKET_HOURS ?? "calendar",
    calendarFile: set.TICKD_CALENDAR,
    shutdownDeadlineMs: set.TICKD_SHUTDOWN_DEADLINE_MS ?? 30_000,
    systemd:
      set.NOTIFY_SOCKET === undefined
        ? undefined
        : { socket: set.NOTIFY_SOCKET, watchdogMs: watchdogOf(set, process.pid) },
    subscribe: subscribeSettings(set),
    ctp: {
      library: set.CTP_MD_LIBRARY as string,
      flowDir: set.CTP_FLOW_DIR ?? `${stateDir}/flow`,
      production: set.CTP_PRODUCTION_MODE !== "0" && set.CTP_PRODUCTION_MODE !== "false",
      connectTimeoutMs: set.CTP_CONNECT_TIMEOUT_MS ?? 30_000,
      loginTimeoutMs: set.CTP_LOGIN_TIMEOUT_MS ?? 10_000,
      // About two hours of a front that is away, at a pause of 30 s.
      maxRetries: set.CTP_MAX_RETRIES ?? 120,
      silenceMs: set.CTP_SILENCE_MS ?? 30_000,
      coverageMin: (set.CTP_COVERAGE_MIN_PERCENT ?? 100) / 100,
      profile: {
        feed: "primary",
        addresses: list(set.CTP_PRIMARY_MD_ADDRESS).map(frontAddress),
        brokerId: set.CTP_PRIMARY_BROKER_ID as string,
        userId: set.CTP_PRIMARY_USER_ID as string,
        password: yield* settingsOf(() =>
          secretOrFile(set.CTP_PRIMARY_PASSWORD, set.CTP_PRIMARY_PASSWORD_FILE, "CTP_PRIMARY_PASSWORD")
        )
      }
    }
  }
  return config
})
