import { BigDecimal } from "effect"
import type { Decimal } from "../../../kernel/decimal.ts"
import { zero } from "../../../kernel/decimal.ts"
import type { Side } from "../order/order-words.ts"
import type { Reservation } from "../position/position.ts"

/** What the working orders of one side of a symbol may still add. Units: orders, shares, USD. */
export interface SideSum {
  readonly count: number
  readonly quantity: Decimal
  readonly value: Decimal
  /** Shares without a reserved price, not in `value`: orders at the market that are not ours. */
  readonly unpriced: Decimal
}

/** Immutable: another object says that an order of the symbol has changed. */
export type SymbolSums = { readonly [side in Side]: SideSum }

/** Sums of the reservations by symbol. A symbol without a working order has no entry. */
export type ReservationSums = ReadonlyMap<string, SymbolSums>

/** One order in a list of reservations and in the one that follows from it. `undefined`: not in that list. */
export interface ReservationChange {
  readonly before: Reservation | undefined
  readonly after: Reservation | undefined
}

const none: SideSum = { count: 0, quantity: zero, value: zero, unpriced: zero }
const noOrders: SymbolSums = { buy: none, sell: none }

const add = (sums: Map<string, SymbolSums>, { symbol, side, quantity, price }: Reservation, sign: 1 | -1): void => {
  const known = sums.get(symbol) ?? noOrders
  const combine = sign === 1 ? BigDecimal.sum : BigDecimal.subtract
  const one = known[side]
  const count = one.count + sign
  const changed: SideSum =
    count === 0
      ? none
      : {
          count,
          quantity: combine(one.quantity, quantity),
          value: combine(one.value, BigDecimal.multiply(quantity, price)),
          unpriced: BigDecimal.isPositive(price) ? one.unpriced : combine(one.unpriced, quantity)
        }
  const next = side === "buy" ? { buy: changed, sell: known.sell } : { buy: known.buy, sell: changed }
  if (next.buy.count === 0 && next.sell.count === 0) sums.delete(symbol)
  else sums.set(symbol, next)
}

/** The sums of a list that is known by nothing but its orders. */
export const plainSums = (reservations: Iterable<Reservation>): ReservationSums => {
  const sums = new Map<string, SymbolSums>()
  for (const one of reservations) add(sums, one, 1)
  return sums
}

/** By list: a list is never changed, so that its sums hold as long as it exists. */
const known = new WeakMap<ReadonlyArray<Reservation>, ReservationSums>()

/** The sums of a list, computed once. */
export const sumsOf = (reservations: ReadonlyArray<Reservation>): ReservationSums => {
  const found = known.get(reservations)
  if (found !== undefined) return found
  const sums = plainSums(reservations)
  known.set(reservations, sums)
  return sums
}

/**
 * `next`, whose sums now follow from those of `list`. Exact, so that no order of additions and removals makes a
 * difference. Sums that nothing has read are left to be computed when they are.
 */
export const afterChanges = (
  list: ReadonlyArray<Reservation>,
  next: ReadonlyArray<Reservation>,
  changes: Iterable<ReservationChange>
): ReadonlyArray<Reservation> => {
  const before = known.get(list)
  if (before === undefined) return next
  const sums = new Map(before)
  for (const change of changes) {
    if (change.before !== undefined) add(sums, change.before, -1)
    if (change.after !== undefined) add(sums, change.after, 1)
  }
  known.set(next, sums)
  return next
}

/** The list with one order more. */
export const withReservation = (
  list: ReadonlyArray<Reservation>,
  reservation: Reservation
): ReadonlyArray<Reservation> => afterChanges(list, [...list, reservation], [{ before: undefined, after: reservation }])
