import { Schema } from "effect"
import { Exchange } from "../../../kernel/instrument/exchange.ts"
import { laws } from "../../../kernel/tick/law.ts"

const Day = Schema.String.check(Schema.isPattern(/^\d{8}$/, { message: "a day as yyyymmdd" }))
const Instant = Schema.String.check(
  Schema.isPattern(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, { message: "a UTC time as 2026-11-21T01:02:03.500Z" })
)
const value = Schema.optionalKey(Schema.Finite)
const lots = Schema.optionalKey(Schema.Int)

/**
 * One tick as stored in the stream, version 1, in the sequence of the written keys.
 * Identity: `feed` and `seq`. Names are those of vnpy's `TickData`, so that a Python consumer can build one.
 * Shape: a value that the exchange did not send (DBL_MAX) is an absent key, never 0; a level's volume is absent
 * together with its price unless it is not 0.
 * Doubt: `flags` names the laws that the published tick breaks (docs/reference/laws.md); absent: none.
 * Units: prices as quoted; `last_volume` lots since the last published tick of the contract in the trading day,
 * absent when not known; `volume` lots and `turnover` CNY since the start of the trading day; `ts` epoch milliseconds
 * UTC of the exchange's own clock, `datetime` the same as text; `recv_ts` time of the vendor's callback, epoch
 * milliseconds UTC with three decimals; days are yyyymmdd in Asia/Shanghai.
 * Errors: decoding fails with `SchemaError` when a value has another type or is not finite; nothing is clamped.
 * Source: `CThostFtdcDepthMarketDataField`; the whole table is in docs/reference/tick.md.
 */
export const TickMessage = Schema.Struct({
  symbol: Schema.String,
  exchange: Exchange,
  datetime: Instant,
  ts: Schema.Int,
  trading_day: Schema.optionalKey(Day),
  action_day: Schema.optionalKey(Day),
  last_price: value,
  volume: Schema.Int,
  last_volume: lots,
  turnover: value,
  open_interest: value,
  limit_up: value,
  limit_down: value,
  open_price: value,
  high_price: value,
  low_price: value,
  pre_close: value,
  pre_settlement: value,
  bid_price_1: value,
  bid_price_2: value,
  bid_price_3: value,
  bid_price_4: value,
  bid_price_5: value,
  bid_volume_1: lots,
  bid_volume_2: lots,
  bid_volume_3: lots,
  bid_volume_4: lots,
  bid_volume_5: lots,
  ask_price_1: value,
  ask_price_2: value,
  ask_price_3: value,
  ask_price_4: value,
  ask_price_5: value,
  ask_volume_1: lots,
  ask_volume_2: lots,
  ask_volume_3: lots,
  ask_volume_4: lots,
  ask_volume_5: lots,
  average_price: value,
  feed: Schema.String,
  seq: Schema.Int,
  recv_ts: Schema.Finite,
  flags: Schema.optionalKey(Schema.Array(Schema.Literals(laws)).check(Schema.isMinLength(1)))
})
export type TickMessage = typeof TickMessage.Type
