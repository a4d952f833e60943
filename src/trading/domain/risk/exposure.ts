import { BigDecimal } from "effect"
import { type Decimal, DecimalSum, zero } from "../../../kernel/decimal.ts"
import type { Side } from "../order/order-words.ts"
import type { Position } from "../position/position.ts"
import type { GateView, Proposal, QuoteView } from "./gate-view.ts"
import { type SideSum, type SymbolSums, sumsOf } from "./reservation-sums.ts"
import type { OrderKind } from "./safety.ts"

export const positionOf = (view: GateView, symbol: string): Decimal => view.positions.get(symbol)?.quantity ?? zero

/** What all working orders of one side may still add, in shares. */
const workingOf = (view: GateView, symbol: string, side: Side): Decimal =>
  sumsOf(view.reservations).get(symbol)?.[side].quantity ?? zero

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

/** Of an order without a reserved price: the side of the quote that it takes, else what the position cost. */
const takenPrice = (view: GateView, symbol: string, side: Side): Decimal | undefined => {
  const quote = view.quotes.get(symbol)
  const prices = [side === "buy" ? quote?.ask : quote?.bid, view.positions.get(symbol)?.averagePrice]
  return prices.find((price) => price !== undefined && BigDecimal.isPositive(price))
}

/** A symbol with a working order that has no value at all yet: what could arise is not known. */
export const unvaluedSymbol = (view: GateView): string | undefined => {
  for (const [symbol, sums] of sumsOf(view.reservations)) {
    for (const side of ["buy", "sell"] as const) {
      if (BigDecimal.isPositive(sums[side].unpriced) && takenPrice(view, symbol, side) === undefined) return symbol
    }
  }
  return undefined
}

const valueOf = (view: GateView, symbol: string, side: Side, sum: SideSum | undefined): Decimal => {
  if (sum === undefined) return zero
  if (BigDecimal.isZero(sum.unpriced)) return sum.value
  const price = takenPrice(view, symbol, side) ?? zero
  return BigDecimal.sum(sum.value, BigDecimal.multiply(sum.unpriced, price))
}

/** The largest long and short value that can arise, USD. */
export interface WorstNotional {
  readonly long: Decimal
  readonly short: Decimal
}

/** The largest long and short value of one symbol. */
const widest = (held: Decimal, buy: Decimal, sell: Decimal): WorstNotional => ({
  long: BigDecimal.max(BigDecimal.sum(held, buy), zero),
  short: BigDecimal.max(BigDecimal.subtract(sell, held), zero)
})

interface KnownWorst {
  readonly quote: QuoteView | undefined
  readonly sums: SymbolSums | undefined
  readonly worst: WorstNotional
}

/** By position. It holds while position, quote and sums are the same objects, which never change. */
const knownWorst = new WeakMap<Position, KnownWorst>()

const worstOf = (view: GateView, position: Position, sums: SymbolSums | undefined): WorstNotional => {
  const { symbol } = position
  const quote = view.quotes.get(symbol)
  const known = knownWorst.get(position)
  if (known !== undefined && known.quote === quote && known.sums === sums) return known.worst
  const held = BigDecimal.multiply(position.quantity, markOf(view, symbol))
  const worst = widest(held, valueOf(view, symbol, "buy", sums?.buy), valueOf(view, symbol, "sell", sums?.sell))
  knownWorst.set(position, { quote, sums, worst })
  return worst
}

/**
 * Positions, and for each symbol the working orders of the side that widens it; sides do not offset each other.
 * `extra` is the proposal, which is not among the reservations yet. Only symbols with another quote, position or
 * working order than at the last judgement are valued again.
 */
const worstNotional = (view: GateView, extra: Proposal): WorstNotional => {
  const { symbol: own, side, quantity } = extra.request
  const sums = sumsOf(view.reservations)
  const [long, short] = [new DecimalSum(), new DecimalSum()]
  const count = (worst: WorstNotional): void => {
    long.add(worst.long)
    short.add(worst.short)
  }
  for (const [symbol, position] of view.positions) {
    if (symbol !== own) count(worstOf(view, position, sums.get(symbol)))
  }
  for (const [symbol, { buy, sell }] of sums) {
    if (symbol === own || view.positions.has(symbol)) continue
    long.add(valueOf(view, symbol, "buy", buy))
    short.add(valueOf(view, symbol, "sell", sell))
  }
  const ownSums = sums.get(own)
  const value = BigDecimal.multiply(quantity, priceOf(view, extra) ?? zero)
  const withExtra = (of: Side): Decimal => {
    const working = valueOf(view, own, of, ownSums?.[of])
    return of === side ? BigDecimal.sum(working, value) : working
  }
  const held = BigDecimal.multiply(positionOf(view, own), markOf(view, own))
  count(widest(held, withExtra("buy"), withExtra("sell")))
  return { long: long.total, short: short.total }
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
