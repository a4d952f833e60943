import { Schema } from "effect"
import { commandFields } from "../control/command.ts"
import { performedFields } from "../control/operations.ts"
import { NameField, Operator, Reason, SymbolField, TimeText, wholeField } from "./fields.ts"
import { BreakerRecord, KillSwitchRecord } from "./safety.ts"

const nullable = Schema.NullOr
const said = { ...commandFields, operator: Operator, reason: Reason }

/**
 * The kill switch in the reference's words. UNKNOWN: its record cannot be read, `cause` says why, and the gate is
 * closed.
 */
const killSwitchFields = {
  ...KillSwitchRecord.fields,
  state: Schema.Literals(["ACTIVE", "ENGAGED", "UNKNOWN"]),
  scope: nullable(KillSwitchRecord.fields.scope),
  engagement_count_today: nullable(Schema.Int),
  day: nullable(Schema.String),
  cause: nullable(Schema.String)
}
export const KillSwitchMessage = Schema.Struct(killSwitchFields)
export type KillSwitchMessage = typeof KillSwitchMessage.Type

/** What a closing command did with working orders. `problem`: why it could not cancel all; empty for none. */
const CancelledMessage = Schema.Struct({ asked: Schema.Int, problem: Schema.String })

/** `scope` `entries` (default): exits and cancels pass. `all`: only cancels pass. `details` goes into the audit. */
export const KillSwitchEngageRequest = Schema.Struct({
  ...said,
  scope: Schema.optionalKey(Schema.Literals(["entries", "all"])),
  details: Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown))
})
export const KillSwitchEngageReply = Schema.Struct({
  ...performedFields,
  ...killSwitchFields,
  cancelled: CancelledMessage
})
export type KillSwitchEngageReply = typeof KillSwitchEngageReply.Type

/** The reference's field is `notes`; `reason` means the same. One of the two, of at least 20 characters. */
export const KillSwitchDisengageRequest = Schema.Struct({
  ...commandFields,
  operator: Operator,
  notes: Schema.optionalKey(Reason)
})
export const KillSwitchReply = Schema.Struct({ ...performedFields, ...killSwitchFields })
export type KillSwitchReply = typeof KillSwitchReply.Type

/**
 * One breaker in the reference's words. `breaker`: `account`, `strategy.alpha`, `symbol.AAPL`. `cause_holds`: by the
 * monitor's newest look; null: not known. `quiet_seconds_left`: exits only until then. UNKNOWN: the gate is closed.
 */
const breakerFields = {
  ...BreakerRecord.fields,
  breaker: Schema.String,
  state: Schema.Literals(["OPEN", "TRIPPED", "QUIET_PERIOD", "UNKNOWN"]),
  trip_count_today: nullable(Schema.Int),
  day: nullable(Schema.String),
  quiet_seconds_left: Schema.Int,
  cause_holds: nullable(Schema.Boolean)
}
export const BreakerMessage = Schema.Struct(breakerFields)
export type BreakerMessage = typeof BreakerMessage.Type

/** What the monitor saw last. Money as decimal text, USD; null: not known. */
const MonitorMessage = Schema.Struct({
  silent_ms: nullable(Schema.Int),
  at: nullable(TimeText),
  trips: Schema.Array(Schema.Struct({ reason: Schema.String, details: Schema.String })),
  equity: nullable(Schema.String),
  day: nullable(Schema.String),
  equity_at_start: nullable(Schema.String),
  peak: nullable(Schema.String)
})

/** `state` is that of the account's breaker. */
export const BreakerStatusReply = Schema.Struct({
  state: breakerFields.state,
  breakers: Schema.Array(BreakerMessage),
  monitor: MonitorMessage,
  instance: Schema.String
})
export type BreakerStatusReply = typeof BreakerStatusReply.Type

/** Of a strategy, of a symbol, or without either of the whole account. */
const breakerScope = { strategy_id: Schema.optionalKey(NameField), symbol: Schema.optionalKey(SymbolField) }

export const BreakerTripRequest = Schema.Struct({ ...said, ...breakerScope })
/** `is_new` false: it was tripped before, and keeps its first reason. */
export const BreakerTripReply = Schema.Struct({
  ...performedFields,
  ...breakerFields,
  is_new: Schema.Boolean,
  cancelled: CancelledMessage
})
export type BreakerTripReply = typeof BreakerTripReply.Type

/** `reason` of at least 20 characters. `acknowledged`: the operator has seen that the cause holds. */
export const BreakerResetRequest = Schema.Struct({
  ...said,
  ...breakerScope,
  acknowledged: Schema.optionalKey(Schema.Boolean)
})
export const BreakerReply = Schema.Struct({ ...performedFields, ...breakerFields })
export type BreakerReply = typeof BreakerReply.Type

export const HistoryRequest = Schema.Struct({ limit: Schema.optionalKey(wholeField(1, 1000)) })
/** Rows of the journal, newest first. `step`: `asked` before a change, then `done` or `failed`. */
export const SafetyHistoryReply = Schema.Struct({
  entries: Schema.Array(
    Schema.Struct({
      at: TimeText,
      command: Schema.String,
      step: Schema.String,
      scope: Schema.String,
      by: Schema.String,
      reason: Schema.String,
      details: Schema.String
    })
  ),
  instance: Schema.String
})
export type SafetyHistoryReply = typeof SafetyHistoryReply.Type

export const InitialiseRequest = Schema.Struct(said)
export const InitialiseReply = Schema.Struct({ ...performedFields, created: Schema.Array(Schema.String) })

/** The text to confirm a flatten with, for the positions of this moment. */
export const FlattenTextReply = Schema.Struct({ confirmation: Schema.String, instance: Schema.String })
export const FlattenRequest = Schema.Struct({ ...said, confirmation: Schema.String.check(Schema.isMaxLength(100)) })
/** `flat`: the book has no position left. `left`: shares that the book has at the end. */
export const FlattenReply = Schema.Struct({
  ...performedFields,
  flat: Schema.Boolean,
  cancelled: CancelledMessage,
  lines: Schema.Array(
    Schema.Struct({
      symbol: Schema.String,
      qty: Schema.String,
      client_order_id: nullable(Schema.String),
      left: Schema.String,
      problem: Schema.String
    })
  )
})
export type FlattenReply = typeof FlattenReply.Type

/**
 * Whether orders leave. `configured` dry: they are judged and stored only. Live: they leave while `armed`, which an
 * operator does for one trading day.
 */
const modeFields = {
  configured: Schema.Literals(["dry", "live"]),
  armed: Schema.Boolean,
  trading_day: Schema.String,
  armed_by: nullable(Schema.String),
  armed_at: nullable(TimeText),
  reason: nullable(Schema.String)
}
export const ModeReply = Schema.Struct({ ...modeFields, instance: Schema.String })
export type ModeReply = typeof ModeReply.Type
/** `day`: the present trading day, as `mode` shows it: a command that is repeated the day after arms nothing. */
export const ArmRequest = Schema.Struct({
  ...said,
  day: Schema.String.check(Schema.isPattern(/^\d{4}-\d\d-\d\d$/, { message: "a trading day, such as 2026-11-30" }))
})
export const DisarmRequest = Schema.Struct(said)
export const ModeChangeReply = Schema.Struct({ ...performedFields, ...modeFields })
export type ModeChangeReply = typeof ModeChangeReply.Type
