import { readFileSync } from "node:fs"
import { hostname } from "node:os"
import { Effect, Result, Schema } from "effect"

/** The environment is not usable. `message` names every variable that is wrong, one to a line. */
export class ConfigError extends Schema.TaggedError<ConfigError>()("ConfigError", {
  code: Schema.Literals(["CONFIG_INVALID", "CONFIG_INCOMPLETE"]),
  message: Schema.String
}) {}

/** Text that must not be printed: it shows itself as `<redacted>` wherever it is formatted. */
export class Secret {
  readonly #value: string
  constructor(value: string) {
    this.#value = value
  }
  reveal(): string {
    return this.#value
  }
  toString(): string {
    return "<redacted>"
  }
  toJSON(): string {
    return "<redacted>"
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "<redacted>"
  }
}

const whole = (minimum: number, maximum: number) =>
  Schema.NumberFromString.check(Schema.isInt(), Schema.isBetween({ minimum, maximum }))
const port = whole(0, 65535)
const natsUrl = Schema.String.check(
  Schema.isPattern(/^(nats|tls|ws|wss):\/\/[^\s]+$/, { message: "expected a nats:// or tls:// URL" })
)
const flag = Schema.Literals(["0", "1", "true", "false"])

/** Every variable that tickd reads, with its form. Units stand in the names. */
const Environment = Schema.Struct({
  TICKD_INSTANCE: Schema.optionalKey(
    Schema.String.check(Schema.isPattern(/^[A-Za-z0-9_-]{1,64}$/, { message: "expected letters, digits, _ and -" }))
  ),
  TICKD_STATE_DIR: Schema.optionalKey(Schema.String),
  TICKD_INSTRUMENTS: Schema.optionalKey(Schema.String),
  TICKD_CONTRACTS: Schema.optionalKey(Schema.String),
  NATS_URL: Schema.optionalKey(natsUrl),
  NATS_USER: Schema.optionalKey(Schema.String),
  NATS_PASSWORD: Schema.optionalKey(Schema.String),
  NATS_PORT: Schema.optionalKey(port),
  TICK_STREAM: Schema.optionalKey(Schema.String),
  TICK_SUBJECT_TEMPLATE: Schema.optionalKey(Schema.String),
  TICK_QUEUE_MAXSIZE: Schema.optionalKey(whole(1000, 10_000_000)),
  TICK_WINDOW: Schema.optionalKey(whole(16, 65_536)),
  TICK_STREAM_MAX_AGE_HOURS: Schema.optionalKey(whole(1, 24 * 365)),
  INGEST_METRICS_HOST: Schema.optionalKey(Schema.String),
  INGEST_METRICS_PORT: Schema.optionalKey(port),
  LOG_LEVEL: Schema.optionalKey(Schema.Literals(["DEBUG", "INFO", "WARNING", "ERROR"])),
  CTP_MD_LIBRARY: Schema.optionalKey(Schema.String),
  CTP_FLOW_DIR: Schema.optionalKey(Schema.String),
  CTP_PRODUCTION_MODE: Schema.optionalKey(flag),
  CTP_CONNECT_TIMEOUT_MS: Schema.optionalKey(whole(100, 3_600_000)),
  CTP_LOGIN_TIMEOUT_MS: Schema.optionalKey(whole(100, 600_000)),
  CTP_PRIMARY_MD_ADDRESS: Schema.optionalKey(Schema.String),
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
  readonly contractFiles: ReadonlyArray<string>
  /** `url` undefined: an embedded server on `port`. */
  readonly nats: {
    readonly url: string | undefined
    readonly user: string | undefined
    readonly password: Secret | undefined
    readonly port: number
  }
  readonly tick: {
    readonly stream: string
    readonly subjectTemplate: string | undefined
    readonly queueTicks: number
    readonly window: number
    readonly maxAgeHours: number
  }
  readonly http: { readonly host: string; readonly port: number }
  readonly logLevel: "DEBUG" | "INFO" | "WARNING" | "ERROR"
  readonly ctp: {
    readonly library: string
    readonly flowDir: string
    readonly production: boolean
    readonly connectTimeoutMs: number
    readonly loginTimeoutMs: number
    readonly profile: FrontProfile
  }
}

/** Users of the reference service may still have the unprefixed names: they stand in for the primary profile. */
const withLegacyNames = (env: Record<string, string | undefined>): Record<string, string> => {
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

const readPassword = (env: typeof Environment.Type) => {
  if (env.CTP_PRIMARY_PASSWORD_FILE === undefined) return Effect.succeed(env.CTP_PRIMARY_PASSWORD ?? "")
  const path = env.CTP_PRIMARY_PASSWORD_FILE
  return Effect.try({
    try: () => readFileSync(path, "utf8").trim(),
    catch: () =>
      new ConfigError({
        code: "CONFIG_INVALID",
        message: `CTP_PRIMARY_PASSWORD_FILE names ${path}, which cannot be read: check that it exists and that this user may read it.`
      })
  })
}

/** Reads the whole configuration or says everything that is wrong with it at once. The only reader of the environment. */
export const readConfig = Effect.fnUntraced(function* (env: Record<string, string | undefined>) {
  const decoded = Schema.decodeUnknownResult(Environment, { errors: "all" })(withLegacyNames(env))
  if (Result.isFailure(decoded)) {
    return yield* new ConfigError({
      code: "CONFIG_INVALID",
      message: `The environment is not usable: ${decoded.failure.message}`
    })
  }
  const set = decoded.success
  const missing = required.filter((name) => set[name] === undefined)
  if (missing.length > 0) {
    return yield* new ConfigError({
      code: "CONFIG_INCOMPLETE",
      message: `Not set: ${missing.join(", ")}. Set them in the environment, see 'A real front' in README.md.`
    })
  }
  const stateDir = set.TICKD_STATE_DIR ?? ".state"
  const config: Config = {
    instance: set.TICKD_INSTANCE ?? hostname().replace(/[^A-Za-z0-9_-]/g, "-"),
    stateDir,
    instruments: list(set.TICKD_INSTRUMENTS),
    contractFiles: list(set.TICKD_CONTRACTS),
    nats: {
      url: set.NATS_URL,
      user: set.NATS_USER,
      password: set.NATS_PASSWORD === undefined ? undefined : new Secret(set.NATS_PASSWORD),
      port: set.NATS_PORT ?? 4222
    },
    tick: {
      stream: set.TICK_STREAM ?? "MD_TICKS",
      subjectTemplate: set.TICK_SUBJECT_TEMPLATE,
      queueTicks: set.TICK_QUEUE_MAXSIZE ?? 50_000,
      window: set.TICK_WINDOW ?? 2048,
      maxAgeHours: set.TICK_STREAM_MAX_AGE_HOURS ?? 120
    },
    http: { host: set.INGEST_METRICS_HOST ?? "127.0.0.1", port: set.INGEST_METRICS_PORT ?? 9100 },
    logLevel: set.LOG_LEVEL ?? "INFO",
    ctp: {
      library: set.CTP_MD_LIBRARY as string,
      flowDir: set.CTP_FLOW_DIR ?? `${stateDir}/flow`,
      production: set.CTP_PRODUCTION_MODE !== "0" && set.CTP_PRODUCTION_MODE !== "false",
      connectTimeoutMs: set.CTP_CONNECT_TIMEOUT_MS ?? 30_000,
      loginTimeoutMs: set.CTP_LOGIN_TIMEOUT_MS ?? 10_000,
      profile: {
        feed: "primary",
        addresses: list(set.CTP_PRIMARY_MD_ADDRESS).map(frontAddress),
        brokerId: set.CTP_PRIMARY_BROKER_ID as string,
        userId: set.CTP_PRIMARY_USER_ID as string,
        password: new Secret(yield* readPassword(set))
      }
    }
  }
  return config
})
