import { isIP } from "node:net"
import { Schema, SchemaIssue } from "effect"
import { instrumentTextProblem, shownInstrument } from "../../kernel/instrument/instrument-text.ts"
import { contractVariables, flowFolder, stateFolder } from "./contract-settings.ts"
import { frontVariables, routeOf } from "./ctp-login-variables.ts"
import { plainText } from "./ctp-text.ts"
import { failoverVariables } from "./failover-settings.ts"
import { listOf } from "./front-addresses.ts"
import { subscribeVariables } from "./subscribe-settings.ts"
import { tickVariables } from "./tick-variables.ts"
import { traceVariables } from "./trace-settings.ts"

const whole = (minimum: number, maximum: number) =>
  Schema.NumberFromString.check(Schema.isInt(), Schema.isBetween({ minimum, maximum }))
const port = whole(0, 65535)
/** One server of a NATS URL. The host may be an IPv6 address in brackets. */
const isNatsServer = (text: string): boolean => {
  const parts = /^(nats|tls|ws|wss):\/\/([^\s/@]*@)?(\[[0-9A-Fa-f:.]+\]|[^\s:/@[\]]+)(?::(\d{1,5}))?(\/\S*)?$/.exec(
    text
  )
  const port = parts?.[4]
  return parts !== null && (port === undefined || (Number(port) >= 1 && Number(port) <= 65_535))
}
const natsUrl = Schema.String.check(
  Schema.makeFilter((text: string) =>
    listOf(text).length > 0 && listOf(text).every(isNatsServer)
      ? undefined
      : "expected nats://HOST:PORT or tls://HOST:PORT with a port from 1 to 65535, or several of these with commas between"
  )
)
/** JetStream's own rule for names. */
const streamName = Schema.String.check(
  Schema.isPattern(/^[^\s.*>/\\\p{Cc}]{1,255}$/u, { message: "expected a name without blanks, dots, *, > and slashes" })
)
/** A name or an address of this machine to listen on. */
const listenHost = Schema.String.check(
  Schema.makeFilter((text: string) =>
    isIP(text) !== 0 || /^[A-Za-z0-9_.-]{1,253}$/.test(text)
      ? undefined
      : "expected a host name or an IP address, without scheme and port"
  )
)
const instruments = Schema.String.check(
  Schema.makeFilter((text: string) => {
    const wrong = listOf(text).flatMap((id) => {
      const problem = instrumentTextProblem(id)
      return problem === undefined ? [] : [`${shownInstrument(id)} is not an instrument, ${problem}`]
    })
    return wrong.length === 0 ? undefined : wrong.slice(0, 5).join(", ")
  })
)
const inboxPrefix = Schema.String.check(
  Schema.isPattern(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/, { message: "expected a subject without wildcards" })
)
const flag = Schema.Literals(["0", "1", "true", "false"])

/** Every variable that tickd reads, with its form. The names end in the unit. */
export const Environment = Schema.Struct({
  TICKD_INSTANCE: Schema.optionalKey(
    Schema.String.check(Schema.isPattern(/^[A-Za-z0-9_-]{1,64}$/, { message: "expected letters, digits, _ and -" }))
  ),
  TICKD_STATE_DIR: Schema.optionalKey(stateFolder),
  TICKD_INSTRUMENTS: Schema.optionalKey(instruments),
  ...contractVariables,
  NATS_URL: Schema.optionalKey(natsUrl),
  NATS_USER: Schema.optionalKey(Schema.String),
  NATS_PASSWORD: Schema.optionalKey(Schema.String),
  NATS_PASSWORD_FILE: Schema.optionalKey(plainText(4095)),
  NATS_PORT: Schema.optionalKey(port),
  NATS_NKEY_FILE: Schema.optionalKey(Schema.String),
  NATS_TLS_CA: Schema.optionalKey(Schema.String),
  NATS_TLS_CERT: Schema.optionalKey(Schema.String),
  NATS_TLS_KEY: Schema.optionalKey(Schema.String),
  NATS_INBOX_PREFIX: Schema.optionalKey(inboxPrefix),
  NATS_OPS_URL: Schema.optionalKey(natsUrl),
  NATS_OPS_USER: Schema.optionalKey(Schema.String),
  NATS_OPS_PASSWORD: Schema.optionalKey(Schema.String),
  NATS_OPS_PASSWORD_FILE: Schema.optionalKey(plainText(4095)),
  NATS_OPS_NKEY_FILE: Schema.optionalKey(Schema.String),
  NATS_OPS_INBOX_PREFIX: Schema.optionalKey(inboxPrefix),
  TICK_STREAM: Schema.optionalKey(streamName),
  TICK_STREAM_REPLICAS: Schema.optionalKey(Schema.Literals(["1", "3"])),
  TICK_SUBJECT_TEMPLATE: Schema.optionalKey(Schema.String),
  TICK_WINDOW: Schema.optionalKey(whole(16, 65_536)),
  TICK_STREAM_MAX_BYTES: Schema.optionalKey(whole(1_048_576, Number.MAX_SAFE_INTEGER)),
  TICK_TAKE_OVER: Schema.optionalKey(flag),
  TICK_STREAM_MAX_AGE_HOURS: Schema.optionalKey(whole(1, 24 * 365)),
  ...tickVariables,
  TICK_REPLAY: Schema.optionalKey(flag),
  DRILLS_ENABLED: Schema.optionalKey(flag),
  INGEST_METRICS_HOST: Schema.optionalKey(listenHost),
  INGEST_METRICS_PORT: Schema.optionalKey(port),
  SUBSCRIPTION_METRICS_HOST: Schema.optionalKey(listenHost),
  SUBSCRIPTION_METRICS_PORT: Schema.optionalKey(port),
  LOG_LEVEL: Schema.optionalKey(Schema.Literals(["DEBUG", "INFO", "WARNING", "ERROR"])),
  TICKD_CALENDAR: Schema.optionalKey(Schema.String),
  TICKD_MARKET_HOURS: Schema.optionalKey(Schema.Literals(["always", "calendar"])),
  TICKD_SHUTDOWN_DEADLINE_MS: Schema.optionalKey(whole(1000, 600_000)),
  NOTIFY_SOCKET: Schema.optionalKey(Schema.String),
  WATCHDOG_USEC: Schema.optionalKey(whole(1000, Number.MAX_SAFE_INTEGER)),
  WATCHDOG_PID: Schema.optionalKey(whole(1, 4_194_304)),
  ...traceVariables,
  CTP_MAX_RETRIES: Schema.optionalKey(whole(0, 1_000_000)),
  CTP_SILENCE_MS: Schema.optionalKey(whole(0, 3_600_000)),
  CTP_COVERAGE_MIN_PERCENT: Schema.optionalKey(whole(0, 100)),
  ...subscribeVariables,
  CTP_MD_LIBRARY: Schema.optionalKey(plainText(4095)),
  CTP_FLOW_DIR: Schema.optionalKey(flowFolder),
  CTP_PRODUCTION_MODE: Schema.optionalKey(flag),
  CTP_CONNECT_TIMEOUT_MS: Schema.optionalKey(whole(100, 3_600_000)),
  CTP_LOGIN_TIMEOUT_MS: Schema.optionalKey(whole(100, 600_000)),
  ...frontVariables,
  ...failoverVariables
})

/** Names of the variables, for the help text and the reference page. */
export const environmentNames = Object.keys(Environment.fields)

export type Environment = typeof Environment.Type

/** Accepts the unprefixed names of the reference service for the primary profile. */
export const withLegacyNames = (env: Record<string, string | undefined>): Record<string, string> => {
  const known: Record<string, string> = {}
  for (const name of environmentNames) {
    const value =
      name === "CTP_ROUTE_SELECTOR"
        ? routeOf(env)
        : (env[name] ?? (name.startsWith("CTP_PRIMARY_") ? env[name.replace("PRIMARY_", "")] : undefined))
    if (value !== undefined && value.trim() !== "") known[name] = value.trim()
  }
  return known
}

const problemsOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** Variables whose value is never repeated: a URL may hold a password, and user ids are masked everywhere. */
const hidden = /^NATS_(OPS_)?URL$|PASSWORD$|AUTH_CODE$|USER_ID$|USER$/

const shown = (name: string, value: string | undefined) =>
  value === undefined || hidden.test(name) || name === "TICKD_INSTRUMENTS" ? "" : ` is ${JSON.stringify(value)}:`

/** What is expected of each variable that cannot be used. */
export const expectedOf = (issue: SchemaIssue.Issue): ReadonlyMap<string, string> => {
  const expected = new Map<string, string>()
  for (const { message, path } of problemsOf(issue).issues) {
    const name = String(path?.[0] ?? "environment")
    const text = message.charAt(0).toLowerCase() + message.slice(1)
    const before = expected.get(name)
    expected.set(name, before === undefined ? text : `${before}, ${text}`)
  }
  return expected
}

/** `NAME is "value": expected …`, one for each variable that cannot be used. */
export const invalidOf = (
  expected: ReadonlyMap<string, string>,
  known: Readonly<Record<string, string>>
): ReadonlyArray<string> => [...expected].map(([name, text]) => `${name}${shown(name, known[name])} ${text}`)
