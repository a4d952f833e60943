import { BigDecimal } from "effect"
import { type Decimal, zero } from "../../../kernel/decimal.ts"
import type { OrderType, Side, TimeInForce } from "./order-words.ts"

/**
 * What a caller wants to buy or sell.
 * Units: `quantity` in shares, prices in USD; exact decimals. `symbol` is upper case.
 * `nonce` distinguishes a deliberate repeat from a resend: both have one id otherwise.
 */
export interface OrderRequest {
  readonly symbol: string
  readonly side: Side
  readonly quantity: Decimal
  readonly type: OrderType
  readonly timeInForce: TimeInForce
  readonly limitPrice?: Decimal | undefined
  readonly stopPrice?: Decimal | undefined
  readonly strategyId: string
  readonly nonce?: string | undefined
}

const symbolForm = /^[A-Z][A-Z0-9.]{0,11}$/
const nameForm = /^[A-Za-z0-9_.-]{1,64}$/

/** A price of a dollar or more has two places at most, a smaller one four: the exchanges' minimum increment. */
const subPenny = (price: Decimal): boolean => {
  const { scale } = BigDecimal.normalize(price)
  return scale > (BigDecimal.isGreaterThanOrEqualTo(price, BigDecimal.fromBigInt(1n)) ? 2 : 4)
}

const isWhole = (quantity: Decimal): boolean => BigDecimal.normalize(quantity).scale <= 0

/** The venue takes a fraction of a share for the running session only, and never replaces one. */
const fractionFaults = ({ quantity, timeInForce }: OrderRequest): ReadonlyArray<string> =>
  isWhole(quantity) || timeInForce === "day" ? [] : ["time_in_force: an order of a fraction of a share must be day"]

/** What is wrong with a change of an order, one sentence each; `changed`: the request with the change in it. */
export const changeFaults = (changed: OrderRequest, original: OrderRequest): ReadonlyArray<string> => [
  ...requestFaults(changed),
  ...(isWhole(changed.quantity) && isWhole(original.quantity)
    ? []
    : ["qty: an order of a fraction of a share cannot be changed: cancel it, and send another one"])
]

/** What is wrong with a request, one sentence each; empty for a good one. Source: trading-reference, request rules. */
export const requestFaults = (request: OrderRequest): ReadonlyArray<string> => {
  const { type, side, limitPrice, stopPrice } = request
  const faults: Array<string> = []
  if (!symbolForm.test(request.symbol)) faults.push("symbol: use 1 to 12 capital letters, digits and points, e.g. AAPL")
  if (!nameForm.test(request.strategyId)) faults.push("strategy_id: use 1 to 64 letters, digits, '_', '.' or '-'")
  if (request.nonce !== undefined && !nameForm.test(request.nonce)) {
    faults.push("nonce: use 1 to 64 letters, digits, '_', '.' or '-'")
  }
  if (!BigDecimal.isPositive(request.quantity)) faults.push("qty: must be greater than 0")
  faults.push(...fractionFaults(request))
  for (const [name, price, wanted] of [
    ["limit_price", limitPrice, type === "limit" || type === "stop_limit"],
    ["stop_price", stopPrice, type === "stop" || type === "stop_limit"]
  ] as const) {
    if (price === undefined) {
      if (wanted) faults.push(`${name}: a ${type} order needs it`)
      continue
    }
    if (!wanted) faults.push(`${name}: a ${type} order has none`)
    else if (BigDecimal.isLessThanOrEqualTo(price, zero)) faults.push(`${name}: must be greater than 0`)
    else if (subPenny(price)) faults.push(`${name}: at most 2 decimals from 1.00 on, 4 below`)
  }
  if (type === "stop_limit" && limitPrice !== undefined && stopPrice !== undefined) {
    if (side === "buy" && BigDecimal.isLessThan(limitPrice, stopPrice)) {
      faults.push("limit_price: of a buy stop-limit order, must not be below stop_price")
    }
    if (side === "sell" && BigDecimal.isGreaterThan(limitPrice, stopPrice)) {
      faults.push("limit_price: of a sell stop-limit order, must not be above stop_price")
    }
  }
  return faults
}
