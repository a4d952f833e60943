import { BigDecimal } from "effect"
import { type Decimal, decimalText, parseDecimal, zero } from "../../../kernel/decimal.ts"
import { instantText, parseInstant } from "../../../kernel/time/utc-instant.ts"
import { bookedFills } from "../../domain/order/booked-fills.ts"
import type { Order } from "../../domain/order/order.ts"
import { DamagedText } from "./order-text.ts"

const places = 9

/** Whole billionths, as the tables keep quantities. */
export const wholeOf = (quantity: Decimal): bigint => {
  const { value, scale } = BigDecimal.normalize(quantity)
  return scale <= places ? value * 10n ** BigInt(places - scale) : value / 10n ** BigInt(scale - places)
}

/** SQLite gives `bigint`, PostgreSQL a text for the same column. */
export const quantityOfWhole = (whole: unknown): Decimal =>
  BigDecimal.normalize(BigDecimal.make(BigInt(whole as string), places))

export const decimalOf = (text: unknown): Decimal => {
  const value = parseDecimal(String(text))
  if (value === undefined) throw new DamagedText(`no decimal: ${String(text)}`)
  return value
}

export const instantOf = (text: unknown): bigint => {
  const value = parseInstant(String(text))
  if (value === undefined) throw new DamagedText(`no time: ${String(text)}`)
  return value
}

/** One row of `fills`. */
export interface FillRow {
  readonly execution_id: string
  readonly client_order_id: string
  readonly broker_order_id: string
  readonly symbol: string
  readonly side: string
  readonly kind: string
  readonly quantity: bigint
  readonly price: string | null
  readonly at: string
}

/**
 * The fills of an order as rows, oldest first. What goes beyond its quantity is a row of its own kind: the position
 * has it, and the rule of the table holds.
 */
export const fillRowsOf = (order: Order): ReadonlyArray<FillRow> => {
  let left = wholeOf(order.quantity)
  return bookedFills(order).flatMap((fill) => {
    const quantity = wholeOf(fill.quantity)
    const within = quantity < left ? quantity : left
    left -= within
    const row = {
      client_order_id: order.clientOrderId,
      broker_order_id: fill.brokerOrderId,
      symbol: order.request.symbol,
      side: order.request.side,
      price: fill.price === undefined ? null : decimalText(BigDecimal.round(fill.price, { scale: places })),
      at: instantText(fill.at)
    }
    return [
      ...(within > 0n ? [{ ...row, execution_id: fill.executionId, kind: fill.kind, quantity: within }] : []),
      ...(quantity > within
        ? [{ ...row, execution_id: `${fill.executionId}:excess`, kind: "excess", quantity: quantity - within }]
        : [])
    ]
  })
}

/** What the order may still take: its reservation shrinks with each fill. */
export const leftOf = (order: Order): Decimal => BigDecimal.max(BigDecimal.subtract(order.quantity, order.filled), zero)

export const signed = (side: string, quantity: Decimal): Decimal =>
  side === "buy" ? quantity : BigDecimal.negate(quantity)
