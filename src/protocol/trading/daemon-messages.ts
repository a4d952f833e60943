import { Schema } from "effect"
import { performedFields } from "../control/operations.ts"
import { TimeText } from "./fields.ts"

/** Answer to a command whose result is a sentence. */
export const DoneReply = Schema.Struct(performedFields)
export type DoneReply = typeof DoneReply.Type

/** How the trading daemon is set. `venue`: where orders go, without a secret. */
export const ConfigReply = Schema.Struct({
  service: Schema.Literal("tickd"),
  role: Schema.Literal("trading"),
  version: Schema.String,
  instance: Schema.String,
  dry_run: Schema.Boolean,
  trade_mode: Schema.Literals(["dry", "live"]),
  trading_day: Schema.String,
  venue: Schema.String,
  limits_version: Schema.Int
})
export type ConfigReply = typeof ConfigReply.Type

/**
 * Where the trading daemon stands. `ready`: an entry that passes all checks of its own would leave; `reasons`: why
 * not, one sentence each. Times of venue and NATS are those of this moment. Counts are of orders unless named.
 */
export const TradingStatusMessage = Schema.Struct({
  version: Schema.Literal(1),
  role: Schema.Literal("trading"),
  instance: Schema.String,
  at: TimeText,
  uptime_ms: Schema.Int,
  ready: Schema.Boolean,
  reasons: Schema.Array(Schema.String),
  trade_mode: Schema.Literals(["dry", "live"]),
  armed: Schema.Boolean,
  trading_day: Schema.String,
  kill_switch: Schema.Literals(["ACTIVE", "ENGAGED", "UNKNOWN"]),
  breaker: Schema.Literals(["OPEN", "TRIPPED", "QUIET_PERIOD", "UNKNOWN"]),
  monitor_silent_ms: Schema.NullOr(Schema.Int),
  reconciliation: Schema.Literals(["closed", "reducing", "open"]),
  quarantined: Schema.Array(Schema.String),
  stopped_strategies: Schema.Array(Schema.String),
  venue: Schema.Struct({
    listening: Schema.Boolean,
    clock_known: Schema.Boolean,
    account_known: Schema.Boolean,
    stopped: Schema.NullOr(Schema.String),
    errors_in_row: Schema.Int
  }),
  /** Null: the book of orders does not answer. */
  book: Schema.NullOr(
    Schema.Struct({
      working: Schema.Int,
      unconfirmed: Schema.Int,
      /** Symbols that hold shares. */
      positions: Schema.Int,
      /** Events that are not published yet. */
      outbox: Schema.Int
    })
  ),
  limits_version: Schema.Int
})
export type TradingStatusMessage = typeof TradingStatusMessage.Type

/** With the reference's names. `degraded`: it answers, and an entry would be refused. */
export const TradingHealthReply = Schema.Struct({
  service: Schema.Literal("tickd-trade"),
  status: Schema.Literals(["healthy", "degraded", "unhealthy"]),
  version: Schema.String,
  dry_run: Schema.Boolean,
  database_connected: Schema.Boolean,
  broker_connected: Schema.Boolean,
  reasons: Schema.Array(Schema.String),
  timestamp: TimeText,
  instance: Schema.String
})
export type TradingHealthReply = typeof TradingHealthReply.Type
