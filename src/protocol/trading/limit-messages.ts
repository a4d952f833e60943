import { Schema } from "effect"
import { commandFields } from "../control/command.ts"
import { performedFields } from "../control/operations.ts"
import {
  Bound,
  between,
  DecimalText,
  NameField,
  Operator,
  Reason,
  Share,
  SymbolField,
  SymbolKey,
  TimeText
} from "./fields.ts"

const key = Schema.optionalKey
const said = { ...commandFields, operator: Operator, reason: Reason }
const dayMs = 86_400_000

/** Fat-finger thresholds in the reference's words: USD, shares, fraction of the average daily volume. */
const thresholds = { max_notional: DecimalText, max_qty: DecimalText, max_adv_pct: DecimalText }
const override = { max_notional: key(DecimalText), max_qty: key(DecimalText), max_adv_pct: key(DecimalText) }
const thresholdsReply = {
  default_thresholds: Schema.Struct(thresholds),
  symbol_overrides: Schema.Record(Schema.String, Schema.Struct(override)),
  limits_version: Schema.Int,
  updated_at: Schema.NullOr(TimeText)
}
export const FatFingerReply = Schema.Struct({ ...thresholdsReply, instance: Schema.String })
export type FatFingerReply = typeof FatFingerReply.Type

const ThresholdsChange = Schema.Struct({ max_notional: key(Bound), max_qty: key(Bound), max_adv_pct: key(Share) })
/**
 * What is not named stays. An override of a symbol replaces the one before; null removes it. `version`: refused when
 * the limits have another one.
 */
export const FatFingerChangeRequest = Schema.Struct({
  ...said,
  default_thresholds: key(ThresholdsChange),
  symbol_overrides: key(Schema.Record(SymbolKey, Schema.NullOr(ThresholdsChange))),
  version: key(between(0, 1_000_000_000))
})
export type FatFingerChangeRequest = typeof FatFingerChangeRequest.Type
export const FatFingerChangeReply = Schema.Struct({ ...performedFields, ...thresholdsReply })
export type FatFingerChangeReply = typeof FatFingerChangeReply.Type

/** All limits of the account: USD, shares, fractions, milliseconds. A limit is the largest value that passes. */
const limitFields = {
  fat_finger_notional: DecimalText,
  fat_finger_qty: DecimalText,
  fat_finger_adv_share: DecimalText,
  quote_age_ms_max: Schema.Int,
  price_collar_share: DecimalText,
  position_qty: DecimalText,
  position_share: DecimalText,
  gross_notional: DecimalText,
  net_notional: DecimalText,
  long_notional: DecimalText,
  short_notional: DecimalText,
  blacklist: Schema.Array(Schema.String),
  duplicate_window_ms: Schema.Int,
  orders_per_minute: Schema.Int,
  repeated_executions: Schema.Int,
  repeated_window_ms: Schema.Int
}
export const LimitsMessage = Schema.Struct(limitFields)
export type LimitsMessage = typeof LimitsMessage.Type

/** Who changed the limits last; null: the defaults hold. */
const changeFields = {
  changed_by: Schema.NullOr(Schema.String),
  changed_at: Schema.NullOr(TimeText),
  change_reason: Schema.NullOr(Schema.String)
}
export const LimitsReply = Schema.Struct({
  limits_version: Schema.Int,
  ...changeFields,
  limits: LimitsMessage,
  symbol_overrides: thresholdsReply.symbol_overrides,
  stopped_strategies: Schema.Array(Schema.String),
  instance: Schema.String
})
export type LimitsReply = typeof LimitsReply.Type

/** What is not named stays. `blacklist` is the whole list. `version`: refused when the limits have another one. */
export const LimitsChangeRequest = Schema.Struct({
  ...said,
  version: key(between(0, 1_000_000_000)),
  fat_finger_notional: key(Bound),
  fat_finger_qty: key(Bound),
  fat_finger_adv_share: key(Share),
  quote_age_ms_max: key(between(1, dayMs)),
  price_collar_share: key(Share),
  position_qty: key(Bound),
  position_share: key(Share),
  gross_notional: key(Bound),
  net_notional: key(Bound),
  long_notional: key(Bound),
  short_notional: key(Bound),
  blacklist: key(Schema.Array(SymbolField).check(Schema.isMaxLength(500))),
  duplicate_window_ms: key(between(0, dayMs)),
  orders_per_minute: key(between(1, 1_000_000)),
  repeated_executions: key(between(1, 1_000_000)),
  repeated_window_ms: key(between(1, dayMs))
})
export type LimitsChangeRequest = typeof LimitsChangeRequest.Type
export const LimitsChangeReply = Schema.Struct({
  ...performedFields,
  limits_version: Schema.Int,
  limits: LimitsMessage,
  /** Names of the limits that have another value now. */
  changed: Schema.Array(Schema.String)
})
export type LimitsChangeReply = typeof LimitsChangeReply.Type

/** Rows of the journal, newest first. `act`: `change`, `stop` or `release` of a strategy. */
export const LimitsHistoryReply = Schema.Struct({
  entries: Schema.Array(
    Schema.Struct({
      at: TimeText,
      act: Schema.String,
      by: Schema.String,
      reason: Schema.String,
      strategy_id: Schema.NullOr(Schema.String),
      limits_version: Schema.Int,
      changed: Schema.Array(Schema.String)
    })
  ),
  instance: Schema.String
})
export type LimitsHistoryReply = typeof LimitsHistoryReply.Type

/** Strategies that the throttle of repeated executions stopped: they send no entries until they are released. */
export const StoppedStrategiesReply = Schema.Struct({
  strategies: Schema.Array(Schema.String),
  instance: Schema.String
})
export const StrategyReleaseRequest = Schema.Struct({ ...said, strategy_id: NameField })
