import { BigDecimal } from "effect"
import { type Decimal, zero } from "../../../kernel/decimal.ts"
import type { Side } from "../order/order-words.ts"
import type { GateView, Proposal, QuoteView } from "./gate-view.ts"
import type { OrderKind } from "./safety.ts"

export const positionOf = (view: GateView, symbol: string): Decimal => view.positions.get(symbol)?.quantity ?? zero

/** What all working orders of one side may still add, in shares. */
export const workingOf = (view: GateView, symbol: string, side: Side): Decimal =>
  BigDecimal.sumAll(
    view.reservations.filter((one) => one.symbol === symbol && one.side === side).map(({ quantity }) => quantity)
  )

/**
 * An exit brings the position nearer to 0 and never beyond it, even when every working exit fills first. Everything
 * else is an entry, also an order that would flip the position.
 */
export const kindOf = (view: GateView, { request: { symbol, side, quantity } }: Proposal): OrderKind => {
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

export const midOf = ({ bid, ask }: QuoteView): Decimal =>
  BigDecimal.multiply(BigDecimal.sum(bid, ask), BigDecimal.make(5n, 1))

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

/**
 * The largest long and short value that can arise: positions, and the working orders of the side that widens them.
 * `extra` is the proposal, which is not among the reservations yet.
 */
export const worstNotional = (view: GateView, extra: Proposal): { readonly long: Decimal; readonly short: Decimal } => {
  const symbols = new Set([
    ...view.positions.keys(),
    ...view.reservations.map(({ symbol }) => symbol),
    extra.request.symbol
  ])
  let long = zero
  let short = zero
  for (const symbol of symbols) {
    const orders = view.reservations.filter((one) => one.symbol === symbol)
    const own = { side: extra.request.side, quantity: extra.request.quantity, price: priceOf(view, extra) ?? zero }
    const all = symbol === extra.request.symbol ? [...orders, own] : orders
    for (const side of ["buy", "sell"] as const) {
      const held = positionOf(view, symbol)
      const open = side === "buy" ? held : BigDecimal.negate(held)
      let value = BigDecimal.multiply(open, markOf(view, symbol))
      for (const order of all) {
        if (order.side === side) value = BigDecimal.sum(value, BigDecimal.multiply(order.quantity, order.price))
      }
      if (!BigDecimal.isPositive(value)) continue
      if (side === "buy") long = BigDecimal.sum(long, value)
      else short = BigDecimal.sum(short, value)
    }
  }
  return { long, short }
}
