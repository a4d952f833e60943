import { BigDecimal } from "effect"
import type { Decimal } from "../../../kernel/decimal.ts"
import { emit, endOrder, workingStatus } from "./order-life.ts"
import { submitAsk } from "./order-requests.ts"
import type { PaperOrder, PaperSide } from "./paper-order.ts"
import { notFound, type Refusal } from "./refusal.ts"
import type { VenueState } from "./venue-state.ts"

/** Takes an execution out of its order, the position and the cash. The order keeps its state. */
const takeBack = (state: VenueState, executionId: string) => {
  const execution = state.ledger.undo(executionId)
  const order = execution === undefined ? undefined : state.orders.find(execution.orderId)
  if (execution === undefined || order === undefined) return undefined
  const signed = execution.side === "buy" ? execution.quantity : BigDecimal.negate(execution.quantity)
  state.ledger.trade(execution.symbol, BigDecimal.negate(signed), execution.price)
  order.filledQuantity = BigDecimal.subtract(order.filledQuantity, execution.quantity)
  const value = BigDecimal.multiply(execution.quantity, execution.price)
  order.filledCost = BigDecimal.subtract(order.filledCost, value)
  order.updatedAt = state.clock
  return { execution, order, signed }
}

const noExecution = (id: string) => notFound(`execution not found for ${id}`)

/** Undoes an execution. The order is not worked again: an order that was filled stays ended, with less. */
export const bust = (state: VenueState, executionId: string): Refusal | undefined => {
  const taken = takeBack(state, executionId)
  if (taken === undefined) return noExecution(executionId)
  const { execution, order } = taken
  if (order.status === "filled") {
    order.status = "canceled"
    order.canceledAt = state.clock
  } else if (order.status === "new" || order.status === "partially_filled") order.status = workingStatus(order)
  emit(state, "trade_bust", order, {
    executionId: state.ids.uuid("execution"),
    previousExecutionId: executionId,
    price: execution.price,
    quantity: execution.quantity,
    positionQuantity: state.ledger.position(execution.symbol).quantity
  })
  return undefined
}

/** Replaces an execution by another quantity or price. */
export const correct = (
  state: VenueState,
  executionId: string,
  change: { readonly quantity?: Decimal; readonly price?: Decimal }
): Refusal | undefined => {
  const taken = takeBack(state, executionId)
  if (taken === undefined) return noExecution(executionId)
  const { execution, order } = taken
  const quantity = change.quantity ?? execution.quantity
  const price = change.price ?? execution.price
  const signed = execution.side === "buy" ? quantity : BigDecimal.negate(quantity)
  state.ledger.trade(execution.symbol, signed, price)
  order.filledQuantity = BigDecimal.sum(order.filledQuantity, quantity)
  order.filledCost = BigDecimal.sum(order.filledCost, BigDecimal.multiply(quantity, price))
  const id = state.ids.uuid("execution")
  const at = state.clock
  state.ledger.record({ ...execution, id, quantity, price, at, cumulative: order.filledQuantity })
  emit(state, "trade_correct", order, {
    executionId: id,
    previousExecutionId: executionId,
    price,
    quantity,
    positionQuantity: state.ledger.position(execution.symbol).quantity
  })
  return undefined
}

/** The venue cancels an order by itself. */
export const selfCancel = (state: VenueState, order: PaperOrder, reason: string): void =>
  endOrder(state, order, "canceled", reason)

/** The venue closes a position. The order is its own: its client id is not one of the account's. */
export const liquidate = (state: VenueState, symbol: string): PaperOrder | Refusal => {
  const { quantity } = state.ledger.position(symbol)
  if (BigDecimal.isZero(quantity)) return notFound("position does not exist")
  for (const order of state.orders.open(symbol)) endOrder(state, order, "canceled", "LIQUIDATION")
  const side: PaperSide = BigDecimal.isPositive(quantity) ? "sell" : "buy"
  const { accountBlocked, tradingBlocked } = state.standing
  Object.assign(state.standing, { accountBlocked: false, tradingBlocked: false })
  const order = submitAsk(state, marketAsk(symbol, side, BigDecimal.abs(quantity)), "liquidation")
  Object.assign(state.standing, { accountBlocked, tradingBlocked })
  return order
}

export const marketAsk = (symbol: string, side: PaperSide, quantity: Decimal) => ({
  symbol,
  side,
  type: "market" as const,
  timeInForce: "day" as const,
  quantity,
  notional: undefined,
  limitPrice: undefined,
  stopPrice: undefined,
  limitUnits: undefined,
  stopUnits: undefined,
  extendedHours: false,
  clientOrderId: undefined,
  orderClass: "" as const,
  positionIntent: undefined
})

/** A split: shares, costs and prices change; open orders of the symbol are cancelled. */
export const split = (state: VenueState, symbol: string, newRate: number, oldRate: number): Refusal | undefined => {
  if (state.assets.find(symbol) === undefined) return notFound("symbol not found")
  for (const order of state.orders.open(symbol)) endOrder(state, order, "canceled", "CORPORATE_ACTION")
  state.ledger.split(symbol, newRate, oldRate)
  state.market.split({ id: state.ids.uuid("split"), symbol, newRate, oldRate, at: state.clock })
  return undefined
}
