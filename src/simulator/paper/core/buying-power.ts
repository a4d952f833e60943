import { BigDecimal } from "effect"
import { type Decimal, zero } from "../../../kernel/decimal.ts"
import { type PriceUnits, unitsText } from "./amount.ts"
import { type OrderAsk, type PaperOrder, remainingOf } from "./paper-order.ts"
import type { VenueState } from "./venue-state.ts"

const shortMargin = BigDecimal.make(103n, 2)
const marketMargin = BigDecimal.make(103n, 2)

/** Middle of the market as a decimal. */
export const markOf = (state: VenueState, symbol: string): Decimal => {
  const { ask, bid } = state.market.quote(symbol, state.clock)
  return unitsText(Math.floor((bid + ask) / 2) as PriceUnits)
}

export const valuesOf = (state: VenueState) => {
  let long = zero
  let short = zero
  for (const [symbol, { quantity }] of state.ledger.positions()) {
    const value = BigDecimal.multiply(quantity, markOf(state, symbol))
    if (BigDecimal.isNegative(value)) short = BigDecimal.sum(short, value)
    else long = BigDecimal.sum(long, value)
  }
  return { long, short, equity: BigDecimal.sumAll([state.ledger.cash(), long, short]) }
}

/** Equity times the multiplier, less the value of the positions and what open orders hold. Never below 0. */
export const buyingPowerOf = (state: VenueState): Decimal => {
  const { equity, long, short } = valuesOf(state)
  const whole = BigDecimal.multiply(equity, BigDecimal.make(BigInt(state.multiplier), 0))
  const free = BigDecimal.subtract(BigDecimal.sum(BigDecimal.subtract(whole, long), short), state.orders.reserved())
  return BigDecimal.max(free, zero)
}

/**
 * What one share of an order that opens holds: its limit; a market order 3 % above the offer; a stop order at least its
 * stop price; a short sale the larger of its limit and 3 % above the offer.
 */
export const reservePriceOf = (state: VenueState, ask: OrderAsk): Decimal => {
  const offer = unitsText(state.market.quote(ask.symbol, state.clock).ask)
  if (ask.side === "sell") {
    const margin = BigDecimal.multiply(offer, shortMargin)
    return ask.limitPrice === undefined ? margin : BigDecimal.max(ask.limitPrice, margin)
  }
  if (ask.limitPrice !== undefined) return ask.limitPrice
  const market = BigDecimal.multiply(offer, marketMargin)
  return ask.stopPrice === undefined ? market : BigDecimal.max(ask.stopPrice, market)
}

/** What the rest of an order holds now. */
export const holdOf = (order: PaperOrder): Decimal => {
  if (BigDecimal.isZero(order.reservePrice)) return zero
  const left = remainingOf(order)
  if (left === undefined || order.ask.notional !== undefined)
    return BigDecimal.max(zero, BigDecimal.subtract(order.ask.notional as Decimal, order.filledCost))
  return BigDecimal.multiply(left, order.reservePrice)
}
