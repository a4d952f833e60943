import { BigDecimal } from "effect"
import { type Decimal, zero } from "../../../kernel/decimal.ts"
import { admitOrder, expiryOf } from "./admit-order.ts"
import { isWhole, unitsOf, unitsText } from "./amount.ts"
import { holdOf } from "./buying-power.ts"
import {
  acknowledge,
  activate,
  emit,
  endOrder,
  execute,
  executeAuction,
  isRoutable,
  setStatus,
  tryExecute
} from "./order-life.ts"
import { isFinal, newOrder, type OrderAsk, type PaperOrder, type PaperTif, remainingOf } from "./paper-order.ts"
import { checkPrice, isFields, isGiven, readClientId, readNumber, readOrder } from "./read-order.ts"
import { malformed, notFound, Refusal, unprocessable } from "./refusal.ts"
import type { VenueState } from "./venue-state.ts"

/** Jobs at the end of a session: an auction first, expiries after it. */
const auctionRank = 0
const expiryRank = 1

const register = (state: VenueState, order: PaperOrder): void => {
  state.orders.add(order)
  const { timeInForce } = order.ask
  if (timeInForce === "opg" || timeInForce === "cls")
    state.schedule.add(order.expiresAt, () => executeAuction(state, order), auctionRank)
  else if (timeInForce === "gtc")
    state.schedule.add(order.expiresAt, () => endOrder(state, order, "canceled"), expiryRank)
  else state.schedule.add(order.expiresAt, () => endOrder(state, order, "expired"), expiryRank)
}

const makeOrder = (
  state: VenueState,
  ask: OrderAsk,
  reservePrice: Decimal,
  links: { readonly replaces?: string; readonly source?: string } = {}
): PaperOrder => {
  const asset = state.assets.find(ask.symbol)
  const { frozenSubmission } = state.standing
  return newOrder(
    { ...ask, symbol: asset?.symbol ?? ask.symbol },
    {
      id: state.ids.uuid("order"),
      clientOrderId: ask.clientOrderId ?? state.ids.uuid("client-order"),
      assetId: asset?.id ?? "",
      sequence: state.orders.count(),
      createdAt: frozenSubmission ?? state.clock,
      expiresAt: expiryOf(state, ask),
      reservePrice,
      ...links
    }
  )
}

/** Takes an order. The answer is the venue's first view of it; what follows comes as events. */
export const submitAsk = (state: VenueState, ask: OrderAsk, source?: string): PaperOrder | Refusal => {
  const symbol = state.assets.find(ask.symbol)?.symbol ?? ask.symbol
  const wish = { ...ask, symbol }
  const admitted = admitOrder(state, wish)
  if (admitted instanceof Refusal) return admitted
  const order = makeOrder(state, wish, admitted.reservePrice, source === undefined ? {} : { source })
  register(state, order)
  state.orders.reserve(order, admitted.hold)
  emit(state, "pending_new", order)
  if (state.standing.immediateNext > 0) {
    state.standing.immediateNext--
    acknowledge(state, order)
  } else state.schedule.add(state.clock + state.delays.acknowledgeNs, () => acknowledge(state, order))
  return order
}

export const submitOrder = (state: VenueState, body: unknown): PaperOrder | Refusal => {
  const ask = readOrder(body)
  return ask instanceof Refusal ? ask : submitAsk(state, ask)
}

/** The order is executed whole at the market's price, whatever its limit: the request came too late. */
const executeFirst = (state: VenueState, order: PaperOrder): void => {
  const { limitPrice, side, symbol } = order.ask
  const quote = state.market.quote(symbol, state.clock)
  const rest = remainingOf(order)
  if (rest === undefined || order.status === "pending_new") return
  // It may have filled by the market while the venue decided.
  if (isFinal(order) || !BigDecimal.isPositive(rest)) return
  execute(state, order, rest, limitPrice ?? unitsText(side === "buy" ? quote.ask : quote.bid))
}

const decideCancel = (state: VenueState, order: PaperOrder, isLate: boolean): void => {
  if (isFinal(order)) return emit(state, "order_cancel_rejected", order, { reason: "TOO_LATE_TO_CANCEL" })
  if (isLate) {
    executeFirst(state, order)
    return emit(state, "order_cancel_rejected", order, { reason: "TOO_LATE_TO_CANCEL" })
  }
  if (order.status === "pending_cancel") endOrder(state, order, "canceled")
}

/** Requests a cancel. `undefined`: taken, and decided later. */
export const cancelOrder = (state: VenueState, id: string): Refusal | undefined => {
  const order = state.orders.find(id)
  if (order === undefined) return notFound(`order not found for ${id}`)
  if (isFinal(order) || order.status === "pending_cancel" || order.status === "pending_replace")
    return unprocessable(`order is already in "${order.status}" state`)
  const isLate = state.standing.lateCancelNext > 0
  if (isLate) state.standing.lateCancelNext--
  setStatus(state, order, "pending_cancel")
  emit(state, "pending_cancel", order)
  state.schedule.add(state.clock + state.delays.cancelNs, () => decideCancel(state, order, isLate))
  return undefined
}

const changeable: ReadonlySet<string> = new Set(["day", "gtc", "ioc", "fok"])

/** The ask of the replacement. A quantity that is sent is the new order's own; otherwise it takes what is left. */
const changedAsk = (old: PaperOrder, body: unknown): OrderAsk | Refusal => {
  if (!isFields(body)) return malformed("request body format is invalid")
  if (body["trail"] !== undefined && body["trail"] !== null)
    return unprocessable("trail is not simulated by tickd paper")
  const quantity = readNumber(body, "qty")
  if (quantity instanceof Refusal) return quantity
  const limitPrice = readNumber(body, "limit_price")
  if (limitPrice instanceof Refusal) return limitPrice
  const stopPrice = readNumber(body, "stop_price")
  if (stopPrice instanceof Refusal) return stopPrice
  const clientOrderId = readClientId(body)
  if (clientOrderId instanceof Refusal) return clientOrderId
  const { ask } = old
  const timeInForce = body["time_in_force"] ?? ask.timeInForce
  if (!changeable.has(String(timeInForce))) return malformed("invalid time_in_force")
  if (quantity !== undefined && !isWhole(quantity)) return unprocessable("qty must be a whole number of shares")
  if (limitPrice !== undefined && ask.limitPrice === undefined)
    return unprocessable(`${ask.type} orders have no limit_price to replace`)
  if (stopPrice !== undefined && ask.stopPrice === undefined)
    return unprocessable(`${ask.type} orders have no stop_price to replace`)
  const badLimit = limitPrice === undefined ? undefined : checkPrice("limit_price", limitPrice)
  const badPrice = badLimit ?? (stopPrice === undefined ? undefined : checkPrice("stop_price", stopPrice))
  if (badPrice !== undefined) return badPrice
  const newLimit = limitPrice ?? ask.limitPrice
  const newStop = stopPrice ?? ask.stopPrice
  return {
    ...ask,
    timeInForce: String(timeInForce) as PaperTif,
    quantity: quantity ?? remainingOf(old),
    limitPrice: newLimit,
    stopPrice: newStop,
    limitUnits: newLimit === undefined ? undefined : unitsOf(newLimit),
    stopUnits: newStop === undefined ? undefined : unitsOf(newStop),
    clientOrderId
  }
}

const decideReplace = (
  state: VenueState,
  old: PaperOrder,
  next: PaperOrder,
  how: { readonly isLate: boolean; readonly takesRest: boolean }
): void => {
  if (isFinal(next)) return
  if (how.isLate) executeFirst(state, old)
  if (old.status !== "pending_replace") {
    endOrder(state, next, "rejected", "the order to be replaced is no longer open")
    return emit(state, "order_replace_rejected", old, { reason: "TOO_LATE_TO_REPLACE" })
  }
  if (how.takesRest) next.ask = { ...next.ask, quantity: remainingOf(old) }
  old.replacedBy = next.id
  old.replacedAt = state.clock
  setStatus(state, old, "replaced")
  emit(state, "replaced", old)
  state.orders.reserve(next, holdOf(next))
  next.triggered = old.triggered
  activate(state, next)
  tryExecute(state, next)
}

const irreplaceable: ReadonlySet<string> = new Set(["accepted", "pending_new", "pending_cancel", "pending_replace"])

/** Requests a replacement. The answer is the new order, which may still be rejected. */
export const replaceOrder = (state: VenueState, id: string, body: unknown): PaperOrder | Refusal => {
  const old = state.orders.find(id)
  if (old === undefined) return notFound(`order not found for ${id}`)
  if (isFinal(old)) return unprocessable("unable to replace order, order is not open")
  if (irreplaceable.has(old.status)) return unprocessable(`unable to replace order, order is in ${old.status} state`)
  if (old.ask.notional !== undefined) return unprocessable("notional orders can not be replaced")
  if (!isWhole(old.ask.quantity ?? zero)) return unprocessable("fractional orders can not be replaced")
  const ask = changedAsk(old, body)
  if (ask instanceof Refusal) return ask
  const admitted = admitOrder(state, ask, old)
  if (admitted instanceof Refusal) return admitted
  const next = makeOrder(state, ask, admitted.reservePrice, { replaces: old.id })
  register(state, next)
  // The larger of the two holds buying power: the old one keeps its own, the new one adds the difference.
  state.orders.reserve(next, BigDecimal.max(zero, BigDecimal.subtract(admitted.hold, old.reserved)))
  const isLate = state.standing.lateReplaceNext > 0
  const takesRest = isFields(body) && !isGiven(body["qty"])
  if (isLate) state.standing.lateReplaceNext--
  setStatus(state, old, "pending_replace")
  emit(state, "pending_replace", old)
  emit(state, "pending_new", next)
  state.schedule.add(state.clock + state.delays.replaceNs, () => decideReplace(state, old, next, { isLate, takesRest }))
  return next
}

/** Orders that waited for a session, or went to rest at the end of the last one, work again. */
export const wakeOrders = (state: VenueState): void => {
  for (const order of state.orders.allOpen()) {
    if (order.status !== "accepted" && order.status !== "done_for_day") continue
    if (order.ask.timeInForce === "opg" || order.ask.timeInForce === "cls") continue
    if (!isRoutable(state, order)) continue
    activate(state, order)
    tryExecute(state, order)
  }
}

/** Orders that outlast the day rest until the next one. */
export const restOrders = (state: VenueState, isExtended: boolean): void => {
  for (const order of state.orders.allOpen()) {
    if (order.ask.timeInForce !== "gtc" || order.ask.extendedHours !== isExtended) continue
    if (order.status !== "new" && order.status !== "partially_filled") continue
    setStatus(state, order, "done_for_day")
    emit(state, "done_for_day", order)
  }
}
