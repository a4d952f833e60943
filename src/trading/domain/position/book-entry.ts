import { BigDecimal } from "effect"
import { type Decimal, divideRounded, zero } from "../../../kernel/decimal.ts"
import type { Position } from "./position.ts"

/** One signed change of a position: an execution of an order, or an adjustment. `price` unknown: at the average. */
export interface BookEntry {
  /** Shares; below 0 for a sale. */
  readonly quantity: Decimal
  readonly price: Decimal | undefined
  /** A split: other shares for the same money, and nothing realised. */
  readonly keepsCost?: boolean | undefined
}

export const flat = (symbol: string): Position => ({ symbol, quantity: zero, averagePrice: zero, realized: zero })

/** Places of prices and of money in the book: what is stored must be readable again. */
const pricePlaces = 9
const perShare = (value: Decimal, quantity: Decimal): Decimal => divideRounded(value, quantity, pricePlaces)
const sameSide = (a: Decimal, b: Decimal): boolean => BigDecimal.sign(a) === BigDecimal.sign(b)

/**
 * The position after one entry, by average cost. Opening and adding weigh the average; closing keeps it and realises
 * the difference; what goes beyond 0 opens at the entry's price. Source: trading-reference, position maths.
 */
export const applyEntry = (
  position: Position,
  { quantity: change, price: given, keepsCost = false }: BookEntry
): Position => {
  const { quantity: held, averagePrice, realized } = position
  if (BigDecimal.isZero(change)) return position
  const price = given ?? averagePrice
  const quantity = BigDecimal.normalize(BigDecimal.sum(held, change))
  const cost = BigDecimal.multiply(held, averagePrice)
  if (keepsCost && !BigDecimal.isZero(quantity))
    return { ...position, quantity, averagePrice: perShare(cost, quantity) }
  if (BigDecimal.isZero(held) || sameSide(held, change)) {
    const value = BigDecimal.sum(cost, BigDecimal.multiply(change, price))
    return { ...position, quantity, averagePrice: perShare(value, quantity) }
  }
  const flips = !BigDecimal.isZero(quantity) && !sameSide(quantity, held)
  const closed = flips ? held : BigDecimal.negate(change)
  const gain = BigDecimal.multiply(closed, BigDecimal.subtract(price, averagePrice))
  return {
    symbol: position.symbol,
    quantity,
    averagePrice: BigDecimal.isZero(quantity) ? zero : flips ? price : averagePrice,
    realized: BigDecimal.normalize(BigDecimal.round(BigDecimal.sum(realized, gain), { scale: pricePlaces }))
  }
}

/** The position of a symbol from all its entries, oldest first. */
export const positionOfEntries = (symbol: string, entries: Iterable<BookEntry>): Position => {
  let position = flat(symbol)
  for (const entry of entries) position = applyEntry(position, entry)
  return position
}
