import { BigDecimal } from "effect"
import { type Decimal, zero } from "../../../kernel/decimal.ts"
import { isWhole, toPlaces, unitsText, wholeQuotient } from "./amount.ts"
import { holdOf } from "./buying-power.ts"
import type { EventDetails } from "./event-log.ts"
import { chanceOf } from "./paper-ids.ts"
import { isFinal, isWorking, type PaperOrder, type PaperStatus, remainingOf } from "./paper-order.ts"
import type { PaperQuote } from "./price-path.ts"
import type { VenueState } from "./venue-state.ts"

const executionsMax = 4

export const emit = (state: VenueState, event: string, order: PaperOrder, details?: EventDetails): void => {
  state.events.emit(state.clock, event, order, details)
}

export const setStatus = (state: VenueState, order: PaperOrder, status: PaperStatus): void => {
  order.status = status
  order.updatedAt = state.clock
  if (isFinal(order)) state.orders.close(order)
}

/** Where an order that works stands by its fills. */
export const workingStatus = (order: PaperOrder): PaperStatus =>
  BigDecimal.isZero(order.filledQuantity) ? "new" : "partially_filled"

type Ending = "canceled" | "expired" | "rejected"

export const endOrder = (state: VenueState, order: PaperOrder, status: Ending, reason?: string): void => {
  if (isFinal(order)) return
  const at = state.clock
  if (status === "canceled") order.canceledAt = at
  else if (status === "expired") order.expiredAt = at
  else order.failedAt = at
  setStatus(state, order, status)
  emit(state, status, order, reason === undefined ? {} : { reason })
}

/** Books an execution of an order. The price is the venue's; the quantity is at most the rest of the order. */
export const execute = (state: VenueState, order: PaperOrder, quantity: Decimal, price: Decimal): void => {
  const { ask } = order
  const at = state.clock
  const signed = ask.side === "buy" ? quantity : BigDecimal.negate(quantity)
  state.ledger.trade(ask.symbol, signed, price)
  order.filledQuantity = BigDecimal.sum(order.filledQuantity, quantity)
  order.filledCost = BigDecimal.sum(order.filledCost, BigDecimal.multiply(quantity, price))
  order.executions++
  order.filledAt = at
  const leaves = remainingOf(order) ?? zero
  const isWhole = !BigDecimal.isPositive(leaves)
  const kind = isWhole ? "fill" : "partial_fill"
  if (isWhole) setStatus(state, order, "filled")
  else {
    if (order.status === "new" || order.status === "partially_filled") order.status = "partially_filled"
    order.updatedAt = at
    state.orders.reserve(order, holdOf(order))
  }
  const executionId = state.ids.uuid("execution")
  state.ledger.record({
    id: executionId,
    orderId: order.id,
    symbol: ask.symbol,
    side: ask.side,
    quantity,
    price,
    at,
    cumulative: order.filledQuantity,
    leaves,
    kind,
    orderStatus: order.status
  })
  const positionQuantity = state.ledger.position(ask.symbol).quantity
  emit(state, kind, order, { executionId, price, quantity, positionQuantity })
}

/** Orders are executed in the regular session; those with extended hours before and after it, too. */
export const isRoutable = (state: VenueState, order: PaperOrder): boolean => {
  const phase = state.hours.phase(state.clock)
  return phase === "regular" || (order.ask.extendedHours && phase !== "closed")
}

const isTriggered = (order: PaperOrder, { ask, bid }: PaperQuote): boolean => {
  const { side, stopUnits } = order.ask
  if (stopUnits === undefined || order.triggered) return true
  order.triggered = side === "buy" ? ask >= stopUnits : bid <= stopUnits
  return order.triggered
}

/** Shares of a notional order, at the price of its first execution. A sale takes no more than the position holds. */
const fixTarget = (state: VenueState, order: PaperOrder, price: Decimal): void => {
  if (order.ask.notional === undefined || order.target !== undefined) return
  const shares = wholeQuotient(order.ask.notional, price, 9)
  const held = BigDecimal.abs(state.ledger.position(order.ask.symbol).quantity)
  order.target = order.ask.side === "sell" ? BigDecimal.min(shares, held) : shares
}

/** How much of the rest is executed now: about one in ten executions takes a part of it. */
const partOf = (state: VenueState, order: PaperOrder, rest: Decimal): Decimal => {
  const one = BigDecimal.make(1n, 0)
  if (order.ask.timeInForce === "fok" || order.executions >= executionsMax) return rest
  if (isWhole(rest) && !BigDecimal.isGreaterThan(rest, one)) return rest
  const key = `${order.id}:${order.executions}`
  const isForced = state.standing.partialNext > 0
  if (isForced) state.standing.partialNext--
  else if (chanceOf(state.seed, `partial:${key}`) >= state.partialRate) return rest
  const percent = BigDecimal.make(20n + BigInt(Math.floor(chanceOf(state.seed, `share:${key}`) * 60)), 2)
  const part = BigDecimal.multiply(rest, percent)
  if (!isWhole(rest)) return toPlaces(part, 9)
  return BigDecimal.max(one, wholeQuotient(part, one, 0))
}

/**
 * Executes what a quote allows: buys at the offer, sells at the bid, whatever the size there. What is left of ioc and
 * fok is cancelled at once.
 */
export const tryExecute = (state: VenueState, order: PaperOrder): void => {
  const { ask: wish } = order
  if (!isWorking(order) || order.notBefore > state.clock || !isRoutable(state, order)) return
  if (state.market.isHalted(wish.symbol) || wish.timeInForce === "opg" || wish.timeInForce === "cls") return
  const quote = state.market.quote(wish.symbol, state.clock)
  const atOnce = wish.timeInForce === "ioc" || wish.timeInForce === "fok"
  const units = wish.side === "buy" ? quote.ask : quote.bid
  const crosses =
    wish.limitUnits === undefined || (wish.side === "buy" ? units <= wish.limitUnits : units >= wish.limitUnits)
  if (!isTriggered(order, quote) || !crosses) {
    if (atOnce) endOrder(state, order, "canceled")
    return
  }
  const price = unitsText(units)
  fixTarget(state, order, price)
  const rest = remainingOf(order) as Decimal
  if (!BigDecimal.isPositive(rest)) return endOrder(state, order, "canceled")
  const part = partOf(state, order, rest)
  execute(state, order, part, price)
  if (isFinal(order)) return
  if (atOnce) return endOrder(state, order, "canceled")
  order.notBefore = state.clock + state.delays.restNs
  state.schedule.add(order.notBefore, () => tryExecute(state, order))
}

/** Executes orders of an auction at the price of that moment. */
export const executeAuction = (state: VenueState, order: PaperOrder): void => {
  if (!isWorking(order) && order.status !== "accepted") return
  if (order.status === "accepted") activate(state, order)
  const { limitUnits, side, symbol } = order.ask
  const quote = state.market.quote(symbol, state.clock)
  const units = Math.floor((quote.bid + quote.ask) / 200) * 100
  const crosses = limitUnits === undefined || (side === "buy" ? units <= limitUnits : units >= limitUnits)
  if (crosses && !state.market.isHalted(symbol))
    execute(state, order, remainingOf(order) as Decimal, unitsText(Math.max(units, 1)))
  else endOrder(state, order, "expired")
}

/** The order works from now on. */
export const activate = (state: VenueState, order: PaperOrder): void => {
  setStatus(state, order, workingStatus(order))
  emit(state, "new", order)
}

/** The venue has taken the order: it works, or waits for its session. */
export const acknowledge = (state: VenueState, order: PaperOrder): void => {
  if (order.status !== "pending_new") return
  if (state.standing.rejectNext > 0) {
    state.standing.rejectNext--
    return endOrder(state, order, "rejected", "the venue rejected the order after it had taken it")
  }
  const isAuction = order.ask.timeInForce === "opg" || order.ask.timeInForce === "cls"
  if (!isRoutable(state, order) || isAuction) {
    setStatus(state, order, "accepted")
    return emit(state, "accepted", order)
  }
  activate(state, order)
  tryExecute(state, order)
}
