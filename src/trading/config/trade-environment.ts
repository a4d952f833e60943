import { isIP } from "node:net"
import { BigDecimal, Schema } from "effect"
import { parseDecimal, zero } from "../../kernel/decimal.ts"

const whole = (minimum: number, maximum: number) =>
  Schema.NumberFromString.check(Schema.isInt(), Schema.isBetween({ minimum, maximum }))
const matching = (pattern: RegExp, message: string) => Schema.String.check(Schema.isPattern(pattern, { message }))
const port = whole(0, 65_535)
const seconds = whole(1, 86_400)
const listenHost = Schema.String.check(
  Schema.makeFilter((text: string) =>
    isIP(text) !== 0 || /^[A-Za-z0-9_.-]{1,253}$/.test(text)
      ? undefined
      : "expected a host name or an IP address, without scheme and port"
  )
)
/** A limit of 0 would be none at all in the reference; here a limit is never switched off by a number. */
const positive = (most?: string) =>
  Schema.String.check(
    Schema.makeFilter((text: string) => {
      const value = parseDecimal(text)
      const tooLarge = most !== undefined && value !== undefined && BigDecimal.isGreaterThan(value, limitOf(most))
      return value === undefined || BigDecimal.isLessThanOrEqualTo(value, zero) || tooLarge
        ? `expected a number above 0${most === undefined ? "" : ` and at most ${most}`}, with a point and at most 9 decimals`
        : undefined
    })
  )
const limitOf = (text: string) => parseDecimal(text) ?? zero
const url = (schemes: string) =>
  matching(
    new RegExp(`^(?:${schemes})://[^\\s/@]+$`),
    `expected ${schemes.replaceAll("|", " or ")}://HOST without a path`
  )
const symbols = matching(/^[A-Z][A-Z0-9.]{0,11}(?:,[A-Z][A-Z0-9.]{0,11})*$/, "expected symbols with commas: AAPL,MSFT")

// The variables of `tickd trade` that no other daemon reads, with their form.

export const tradeFields = {
  TRADE_MODE: Schema.optionalKey(Schema.Literals(["dry", "live"])),
  TRADE_SYMBOLS: Schema.optionalKey(symbols),
  DATABASE_URL: Schema.optionalKey(
    matching(/^postgres(?:ql)?:\/\/\S+$/, "expected postgres://USER@HOST:PORT/DATABASE")
  ),
  DATABASE_URL_FILE: Schema.optionalKey(Schema.String),
  APCA_API_KEY_ID: Schema.optionalKey(Schema.String),
  APCA_API_KEY_ID_FILE: Schema.optionalKey(Schema.String),
  APCA_API_SECRET_KEY: Schema.optionalKey(Schema.String),
  APCA_API_SECRET_KEY_FILE: Schema.optionalKey(Schema.String),
  APCA_API_BASE_URL: Schema.optionalKey(url("https|http")),
  APCA_API_DATA_URL: Schema.optionalKey(url("https|http")),
  TRADE_QUOTES_URL: Schema.optionalKey(url("wss|ws")),
  TRADE_QUOTES_FEED: Schema.optionalKey(Schema.Literals(["iex", "sip", "delayed_sip", "test"])),
  TRADE_BARS_FEED: Schema.optionalKey(Schema.Literals(["iex", "sip"])),
  TRADE_MARKET_ENV_FILE: Schema.optionalKey(Schema.String),
  TRADE_METRICS_HOST: Schema.optionalKey(listenHost),
  TRADE_METRICS_PORT: Schema.optionalKey(port),
  TRADE_STREAM_REPLICAS: Schema.optionalKey(Schema.Literals(["1", "3"]))
}

const rate = matching(/^[1-9]\d{0,5}\+\d{1,6}\/[1-9]\d{0,6}$/, "expected PER_MINUTE+BURST/ALL, such as 40+10/80")

export const httpFields = {
  TRADE_HTTP_HOST: Schema.optionalKey(listenHost),
  TRADE_HTTP_PORT: Schema.optionalKey(port),
  TRADE_HTTP_SUBMIT_RATE: Schema.optionalKey(rate),
  TRADE_HTTP_CANCEL_RATE: Schema.optionalKey(rate),
  TRADE_HTTP_MODIFY_RATE: Schema.optionalKey(rate),
  TRADE_HTTP_SAFETY_RATE: Schema.optionalKey(rate),
  TRADE_HTTP_READ_RATE: Schema.optionalKey(rate),
  TRADE_WEBHOOK_SECRET: Schema.optionalKey(Schema.String),
  TRADE_WEBHOOK_SECRET_FILE: Schema.optionalKey(Schema.String),
  TRADE_WEBHOOK_UNSIGNED: Schema.optionalKey(Schema.Literals(["dev"]))
}

export const reconciliationFields = {
  RECONCILIATION_INTERVAL_SECONDS: Schema.optionalKey(seconds),
  RECONCILIATION_TIMEOUT_SECONDS: Schema.optionalKey(seconds),
  RECONCILIATION_OVERLAP_SECONDS: Schema.optionalKey(whole(0, 86_400)),
  RECONCILIATION_SUBMITTED_UNCONFIRMED_GRACE_SECONDS: Schema.optionalKey(seconds)
}

export const limitFields = {
  FAT_FINGER_MAX_NOTIONAL: Schema.optionalKey(positive()),
  FAT_FINGER_MAX_QTY: Schema.optionalKey(positive()),
  FAT_FINGER_MAX_ADV_PCT: Schema.optionalKey(positive("1")),
  FAT_FINGER_MAX_PRICE_AGE_SECONDS: Schema.optionalKey(whole(1, 3600)),
  TRADE_PRICE_COLLAR_SHARE: Schema.optionalKey(positive("1")),
  TRADE_POSITION_QUANTITY: Schema.optionalKey(positive()),
  TRADE_POSITION_SHARE: Schema.optionalKey(positive("1")),
  TRADE_GROSS_NOTIONAL: Schema.optionalKey(positive()),
  TRADE_NET_NOTIONAL: Schema.optionalKey(positive()),
  TRADE_LONG_NOTIONAL: Schema.optionalKey(positive()),
  TRADE_SHORT_NOTIONAL: Schema.optionalKey(positive()),
  TRADE_BLACKLIST: Schema.optionalKey(symbols),
  TRADE_ORDERS_PER_MINUTE: Schema.optionalKey(whole(1, 1_000_000)),
  TRADE_REPEATED_EXECUTIONS: Schema.optionalKey(whole(1, 1_000_000))
}

export const monitorFields = {
  TRADE_DAILY_LOSS: Schema.optionalKey(positive()),
  TRADE_DRAWDOWN_SHARE: Schema.optionalKey(positive("1")),
  TRADE_DATA_STALE_SECONDS: Schema.optionalKey(seconds),
  TRADE_VENUE_ERRORS: Schema.optionalKey(whole(1, 1000)),
  TRADE_TRIP_CANCELS: Schema.optionalKey(Schema.Literals(["none", "entries", "all"]))
}

/** What `tickd trade` reads of the variables that the daemons share; their forms are those of the market. */
const sharedFields = {
  TICKD_INSTANCE: Schema.optionalKey(matching(/^[A-Za-z0-9_-]{1,64}$/, "expected letters, digits, _ and -")),
  TICKD_STATE_DIR: Schema.optionalKey(Schema.String),
  NATS_URL: Schema.optionalKey(Schema.String),
  NATS_PORT: Schema.optionalKey(port),
  NATS_USER: Schema.optionalKey(Schema.String),
  NATS_PASSWORD: Schema.optionalKey(Schema.String),
  NATS_PASSWORD_FILE: Schema.optionalKey(Schema.String),
  NATS_NKEY_FILE: Schema.optionalKey(Schema.String),
  NATS_TLS_CA: Schema.optionalKey(Schema.String),
  NATS_TLS_CERT: Schema.optionalKey(Schema.String),
  NATS_TLS_KEY: Schema.optionalKey(Schema.String),
  NATS_INBOX_PREFIX: Schema.optionalKey(Schema.String),
  NATS_OPS_URL: Schema.optionalKey(Schema.String),
  NATS_OPS_USER: Schema.optionalKey(Schema.String),
  NATS_OPS_PASSWORD: Schema.optionalKey(Schema.String),
  NATS_OPS_PASSWORD_FILE: Schema.optionalKey(Schema.String),
  NATS_OPS_NKEY_FILE: Schema.optionalKey(Schema.String),
  NATS_OPS_INBOX_PREFIX: Schema.optionalKey(Schema.String),
  LOG_LEVEL: Schema.optionalKey(Schema.Literals(["DEBUG", "INFO", "WARNING", "ERROR"])),
  TICKD_SHUTDOWN_DEADLINE_MS: Schema.optionalKey(whole(1000, 600_000)),
  NOTIFY_SOCKET: Schema.optionalKey(Schema.String),
  WATCHDOG_USEC: Schema.optionalKey(whole(1000, Number.MAX_SAFE_INTEGER)),
  WATCHDOG_PID: Schema.optionalKey(whole(1, 4_194_304))
}

export const TradeEnvironment = Schema.Struct({
  ...tradeFields,
  ...httpFields,
  ...reconciliationFields,
  ...limitFields,
  ...monitorFields,
  ...sharedFields
})
export type TradeEnvironment = typeof TradeEnvironment.Type
