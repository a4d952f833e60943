import { BigDecimal, Schema } from "effect"
import { type FactSource, orderTypes, timesInForce } from "../../../domain/order/order-words.ts"
import type { VenueOrder } from "../../../domain/order/venue-order.ts"
import { Instant, maybe, Name, Price, Quantity, RoundedPrice, Unreadable } from "./fields.ts"
import { readerOf } from "./read.ts"

/** The fields of an order that are used. Others may come and go. */
export const WireOrder = Schema.Struct({
  id: Name,
  client_order_id: Name,
  symbol: Name,
  // A short sale is a sale here.
  side: Schema.Literals(["buy", "sell", "sell_short"]),
  type: maybe(Schema.String),
  order_type: maybe(Schema.String),
  time_in_force: maybe(Schema.String),
  status: Name,
  qty: maybe(Quantity),
  filled_qty: Quantity,
  filled_avg_price: maybe(RoundedPrice),
  limit_price: maybe(Price),
  stop_price: maybe(Price),
  created_at: maybe(Instant),
  submitted_at: maybe(Instant),
  updated_at: maybe(Instant),
  replaces: maybe(Name),
  replaced_by: maybe(Name)
})

const oneOf = <A extends string>(words: ReadonlyArray<A>, word: string | null | undefined): A | undefined =>
  words.find((known) => known === word)

export const venueOrder = (order: typeof WireOrder.Type, source: FactSource, raw: string): VenueOrder | Unreadable => {
  const updatedAt = order.updated_at ?? order.submitted_at ?? order.created_at
  if (updatedAt === undefined || updatedAt === null) return new Unreadable(`order ${order.id}: has no time`)
  const average = order.filled_avg_price ?? undefined
  return {
    clientOrderId: order.client_order_id,
    symbol: order.symbol,
    side: order.side === "buy" ? "buy" : "sell",
    type: oneOf(orderTypes, order.type ?? order.order_type),
    timeInForce: oneOf(timesInForce, order.time_in_force),
    snapshot: {
      type: "snapshot",
      source,
      brokerOrderId: order.id,
      status: order.status,
      quantity: order.qty ?? undefined,
      filledQuantity: order.filled_qty,
      averagePrice: average !== undefined && BigDecimal.isPositive(average) ? average : undefined,
      limitPrice: order.limit_price ?? undefined,
      stopPrice: order.stop_price ?? undefined,
      updatedAt,
      replaces: order.replaces ?? undefined,
      replacedBy: order.replaced_by ?? undefined
    },
    raw
  }
}

const read = readerOf("order", WireOrder)

/** An order from a reply of REST. */
export const readOrder = (text: string): VenueOrder | Unreadable => {
  const order = read(text)
  return order instanceof Unreadable ? order : venueOrder(order, "rest", text)
}
