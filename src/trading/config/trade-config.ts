import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { Effect, Redacted, Result, Schema, SchemaIssue } from "effect"
import { type Decimal, parseDecimal } from "../../kernel/decimal.ts"
import { errorText } from "../../kernel/error-text.ts"
import type { LogLevel } from "../../platform/log/log-record.ts"
import { type NatsIdentity, type OpsIdentity, opsIdentity, tickIdentity } from "../../platform/nats/nats-settings.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import type { AlpacaSettings } from "../adapters/alpaca/settings.ts"
import type { Limits } from "../domain/risk/limits.ts"
import { defaultTradeSettings } from "../layers/default-settings.ts"
import type { TradeSettingsShape } from "../layers/lowest.ts"
import { type HttpSettings, httpSettings } from "./http-settings.ts"
import { TradeEnvironment } from "./trade-environment.ts"
import { venueSettings } from "./venue-settings.ts"

/** Everything that `tickd trade` is configured with. */
export interface TradeConfig {
  readonly settings: TradeSettingsShape
  /** Of the whole host; the book is in its folder `trade`. */
  readonly stateDir: string
  /** Folder of the book and its lock. */
  readonly bookDir: string
  /** PostgreSQL; undefined: SQLite in the folder of the book. */
  readonly database: Redacted.Redacted | undefined
  /** undefined: no keys are set; a dry run without prices. */
  readonly venue: AlpacaSettings | undefined
  /** `url` undefined: an embedded server on `port`. */
  readonly nats: NatsIdentity & {
    readonly url: string | undefined
    readonly port: number
    readonly ops: OpsIdentity
    readonly replicas: number
  }
  /** Env file of a reader of the market's gap records; undefined: they are not read. */
  readonly marketEnvFile: string | undefined
  /** `/metrics`, `/healthz`, `/readyz` and `/status`. */
  readonly telemetry: { readonly host: string; readonly port: number }
  readonly http: HttpSettings
  readonly logLevel: LogLevel
  readonly shutdownDeadlineMs: number
  readonly systemd: { readonly socket: string; readonly watchdogMs: number | undefined } | undefined
}

const problemsOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** Trimmed; an empty or blank variable counts as not set. */
const setIn = (env: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => {
      const text = (value ?? "").trim()
      return text === "" ? [] : [[name, text]]
    })
  )

const decimalOr = (text: string | undefined, otherwise: Decimal): Decimal =>
  (text === undefined ? undefined : parseDecimal(text)) ?? otherwise
const listOf = (text: string | undefined): ReadonlyArray<string> => (text === undefined ? [] : text.split(","))
const msOr = (seconds: number | undefined, otherwiseMs: number): number =>
  seconds === undefined ? otherwiseMs : seconds * 1000

const limitsOf = (env: TradeEnvironment): Limits => {
  const { limits } = defaultTradeSettings
  return {
    ...limits,
    fatFingerNotional: decimalOr(env.FAT_FINGER_MAX_NOTIONAL, limits.fatFingerNotional),
    fatFingerQuantity: decimalOr(env.FAT_FINGER_MAX_QTY, limits.fatFingerQuantity),
    fatFingerAdvShare: decimalOr(env.FAT_FINGER_MAX_ADV_PCT, limits.fatFingerAdvShare),
    quoteAgeMsMax: msOr(env.FAT_FINGER_MAX_PRICE_AGE_SECONDS, limits.quoteAgeMsMax),
    priceCollarShare: decimalOr(env.TRADE_PRICE_COLLAR_SHARE, limits.priceCollarShare),
    positionQuantity: decimalOr(env.TRADE_POSITION_QUANTITY, limits.positionQuantity),
    positionShare: decimalOr(env.TRADE_POSITION_SHARE, limits.positionShare),
    grossNotional: decimalOr(env.TRADE_GROSS_NOTIONAL, limits.grossNotional),
    netNotional: decimalOr(env.TRADE_NET_NOTIONAL, limits.netNotional),
    longNotional: decimalOr(env.TRADE_LONG_NOTIONAL, limits.longNotional),
    shortNotional: decimalOr(env.TRADE_SHORT_NOTIONAL, limits.shortNotional),
    blacklist: new Set(listOf(env.TRADE_BLACKLIST)),
    ordersPerMinute: env.TRADE_ORDERS_PER_MINUTE ?? limits.ordersPerMinute,
    repeatedExecutions: env.TRADE_REPEATED_EXECUTIONS ?? limits.repeatedExecutions
  }
}

const settingsOf = (env: TradeEnvironment, mode: "dry" | "live"): TradeSettingsShape => {
  const { monitor, orders, quotes, reconciler, reconciliation, safety } = defaultTradeSettings
  const graceMs = msOr(env.RECONCILIATION_SUBMITTED_UNCONFIRMED_GRACE_SECONDS, reconciler.graceMs)
  return {
    ...defaultTradeSettings,
    instance: env.TICKD_INSTANCE ?? hostname().replace(/[^A-Za-z0-9_-]/g, "-"),
    mode,
    limits: limitsOf(env),
    safety: { ...safety, cancel: env.TRADE_TRIP_CANCELS ?? safety.cancel },
    monitor: {
      ...monitor,
      dailyLoss: decimalOr(env.TRADE_DAILY_LOSS, monitor.dailyLoss),
      drawdownShare: decimalOr(env.TRADE_DRAWDOWN_SHARE, monitor.drawdownShare),
      dataStaleMs: msOr(env.TRADE_DATA_STALE_SECONDS, monitor.dataStaleMs),
      venueErrorsInRow: env.TRADE_VENUE_ERRORS ?? monitor.venueErrorsInRow
    },
    orders: { ...orders, graceMs },
    reconciler: {
      ...reconciler,
      graceMs,
      timeoutMs: msOr(env.RECONCILIATION_TIMEOUT_SECONDS, reconciler.timeoutMs),
      overlapMs: msOr(env.RECONCILIATION_OVERLAP_SECONDS, reconciler.overlapMs)
    },
    reconciliation: {
      ...reconciliation,
      intervalMs: msOr(env.RECONCILIATION_INTERVAL_SECONDS, reconciliation.intervalMs)
    },
    quotes: { ...quotes, symbols: listOf(env.TRADE_SYMBOLS) },
    process: { run: randomUUID(), host: hostname(), pid: process.pid }
  }
}

const watchdogOf = (env: TradeEnvironment): number | undefined =>
  env.WATCHDOG_USEC === undefined || (env.WATCHDOG_PID !== undefined && env.WATCHDOG_PID !== process.pid)
    ? undefined
    : env.WATCHDOG_USEC / 1000

/** The URL has a password, so it may be in a file. A text: why it cannot be read. */
const databaseOf = (env: TradeEnvironment): Redacted.Redacted | string | undefined => {
  if (env.DATABASE_URL_FILE === undefined) {
    return env.DATABASE_URL === undefined ? undefined : Redacted.make(env.DATABASE_URL)
  }
  try {
    const text = readFileSync(env.DATABASE_URL_FILE, "utf8").trim()
    if (/^postgres(?:ql)?:\/\/\S+$/.test(text)) return Redacted.make(text)
    return "DATABASE_URL_FILE names a file without postgres://USER@HOST:PORT/DATABASE in it"
  } catch (cause) {
    return `DATABASE_URL_FILE names ${env.DATABASE_URL_FILE}, which cannot be read: ${errorText(cause)}`
  }
}

const refused = (faults: ReadonlyArray<string>) =>
  new UserError({
    code: "CONFIG_INVALID",
    exitCode: exitCodes.configuration,
    message:
      faults.length === 1
        ? `${faults[0]}. Correct the environment, see docs/trading/start.md.`
        : [
            `The configuration has ${faults.length} faults: correct the environment, see docs/trading/start.md.`,
            ...faults.map((fault) => `  ${fault}`)
          ].join("\n")
  })

/**
 * Reads the whole configuration of `tickd trade`. Errors: one `UserError` with every fault. No secret is repeated, and
 * nothing is connected before it succeeds.
 */
export const readTradeConfig = (
  given: Readonly<Record<string, string | undefined>>,
  /** The venue is simulated, so that no keys are needed. */
  options: { readonly simulatedVenue?: boolean } = {}
): Effect.Effect<TradeConfig, UserError> =>
  Effect.suspend(() => {
    const known = setIn(given)
    const decoded = Schema.decodeUnknownResult(TradeEnvironment, { errors: "all" })(known)
    if (Result.isFailure(decoded)) {
      const { issues } = problemsOf(decoded.failure.issue)
      const expected = new Map(issues.map(({ message, path }) => [String(path?.[0]), message]))
      return Effect.fail(refused([...expected].map(([name, message]) => `${name}: ${message}`)))
    }
    const env = decoded.success
    const mode = env.TRADE_MODE ?? "dry"
    const { faults, venue } = venueSettings(env, options.simulatedVenue === true ? "dry" : mode)
    const database = databaseOf(env)
    const stateDir = env.TICKD_STATE_DIR ?? ".state"
    const api = httpSettings(env, mode, stateDir)
    const all = [...faults, ...api.faults, ...(typeof database === "string" ? [database] : [])]
    if (all.length > 0 || typeof database === "string") return Effect.fail(refused(all))
    return Effect.succeed({
      settings: settingsOf(env, mode),
      stateDir,
      bookDir: join(stateDir, "trade"),
      database,
      venue,
      nats: {
        ...tickIdentity(env),
        url: env.NATS_URL,
        port: env.NATS_PORT ?? 4222,
        ops: opsIdentity(env),
        replicas: Number(env.TRADE_STREAM_REPLICAS ?? "1")
      },
      marketEnvFile: env.TRADE_MARKET_ENV_FILE,
      telemetry: { host: env.TRADE_METRICS_HOST ?? "127.0.0.1", port: env.TRADE_METRICS_PORT ?? 9110 },
      http: api.http,
      logLevel: env.LOG_LEVEL ?? "INFO",
      shutdownDeadlineMs: env.TICKD_SHUTDOWN_DEADLINE_MS ?? 30_000,
      systemd: env.NOTIFY_SOCKET === undefined ? undefined : { socket: env.NOTIFY_SOCKET, watchdogMs: watchdogOf(env) }
    })
  })
