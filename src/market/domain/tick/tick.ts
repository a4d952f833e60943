import { Schema } from "effect"
import { Exchange } from "../../../kernel/instrument/exchange.ts"
import { absentFrom } from "../../../kernel/instrument/price.ts"
import { laws } from "../../../kernel/tick/law.ts"

/** A price or a difference of prices that the exchange did send. */
const Price = Schema.Finite.check(Schema.isBetween({ minimum: -absentFrom, maximum: absentFrom }))
const Lots = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const NotNegative = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const Name = Schema.String.check(Schema.isMinLength(1))
/** yyyymmdd; whether the calendar has the day is the calendar's to say. */
const Day = Schema.Int.check(Schema.isBetween({ minimum: 19900101, maximum: 20991231 }))

/** One price level of the book: the best is the first. Without a price nobody quotes there. */
export const BookLevel = Schema.Struct({ price: Schema.optionalKey(Price), volumeLots: Lots })
export type BookLevel = typeof BookLevel.Type

const Side = Schema.Array(BookLevel).check(Schema.isMaxLength(5))

/**
 * One level-1 (or five-level) snapshot of one contract, as a consumer may rely on it. Immutable.
 * Identity: `feed` and `sequence`, numbers 1, 2, 3, … a feed. Two snapshots may agree in every other field.
 * Shape: a value that the exchange did not send (DBL_MAX in any printed form) is an absent key, never 0; `flags` names
 * the laws that the tick breaks and was published in spite of, none: an empty list; at most five levels a side.
 * Units: prices as quoted; `volumeLots` and `turnover` (CNY) since the start of the trading day, night included;
 * `lastVolumeLots` since the last published tick of the trading day, absent when that is not known; `openInterest` lots;
 * `exchangeTimeMs` whole epoch milliseconds UTC by the exchange's clock, `receivedMs` by this host's, when the vendor's
 * callback ran; `tradingDay` yyyymmdd in Asia/Shanghai, absent when nothing tells it.
 * Errors: decoding fails with `SchemaError` when a field is out of range; nothing is clamped or rounded.
 * Source: `CThostFtdcDepthMarketDataField`, ThostFtdcUserApiStruct.h 6.3 to 6.7; the table is in docs/reference/tick.md.
 */
export const DomainTick = Schema.Struct({
  instrumentId: Name,
  exchange: Exchange,
  feed: Name,
  sequence: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
  exchangeTimeMs: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
  receivedMs: NotNegative,
  tradingDay: Schema.optionalKey(Day),
  lastPrice: Schema.optionalKey(Price),
  volumeLots: Lots,
  lastVolumeLots: Schema.optionalKey(Lots),
  turnover: Schema.optionalKey(Price),
  openInterest: Schema.optionalKey(NotNegative),
  upperLimit: Schema.optionalKey(Price),
  lowerLimit: Schema.optionalKey(Price),
  openPrice: Schema.optionalKey(Price),
  highPrice: Schema.optionalKey(Price),
  lowPrice: Schema.optionalKey(Price),
  preClose: Schema.optionalKey(Price),
  preSettlement: Schema.optionalKey(Price),
  averagePrice: Schema.optionalKey(Price),
  bids: Side,
  asks: Side,
  flags: Schema.Array(Schema.Literals(laws))
})
export type DomainTick = typeof DomainTick.Type
