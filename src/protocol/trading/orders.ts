import { Schema } from "effect"
import { commandFields } from "../control/command.ts"
import { ControlFinding } from "../control/control.ts"
import { ClientOrderId, DecimalText, NameField, Price, Quantity, SymbolField, TimeText, wholeField } from "./fields.ts"

const Side = Schema.Literals(["buy", "sell"])
const OrderType = Schema.Literals(["market", "limit", "stop", "stop_limit"])
const TimeInForce = Schema.Literals(["day", "gtc", "ioc", "fok"])

/**
 * An order. Names and defaults are the reference's; `nonce`, `reduce_only` and fractions of a share are not in it.
 * Without `client_order_id` the id follows from the other fields and the trading day, so that a repeat is no second
 * order; `nonce` makes it another order.
 */
export const OrderSubmitRequest = Schema.Struct({
  symbol: SymbolField,
  side: Side,
  qty: Quantity,
  order_type: Schema.optionalKey(OrderType),
  limit_price: Schema.optionalKey(Price),
  stop_price: Schema.optionalKey(Price),
  time_in_force: Schema.optionalKey(TimeInForce),
  strategy_id: NameField,
  client_order_id: Schema.optionalKey(ClientOrderId),
  nonce: Schema.optionalKey(NameField),
  /** Refused unless it can only bring the position nearer to 0. */
  reduce_only: Schema.optionalKey(Schema.Boolean),
  ...commandFields
})
export type OrderSubmitRequest = typeof OrderSubmitRequest.Type

export const OrderGetRequest = Schema.Struct({ client_order_id: ClientOrderId })
export const OrderCancelRequest = Schema.Struct({ client_order_id: ClientOrderId, ...commandFields })
export const OrderModifyRequest = Schema.Struct({
  client_order_id: ClientOrderId,
  qty: Schema.optionalKey(Quantity),
  limit_price: Schema.optionalKey(Price),
  stop_price: Schema.optionalKey(Price),
  time_in_force: Schema.optionalKey(TimeInForce),
  ...commandFields
})
export type OrderModifyRequest = typeof OrderModifyRequest.Type

/** Most orders of a page. */
export const ordersMax = 500
/** `state` `working`: only orders that have not ended, all of them. `cursor`: the `next_cursor` of the page before. */
export const OrderListRequest = Schema.Struct({
  state: Schema.optionalKey(Schema.Literals(["working", "all"])),
  limit: Schema.optionalKey(wholeField(1, ordersMax)),
  cursor: Schema.optionalKey(ClientOrderId)
})

const orderFields = {
  client_order_id: Schema.String,
  broker_order_id: Schema.NullOr(Schema.String),
  strategy_id: Schema.String,
  symbol: Schema.String,
  side: Side,
  qty: DecimalText,
  order_type: OrderType,
  limit_price: Schema.NullOr(DecimalText),
  stop_price: Schema.NullOr(DecimalText),
  time_in_force: TimeInForce,
  nonce: Schema.NullOr(Schema.String),
  status: Schema.String,
  /** No further execution is expected. */
  terminal: Schema.Boolean,
  filled_qty: DecimalText,
  filled_avg_price: Schema.NullOr(DecimalText),
  /** Of `filled_qty`: claimed by the venue, and the execution has not come yet. */
  inferred_qty: DecimalText,
  /** Filled beyond `qty`: a fault of the venue. */
  overfill_qty: DecimalText,
  /** Why it was refused, or its outcome is not known. */
  error_message: Schema.NullOr(Schema.String),
  /** Empty for an order that is not ours. */
  submitted_by: Schema.String,
  created_at: TimeText
}

/** One order as the book has it: `qty` with its replacements, prices of the leg that works. */
export const OrderMessage = Schema.Struct(orderFields)
export type OrderMessage = typeof OrderMessage.Type

export const OrderListReply = Schema.Struct({
  orders: Schema.Array(OrderMessage),
  next_cursor: Schema.NullOr(Schema.String),
  instance: Schema.String
})
export type OrderListReply = typeof OrderListReply.Type

/**
 * `repeat`: the order was there before, and nothing was sent again. `kind`: an `exit` can only reduce the position.
 * `findings`: warnings of the gate.
 */
export const OrderSubmitReply = Schema.Struct({
  ...orderFields,
  message: Schema.String,
  repeat: Schema.Boolean,
  kind: Schema.Literals(["entry", "exit"]),
  findings: Schema.Array(ControlFinding),
  instance: Schema.String
})
export type OrderSubmitReply = typeof OrderSubmitReply.Type

/** The request was taken; its end comes as an event, and is in the order when it is read again. */
export const OrderActReply = Schema.Struct({ ...orderFields, message: Schema.String, instance: Schema.String })
export type OrderActReply = typeof OrderActReply.Type

/** `current_price`: the middle of the newest quote, null when there is none. USD. */
export const PositionMessage = Schema.Struct({
  symbol: Schema.String,
  qty: DecimalText,
  avg_entry_price: DecimalText,
  current_price: Schema.NullOr(DecimalText),
  unrealized_pl: Schema.NullOr(DecimalText),
  realized_pl: DecimalText
})
export type PositionMessage = typeof PositionMessage.Type

/** Positions of the book; one that is flat is left out. */
export const PositionsReply = Schema.Struct({
  positions: Schema.Array(PositionMessage),
  total_positions: Schema.Int,
  at: TimeText,
  instance: Schema.String
})
export type PositionsReply = typeof PositionsReply.Type
