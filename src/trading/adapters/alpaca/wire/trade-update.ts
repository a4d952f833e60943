import { Schema } from "effect"
import { zero } from "../../../../kernel/decimal.ts"
import type { AmendmentFact, ExecutionFact, VenueFact } from "../../../domain/order/order-fact.ts"
import type { FactSource } from "../../../domain/order/order-words.ts"
import type { VenueUpdate } from "../../../ports/venue.ts"
import { FillPrice, FillQuantity, Instant, maybe, Name, Unreadable } from "./fields.ts"
import { venueOrder, WireOrder } from "./order.ts"
import { readerOf } from "./read.ts"

/** The `data` of a message of `trade_updates`, the body of the webhook, and an event of `/v2/events/trades`. */
export const WireTradeUpdate = Schema.Struct({
  event: Name,
  order: WireOrder,
  timestamp: maybe(Instant),
  at: maybe(Instant),
  execution_id: maybe(Name),
  previous_execution_id: maybe(Name),
  price: maybe(FillPrice),
  qty: maybe(FillQuantity),
  reason: maybe(Schema.String)
})
type Wire = typeof WireTradeUpdate.Type

const fills: ReadonlySet<string> = new Set(["fill", "partial_fill"])

const timeOf = (wire: Wire) => wire.timestamp ?? wire.at ?? wire.order.updated_at ?? undefined

const executionOf = (wire: Wire, source: FactSource): ExecutionFact | Unreadable => {
  const { execution_id: executionId, price, qty } = wire
  const at = timeOf(wire)
  if (!executionId || !price || !qty || at === undefined) {
    return new Unreadable(`${wire.event} of order ${wire.order.id}: execution_id, price, qty or time is missing`)
  }
  return { type: "execution", source, brokerOrderId: wire.order.id, executionId, quantity: qty, price, at }
}

const amendmentOf = (wire: Wire, source: FactSource): AmendmentFact | Unreadable => {
  const { execution_id: executionId, previous_execution_id: previousExecutionId, price, qty } = wire
  const at = timeOf(wire)
  const isBust = wire.event === "trade_bust"
  if (!executionId || !previousExecutionId || at === undefined || (!isBust && (!price || !qty))) {
    return new Unreadable(`${wire.event} of order ${wire.order.id}: does not say which execution it changes, or how`)
  }
  return {
    type: "amendment",
    source,
    brokerOrderId: wire.order.id,
    executionId,
    previousExecutionId,
    quantity: isBust ? zero : (qty ?? zero),
    price: price ?? zero,
    at
  }
}

/** The snapshot first, and what happened after it. */
export const tradeUpdate = (
  wire: Wire,
  source: FactSource,
  raw: string
): Extract<VenueUpdate, { type: "order" }> | Unreadable => {
  const order = venueOrder(wire.order, source, raw)
  if (order instanceof Unreadable) return order
  const facts: Array<VenueFact> = [order.snapshot]
  const more = fills.has(wire.event)
    ? executionOf(wire, source)
    : wire.event === "trade_bust" || wire.event === "trade_correct"
      ? amendmentOf(wire, source)
      : undefined
  if (more instanceof Unreadable) return more
  if (more !== undefined) facts.push(more)
  return { type: "order", order, facts, event: wire.event, reason: wire.reason ?? "" }
}

const TradeEvent = Schema.Struct({ ...WireTradeUpdate.fields, event_id: Name })
const readWireEvent = readerOf("event", TradeEvent)

/** One event of `/v2/events/trades`. `id`: where the stream goes on after it. */
export const readTradeEvent = (
  text: string
): { readonly id: string; readonly update: Extract<VenueUpdate, { type: "order" }> } | Unreadable => {
  const wire = readWireEvent(text)
  if (wire instanceof Unreadable) return wire
  const update = tradeUpdate(wire, "sse", text)
  return update instanceof Unreadable ? update : { id: wire.event_id, update }
}
