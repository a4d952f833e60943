import { BigDecimal } from "effect"
import { type Decimal, decimalText, zero } from "../../../kernel/decimal.ts"
import { instantOfMs } from "../../../kernel/time/utc-instant.ts"
import { isWhole, ratio, toPlaces, unitsText } from "./amount.ts"
import { buyingPowerOf, reservePriceOf } from "./buying-power.ts"
import { type OrderAsk, type PaperOrder, remainingOf } from "./paper-order.ts"
import { forbidden, malformed, type Refusal, unprocessable } from "./refusal.ts"
import { msOf, newYorkDate } from "./venue-hours.ts"
import type { VenueState } from "./venue-state.ts"

const dayMs = 86_400_000
const minuteMs = 60_000

/** Does the order bring the position nearer to zero? */
const closes = (position: Decimal, side: string): boolean =>
  side === "sell" ? BigDecimal.isPositive(position) : BigDecimal.isNegative(position)

/** Shares that open orders of a side hold. A replacement and what it replaces hold the larger of the two. */
const heldShares = (state: VenueState, symbol: string, side: string, except?: PaperOrder): Decimal => {
  let held = zero
  for (const order of state.orders.open(symbol)) {
    if (order.ask.side !== side || order === except || order.id === except?.replacedBy) continue
    const waiting = order.status === "pending_new" && order.replaces !== undefined
    const replaced = waiting ? state.orders.find(order.replaces as string) : undefined
    const own = remainingOf(order) ?? zero
    const others = replaced === undefined || replaced === except ? zero : (remainingOf(replaced) ?? zero)
    held = BigDecimal.sum(held, replaced === undefined ? own : BigDecimal.max(zero, BigDecimal.subtract(own, others)))
  }
  return held
}

/** Shares of a position that no open order holds. */
export const availableShares = (state: VenueState, symbol: string, except?: PaperOrder): Decimal => {
  const { quantity } = state.ledger.position(symbol)
  if (BigDecimal.isZero(quantity)) return zero
  const side = BigDecimal.isPositive(quantity) ? "sell" : "buy"
  return BigDecimal.max(zero, BigDecimal.subtract(BigDecimal.abs(quantity), heldShares(state, symbol, side, except)))
}

const takesAnyPrice = ({ type }: OrderAsk): boolean => type === "market" || type === "stop"

/** The account would trade with itself. */
const washTrade = (state: VenueState, ask: OrderAsk, except?: PaperOrder): Refusal | undefined => {
  for (const order of state.orders.open(ask.symbol)) {
    if (order.ask.side === ask.side || order === except) continue
    const [buy, sell] = ask.side === "buy" ? [ask, order.ask] : [order.ask, ask]
    const crosses =
      takesAnyPrice(buy) ||
      takesAnyPrice(sell) ||
      BigDecimal.isGreaterThanOrEqualTo(buy.limitPrice as Decimal, sell.limitPrice as Decimal)
    if (!crosses) continue
    return forbidden("potential wash trade detected. use complex orders", {
      existing_order_id: order.id,
      reject_reason: `opposite side ${order.ask.type} order exists`
    })
  }
  return undefined
}

const insufficientShares = (state: VenueState, ask: OrderAsk, wanted: Decimal, available: Decimal): Refusal => {
  const existing = BigDecimal.abs(state.ledger.position(ask.symbol).quantity)
  const related = state.orders.open(ask.symbol).filter((order) => order.ask.side === ask.side)
  return forbidden(
    `insufficient qty available for order (requested: ${decimalText(wanted)}, available: ${decimalText(available)})`,
    {
      symbol: ask.symbol,
      existing_qty: decimalText(existing),
      held_for_orders: decimalText(BigDecimal.subtract(existing, available)),
      available: decimalText(available),
      related_orders: related.map(({ id }) => id)
    }
  )
}

const wrongIntent = (ask: OrderAsk, isClosing: boolean): boolean =>
  ask.positionIntent !== undefined && ask.positionIntent !== `${ask.side}_to_${isClosing ? "close" : "open"}`

/** The times of day at which an order for an auction is taken, by New York's clock. */
const auctionClosed = (state: VenueState, ask: OrderAsk): Refusal | undefined => {
  if (ask.timeInForce !== "opg" && ask.timeInForce !== "cls") return undefined
  const session = state.hours.day(newYorkDate(state.clock))
  if (session === undefined) return undefined
  const now = msOf(state.clock)
  const isOpening = ask.timeInForce === "opg"
  const end = isOpening ? session.open - 2 * minuteMs : session.close - 5 * minuteMs
  // Seven in the evening: three hours after the regular close.
  const begins = session.close + 180 * minuteMs
  return now >= end && now < begins
    ? forbidden(
        `${ask.timeInForce} orders are not accepted at this time, send them ${isOpening ? "between 19:00 and 09:28" : "between 19:00 and 15:55"} New York time`
      )
    : undefined
}

/** What an order was admitted with. */
export interface Admission {
  readonly reservePrice: Decimal
  readonly hold: Decimal
  readonly isClosing: boolean
}

/** Checks an order against market and account. `except`: the order that this one replaces. */
export const admitOrder = (state: VenueState, ask: OrderAsk, except?: PaperOrder): Admission | Refusal => {
  const { standing } = state
  const { quantity: position } = state.ledger.position(ask.symbol)
  const isClosing = closes(position, ask.side)
  if (standing.accountBlocked && !isClosing) return forbidden("account is restricted to liquidation")
  if (standing.tradingBlocked) return forbidden("new orders are rejected by user request")
  const asset = state.assets.find(ask.symbol)
  if (asset === undefined) return unprocessable(`asset "${ask.symbol}" not found`)
  if (!asset.tradable) return unprocessable(`asset "${ask.symbol}" is not tradable`)
  const isFraction = ask.notional !== undefined || !isWhole(ask.quantity as Decimal)
  if (isFraction && !asset.fractionable) return unprocessable(`asset "${ask.symbol}" is not fractionable`)
  const shut = auctionClosed(state, ask)
  if (shut !== undefined) return shut
  if (ask.clientOrderId !== undefined && state.orders.findClientId(ask.clientOrderId) !== undefined)
    return malformed("client_order_id must be unique")
  const reservePrice = reservePriceOf(state, ask)
  const { bid } = state.market.quote(ask.symbol, state.clock)
  const wanted = ask.quantity ?? ratio(ask.notional as Decimal, unitsText(bid), 9)
  if (isFraction && ask.quantity !== undefined) {
    const value = BigDecimal.multiply(wanted, reservePrice)
    if (BigDecimal.isLessThan(value, BigDecimal.make(1n, 0)))
      return unprocessable("cost basis must be >= minimal amount of order 1")
  }
  if (wrongIntent(ask, isClosing))
    return unprocessable(`position_intent ${ask.positionIntent} does not fit the position`)
  const wash = washTrade(state, ask, except)
  if (isClosing) {
    // Shares that another order holds are the nearer cause: such an order is of the same side.
    const available = availableShares(state, ask.symbol, except)
    if (BigDecimal.isGreaterThan(wanted, available)) return insufficientShares(state, ask, wanted, available)
    return wash ?? { reservePrice: zero, hold: zero, isClosing }
  }
  if (wash !== undefined) return wash
  if (ask.side === "sell") {
    if (isFraction) return unprocessable("fractional orders cannot be sold short")
    if (!standing.shortingEnabled) return forbidden("account is not allowed to short")
    if (!asset.shortable) return unprocessable(`asset "${ask.symbol}" cannot be sold short`)
  }
  const hold = ask.notional ?? BigDecimal.multiply(wanted, reservePrice)
  const free = BigDecimal.sum(buyingPowerOf(state), except?.reserved ?? zero)
  if (BigDecimal.isGreaterThan(hold, free))
    return forbidden("insufficient buying power", {
      buying_power: decimalText(toPlaces(free, 2)),
      cost_basis: decimalText(toPlaces(hold, 2))
    })
  return { reservePrice, hold, isClosing }
}

/** The instant at which an order expires by itself. */
export const expiryOf = (state: VenueState, ask: OrderAsk) => {
  if (ask.timeInForce === "gtc") return state.clock + instantOfMs(90 * dayMs)
  const kind = ask.timeInForce === "opg" ? "open" : ask.extendedHours ? "postClose" : "close"
  return state.hours.next(state.clock, new Set([kind])).at
}
