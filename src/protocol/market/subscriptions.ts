import { Schema } from "effect"
import { boundedText, commandFields } from "../control/command.ts"
import { performedFields } from "../control/operations.ts"

/** Subjects that users of the reference service know. One of several daemons answers each. */
export const legacySubjects = {
  active: "md.subscriptions.active",
  contracts: "md.contracts.list",
  subscribe: "md.subscribe.bulk",
  unsubscribe: "md.unsubscribe.bulk",
  health: "health.check"
} as const

/** Maximum number of symbols in a command. A whole market fits; more is a mistake. */
export const symbolsMax = 25_000
/** Maximum number of records in a page, and the default. A page has fewer when they do not fit into a message. */
export const pageMax = 1500
export const pageDefault = 1000
/** Longest wait for the fronts' answers, milliseconds. */
export const waitMsMax = 60_000

/** Longest time for a new login to be proved, and the default, milliseconds. Its way back may take as long. */
export const loginWaitMsMax = 25_000
export const loginWaitMsDefault = 20_000

/** `rb2701` or `rb2701.SHFE`. Longer than any code; symbols are resolved later, one by one. */
const SymbolText = boundedText(64)

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** Requests the wanted instruments, page by page: `cursor` is the `next_cursor` of the previous page. */
export const ActiveRequest = Schema.Struct({
  limit: Schema.optionalKey(between(1, 100_000)),
  cursor: Schema.optionalKey(boundedText(200)),
  feed: Schema.optionalKey(boundedText(64)),
  state: Schema.optionalKey(boundedText(32)),
  /** The form of the reference service: `subscriptions` holds strings. */
  symbols_only: Schema.optionalKey(Schema.Boolean)
})
export type ActiveRequest = typeof ActiveRequest.Type

/**
 * One instrument on one feed. Times are ISO 8601 in Asia/Shanghai, null: not yet in this session. `ticks` counts the
 * new ticks in this run of the daemon. `symbol` includes the exchange (`rb2701.SHFE`), `base_symbol` does not;
 * `state` is one of `subscriptionStates`; `active`: the front has acknowledged it. `rejected.passing`: a later
 * request may succeed, and the daemon repeats it.
 */
export const SubscriptionMessage = Schema.Struct({
  subscription_id: Schema.String,
  symbol: Schema.String,
  base_symbol: Schema.String,
  exchange: Schema.NullOr(Schema.String),
  feed: Schema.String,
  state: Schema.String,
  active: Schema.Boolean,
  created_at: Schema.String,
  sent_at: Schema.NullOr(Schema.String),
  acknowledged_at: Schema.NullOr(Schema.String),
  first_tick_at: Schema.NullOr(Schema.String),
  last_tick_at: Schema.NullOr(Schema.String),
  ticks: Schema.Int,
  /** Silent although its own rhythm or another feed shows that it should tick; null: not silent. Milliseconds. */
  stalled: Schema.NullOr(Schema.Struct({ quiet_ms: Schema.Int, limit_ms: Schema.Int, evidence: Schema.String })),
  /** Why no exchange is known to use the code; absent: there is no doubt, or it ticks. */
  doubt: Schema.optionalKey(Schema.String),
  /** All arriving ticks are quarantined for this reason (docs/reference/laws.md). `ticks`: since the last valid one. */
  set_aside: Schema.optionalKey(Schema.Struct({ ticks: Schema.Int, reason: Schema.String })),
  rejected: Schema.NullOr(
    Schema.Struct({
      error_id: Schema.Int,
      name: Schema.String,
      message: Schema.String,
      passing: Schema.Boolean,
      at: Schema.String
    })
  )
})
export type SubscriptionMessage = typeof SubscriptionMessage.Type

/**
 * `total` counts the records that match the filters, over all pages. `ts`: ISO 8601 in Asia/Shanghai. `market_hours`:
 * `always` for a simulated market that never closes, where silence is a fault at any time.
 */
export const ActiveReply = Schema.Struct({
  subscriptions: Schema.Array(Schema.Union([SubscriptionMessage, Schema.String])),
  market_hours: Schema.Literals(["always", "calendar"]),
  /** Delay behind the exchange of each late feed, milliseconds. Absent: each is in time, or an older daemon. */
  late_ms: Schema.optionalKey(Schema.Record(Schema.String, Schema.Int)),
  total: Schema.Int,
  truncated: Schema.Boolean,
  next_cursor: Schema.NullOr(Schema.String),
  ts: Schema.String,
  source: Schema.String,
  instance: Schema.String
})
export type ActiveReply = typeof ActiveReply.Type

/** `timeout_s` is accepted from clients of the reference service and ignored: the catalogue is in memory. */
export const ContractsRequest = Schema.Struct({
  timeout_s: Schema.optionalKey(Schema.Finite),
  exchange: Schema.optionalKey(boundedText(16)),
  limit: Schema.optionalKey(between(1, 100_000)),
  cursor: Schema.optionalKey(boundedText(200))
})
export const ContractsReply = Schema.Struct({
  symbols: Schema.Array(Schema.String),
  total: Schema.Int,
  truncated: Schema.Boolean,
  next_cursor: Schema.NullOr(Schema.String),
  source: Schema.String,
  ts: Schema.String,
  instance: Schema.String
})
export type ContractsReply = typeof ContractsReply.Type

/**
 * Command for a list of symbols. `wait_ms`: answer when the fronts have answered for each, or after this time.
 * `feed`: of this feed only; omit for every feed.
 */
export const SymbolsRequest = Schema.Struct({
  symbols: Schema.Array(SymbolText),
  feed: Schema.optionalKey(boundedText(64)),
  wait_ms: Schema.optionalKey(between(0, waitMsMax)),
  ...commandFields
})
export type SymbolsRequest = typeof SymbolsRequest.Type

/**
 * `accepted`: will be requested from the fronts (with `wait_ms`: acknowledged by at least one). `rejected`: with the
 * reason. `pending`: not answered within `wait_ms`. Each symbol is in one of the three, once, however often it was
 * named. `rejected_total`: larger than the length of `rejected` when the reasons do not fit into a message; requested
 * symbols in neither of the other two were then rejected.
 */
export const SymbolsReply = Schema.Struct({
  accepted: Schema.Array(Schema.String),
  rejected: Schema.Array(Schema.Struct({ symbol: Schema.String, reason: Schema.String })),
  rejected_total: Schema.Int,
  pending: Schema.Array(Schema.String),
  waited: Schema.Boolean,
  ts: Schema.String,
  id: Schema.String,
  instance: Schema.String
})
export type SymbolsReply = typeof SymbolsReply.Type

/** Answer to `health.check`, with the keys of the reference service. */
export const HealthReply = Schema.Struct({
  service: Schema.String,
  status: Schema.Literals(["healthy", "unhealthy"]),
  reasons: Schema.Array(Schema.String),
  timestamp: Schema.String,
  stats: Schema.Struct({
    connect_attempts: Schema.Int,
    successful_publishes: Schema.Int,
    failed_publishes: Schema.Int,
    last_health_check: Schema.NullOr(Schema.String)
  }),
  circuit_breaker_state: Schema.Literals(["closed", "open", "half_open"]),
  instance: Schema.String
})
export type HealthReply = typeof HealthReply.Type

/** Command for the session of one feed. */
export const FeedRequest = Schema.Struct({ feed: boundedText(32), ...commandFields })
/**
 * Command for the login of one feed. `wait_ms`: longest time for the new login to be proved; the answer comes after at
 * most twice that. `force`: also the only feed of a daemon, and also when the secret is the same.
 */
export const LoginReloadRequest = Schema.Struct({
  feed: boundedText(32),
  wait_ms: Schema.optionalKey(between(1000, loginWaitMsMax)),
  force: Schema.optionalKey(Schema.Boolean),
  ...commandFields
})
/** Answer to a command without a result. */
export const CommandReply = Schema.Struct({
  ...performedFields,
  /** Result of `contracts-refresh`; differences are null when there was no list before. */
  refreshed: Schema.optionalKey(
    Schema.Struct({
      trading_day: Schema.Int,
      contracts: Schema.Int,
      listed: Schema.NullOr(Schema.Int),
      expired: Schema.NullOr(Schema.Int),
      changed: Schema.NullOr(Schema.Int),
      failed: Schema.Array(Schema.String)
    })
  )
})
export type CommandReply = typeof CommandReply.Type

/**
 * Answer to `login-reload`. `committed`: the session is logged in with the secret that the file holds. `unchanged`: it
 * was so before. A login that fails is an error: `LOGIN_ROLLED_BACK`, with the former secret in use, or `LOGIN_LOST`.
 */
export const LoginReloadReply = Schema.Struct({
  ...performedFields,
  feed: Schema.String,
  result: Schema.Literals(["committed", "unchanged"]),
  took_ms: Schema.Int
})
export type LoginReloadReply = typeof LoginReloadReply.Type

/** Why a subscription was not accepted, in the text that clients of the reference service match. */
export const rateLimitReason = "Rate limit exceeded"
