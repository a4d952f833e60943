import { BigDecimal } from "effect"
import { type Decimal, decimalText, zero } from "../../../kernel/decimal.ts"
import { type InstantNs, instantText } from "../../../kernel/time/utc-instant.ts"
import { ratio, toPlaces } from "./amount.ts"
import type { PaperSide } from "./paper-order.ts"
import { newYorkText } from "./venue-hours.ts"

/** `quantity` is signed. `cost`: what the open shares were paid with, signed as the quantity is. */
export interface PaperPosition {
  readonly quantity: Decimal
  readonly cost: Decimal
}

export interface Execution {
  readonly id: string
  readonly orderId: string
  readonly symbol: string
  readonly side: PaperSide
  readonly quantity: Decimal
  readonly price: Decimal
  readonly at: InstantNs
  /** Cumulative and remaining quantity of the order after it. */
  readonly cumulative: Decimal
  readonly leaves: Decimal
  readonly kind: "fill" | "partial_fill"
  readonly orderStatus: string
  /** A bust or a correction took its place. */
  readonly undone?: boolean
}

/** Cash, positions and executions. Nothing here refuses: what was executed is booked. */
export interface Ledger {
  readonly cash: () => Decimal
  readonly position: (symbol: string) => PaperPosition
  readonly positions: () => ReadonlyArray<readonly [symbol: string, position: PaperPosition]>
  /** Books shares at a price, signed: above 0 are bought. */
  readonly trade: (symbol: string, signedQuantity: Decimal, price: Decimal) => void
  readonly split: (symbol: string, newRate: number, oldRate: number) => void
  readonly record: (execution: Execution) => void
  readonly undo: (executionId: string) => Execution | undefined
  readonly execution: (id: string) => Execution | undefined
  /** In the sequence of booking. */
  readonly executions: () => ReadonlyArray<Execution>
}

const flat: PaperPosition = { quantity: zero, cost: zero }

/** A position after a trade: an addition adds its cost, a reduction takes the cost of the shares that leave. */
const positionAfter = (before: PaperPosition, signed: Decimal, price: Decimal): PaperPosition => {
  const quantity = BigDecimal.sum(before.quantity, signed)
  if (BigDecimal.isZero(quantity)) return flat
  const sameSide = BigDecimal.sign(before.quantity) * BigDecimal.sign(signed) >= 0
  if (sameSide) return { quantity, cost: BigDecimal.sum(before.cost, BigDecimal.multiply(signed, price)) }
  if (BigDecimal.sign(quantity) !== BigDecimal.sign(before.quantity))
    return { quantity, cost: BigDecimal.multiply(quantity, price) }
  const left = toPlaces(BigDecimal.multiply(before.cost, ratio(quantity, before.quantity, 15)), 9)
  return { quantity, cost: left }
}

export const makeLedger = (initialCash: Decimal): Ledger => {
  let cash = initialCash
  const positions = new Map<string, PaperPosition>()
  const executions: Array<Execution> = []
  const places = new Map<string, number>()
  const keep = (symbol: string, position: PaperPosition) =>
    void (BigDecimal.isZero(position.quantity) ? positions.delete(symbol) : positions.set(symbol, position))
  return {
    cash: () => cash,
    position: (symbol) => positions.get(symbol) ?? flat,
    positions: () => [...positions].sort(([a], [b]) => (a < b ? -1 : 1)),
    trade: (symbol, signed, price) => {
      cash = toPlaces(BigDecimal.subtract(cash, BigDecimal.multiply(signed, price)), 9)
      keep(symbol, positionAfter(positions.get(symbol) ?? flat, signed, price))
    },
    split: (symbol, newRate, oldRate) => {
      const held = positions.get(symbol)
      if (held === undefined) return
      const shares = BigDecimal.multiply(held.quantity, BigDecimal.fromNumberUnsafe(newRate))
      keep(symbol, { cost: held.cost, quantity: ratio(shares, BigDecimal.fromNumberUnsafe(oldRate), 9) })
    },
    record: (execution) => {
      places.set(execution.id, executions.length)
      executions.push(execution)
    },
    undo: (id) => {
      const at = places.get(id)
      const found = at === undefined ? undefined : executions[at]
      if (at === undefined || found === undefined || found.undone === true) return undefined
      executions[at] = { ...found, undone: true }
      return found
    },
    execution: (id) => executions[places.get(id) ?? -1],
    executions: () => executions
  }
}

/** The id of an activity begins with its time in New York, then names the execution. */
export const activityId = (execution: Execution): string =>
  `${newYorkText(execution.at)
    .slice(0, 23)
    .replaceAll(/[-T:.]/g, "")}::${execution.id}`

export const activityView = (execution: Execution) => ({
  id: activityId(execution),
  activity_type: "FILL",
  transaction_time: instantText(execution.at),
  type: execution.kind,
  price: decimalText(execution.price),
  qty: decimalText(execution.quantity),
  side: execution.side,
  symbol: execution.symbol,
  leaves_qty: decimalText(execution.leaves),
  order_id: execution.orderId,
  cum_qty: decimalText(execution.cumulative),
  order_status: execution.orderStatus
})
