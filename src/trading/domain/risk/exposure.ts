import { BigDecimal } from "effect"
import { type Decimal, zero } from "../../../kernel/decimal.ts"
import type { Side } from "../order/order-words.ts"
import type { GateView, Proposal, QuoteView } from "./gate-view.ts"
import type { OrderKind } from "./safety.ts"

export const positionOf = (view: GateView, symbol: string): Decimal => view.positions.get(symbol)?.quantity ?? zero

/** What all working orders of one side may still add, in shares. */
const workingOf = (view: GateView, symbol: string, side: Side): Decimal =>
  BigDecimal.sumAll(
    view.reservations.filter((one) => one.symbol === symbol && one.side === side).map(({ quantity }) => quantity)
  )

/**
 * An exit brings the position nearer to 0 and never beyond it, even when every working exit fills first. Everything
 * else is an entry, also an order that would flip the position.
 */
const kindOf = (view: GateView, { request: { symbol, side, quantity } }: Proposal): OrderKind => {
  const position = positionOf(view, symbol)
  const open = side === "sell" ? position : BigDecimal.negate(position)
  const free = BigDecimal.subtract(open, workingOf(view, symbol, side))
  return BigDecimal.isPositive(open) && BigDecimal.isLessThanOrEqualTo(quantity, free) ? "exit" : "entry"
}

/** The position if every working order of one side fills, and this one, and none of the other side. */
export const worstPosition = (view: GateView, { request: { symbol, side, quantity } }: Proposal): Decimal => {
  const more = BigDecimal.sum(workingOf(view, symbol, side), quantity)
  const position = positionOf(view, symbol)
  return side === "buy" ? BigDecimal.sum(position, more) : BigDecimal.subtract(position, more)
}

const half = BigDecimal.make(5n, 1)
export const midOf = ({ bid, ask }: QuoteView): Decimal => BigDecimal.multiply(BigDecimal.sum(bid, ask), half)

/** What an order is judged at: its limit, else its stop, else the side of the quote that it takes. */
export const priceOf = (view: GateView, { request }: Proposal): Decimal | undefined => {
  const quote = view.quotes.get(request.symbol)
  return request.limitPrice ?? request.stopPrice ?? (request.side === "buy" ? quote?.ask : quote?.bid)
}

/** Value of a symbol's shares: at the middle of its quote, else at what it cost. */
const markOf = (view: GateView, symbol: string): Decimal => {
  const quote = view.quotes.get(symbol)
  return quote === undefined ? (view.positions.get(symbol)?.averagePrice ?? zero) : midOf(quote)
}

/** The largest long and short value that can arise, USD. */
export interface WorstNotional {
  readonly long: Decimal
  readonly short: Decimal
}

/**
 * Positions, and for each symbol the working orders of the side that widens it; sides do not offset each other.
 * `extra` is the proposal, which is not among the reservations yet. One pass over the orders and one over the symbols:
 * this is what a judgement costs most for.
 */
const worstNotional = (view: GateView, extra: Proposal): WorstNotional => {
  const values = new Map<string, { buy: Decimal; sell: Decimal }>()
  const add = (symbol: string, side: Side, value: Decimal): void => {
    const known = values.get(symbol) ?? { buy: zero, sell: zero }
    known[side] = BigDecimal.sum(known[side], value)
    values.set(symbol, known)
  }
  for (const { symbol, side, quantity, price } of view.reservations) {
    add(symbol, side, BigDecimal.multiply(quantity, price))
  }
  const { symbol: own, side: ownSide, quantity: wanted } = extra.request
  add(own, ownSide, BigDecimal.multiply(wanted, priceOf(view, extra) ?? zero))
  let long = zero
  let short = zero
  const count = (held: Decimal, buy: Decimal, sell: Decimal): void => {
    const up = BigDecimal.sum(held, buy)
    const down = BigDecimal.subtract(sell, held)
    if (BigDecimal.isPositive(up)) long = BigDecimal.sum(long, up)
    if (BigDecimal.isPositive(down)) short = BigDecimal.sum(short, down)
  }
  for (const [symbol, { quantity }] of view.positions) {
    const held = BigDecimal.multiply(quantity, markOf(view, symbol))
    const known = values.get(symbol)
    if (known !== undefined) {
      count(held, known.buy, known.sell)
      values.delete(symbol)
    } else if (BigDecimal.isPositive(held)) long = BigDecimal.sum(long, held)
    else short = BigDecimal.subtract(short, held)
  }
  for (const { buy, sell } of values.values()) count(zero, buy, sell)
  return { long, short }
}

/** What several checks ask of one proposal, computed once. */
export interface ProposalExposure {
  readonly kind: OrderKind
  readonly worst: WorstNotional
}

export const exposureOf = (view: GateView, proposal: Proposal): ProposalExposure => {
  let worst: WorstNotional | undefined
  return {
    kind: kindOf(view, proposal),
    get worst() {
      worst ??= worstNotional(view, proposal)
      return worst
    }
  }
}
