import { BigDecimal } from "effect"
import { type Decimal, decimalText } from "../../../kernel/decimal.ts"
import { instantText } from "../../../kernel/time/utc-instant.ts"
import { controlError } from "../../../protocol/control/control.ts"
import type { OrderMessage, PositionMessage } from "../../../protocol/trading/orders.ts"
import type { Order } from "../../domain/order/order.ts"
import { isTerminal } from "../../domain/order/order-words.ts"
import type { Position } from "../../domain/position/position.ts"
import { midOf } from "../../domain/risk/exposure.ts"
import type { GateCode } from "../../domain/risk/finding.ts"
import type { QuoteView } from "../../domain/risk/gate-view.ts"
import type { OrderRefused } from "../../ports/order-desk.ts"

const textOrNull = (value: Decimal | undefined): string | null => (value === undefined ? null : decimalText(value))
const moneyPlaces = 9
const moneyText = (value: Decimal): string => decimalText(BigDecimal.round(value, { scale: moneyPlaces }))

/** An order of the book on the wire. */
export const orderMessage = (order: Order): OrderMessage => {
  const { request } = order
  const claim = order.legs.get(order.brokerOrderId ?? "")?.claim
  return {
    client_order_id: order.clientOrderId,
    broker_order_id: order.brokerOrderId ?? null,
    strategy_id: request.strategyId,
    symbol: request.symbol,
    side: request.side,
    qty: decimalText(order.quantity),
    order_type: request.type,
    limit_price: textOrNull(claim?.limitPrice ?? request.limitPrice),
    stop_price: textOrNull(claim?.stopPrice ?? request.stopPrice),
    time_in_force: request.timeInForce,
    nonce: request.nonce ?? null,
    status: order.status,
    terminal: isTerminal(order.status),
    filled_qty: decimalText(order.filled),
    filled_avg_price: textOrNull(order.averagePrice),
    inferred_qty: decimalText(order.inferred),
    overfill_qty: decimalText(order.overfill),
    error_message: order.sendingReason === "" ? null : order.sendingReason,
    submitted_by: order.by,
    created_at: instantText(order.createdAt)
  }
}

/** A position with its value at the middle of the newest quote. */
export const positionMessage = (position: Position, quote: QuoteView | undefined): PositionMessage => {
  const { averagePrice, quantity, realized, symbol } = position
  const price = quote === undefined ? undefined : midOf(quote)
  const gain = price === undefined ? undefined : BigDecimal.multiply(quantity, BigDecimal.subtract(price, averagePrice))
  return {
    symbol,
    qty: decimalText(quantity),
    avg_entry_price: decimalText(averagePrice),
    current_price: textOrNull(price),
    unrealized_pl: gain === undefined ? null : moneyText(gain),
    realized_pl: moneyText(realized)
  }
}

/** The gate takes no entries at all, or none of this symbol or strategy: another size or price would not help. */
const closedCodes: ReadonlySet<string> = new Set<GateCode>([
  "NOT_ARMED",
  "KILL_SWITCH",
  "BREAKER",
  "RECONCILIATION",
  "STREAM_DOWN",
  "ACCOUNT_BLOCKED",
  "SYMBOL_QUARANTINED",
  "STRATEGY_STOPPED"
])

/** The refusal of the gate, with every finding. The number of its code is the reference's for the same reason. */
export const gateRefusal = ({ findings, message }: OrderRefused) => {
  const codes = findings.filter(({ outcome }) => outcome === "refuse").map(({ code }) => code)
  const code = codes.some((one) => closedCodes.has(one))
    ? "GATE_CLOSED"
    : codes.length > 0 && codes.every((one) => one.startsWith("FAT_FINGER_"))
      ? "FAT_FINGER"
      : "ORDER_REFUSED"
  return controlError(code, message, findings)
}
