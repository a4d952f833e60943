import { BigDecimal } from "effect"
import { type Decimal, decimalText, zero } from "../../../kernel/decimal.ts"
import { sha256Hex } from "../../../kernel/sha256.ts"
import type { Adjustment, Position } from "../position/position.ts"
import type { VenuePosition } from "../position/venue-account.ts"

/** A split that the venue announced. `ratio`: new shares for one old one. Identity: `id`, the venue's. */
export interface Split {
  readonly id: string
  readonly symbol: string
  readonly ratio: Decimal
  /** The first day with the new number of shares, `YYYY-MM-DD`. */
  readonly day: string
}

/** Nothing explains it: the symbol takes no entries until a person has posted an adjustment. */
export interface UnexplainedDifference {
  readonly type: "unexplained"
  readonly symbol: string
  readonly book: Decimal
  readonly venue: Decimal
  /** The venue's average price, for the adjustment of an operator. */
  readonly averagePrice: Decimal | undefined
}

/** A position that book and venue do not agree on. */
export type PositionDifference =
  /**
   * An announced split explains all of it: the adjustment says so, with its counter-entry. `otherwise`: what it is when
   * the book has this adjustment already.
   */
  | { readonly type: "explained"; readonly adjustment: Adjustment; readonly otherwise: UnexplainedDifference }
  | UnexplainedDifference
const places = 9

/**
 * Whether a split makes one number of shares the other. A fraction below the last place is rounded, one way or the
 * other, and a fraction of a share may be paid out in money.
 */
const explains = ({ ratio }: Split, own: Decimal, theirs: Decimal): boolean => {
  const exact = BigDecimal.multiply(own, ratio)
  const near = BigDecimal.round(exact, { scale: places, mode: "half-even" })
  const cut = BigDecimal.round(exact, { scale: places, mode: "to-zero" })
  return [near, cut, BigDecimal.round(near, { scale: 0, mode: "to-zero" })].some((one) =>
    BigDecimal.equals(one, theirs)
  )
}

const adjustmentId = (...parts: ReadonlyArray<string>): string => sha256Hex(parts.join("|")).slice(0, 24)

/**
 * Compares positions after the orders were reconciled. The book is never overwritten: a difference is explained by an
 * adjustment with a cause, or it stays and stops entries.
 * @param splits announced ones, also those that the book has an adjustment for
 */
export const comparePositions = (
  book: ReadonlyMap<string, Position>,
  venue: ReadonlyArray<VenuePosition>,
  splits: ReadonlyArray<Split>
): ReadonlyArray<PositionDifference> => {
  const differences: Array<PositionDifference> = []
  const held = new Map(venue.map((position) => [position.symbol, position]))
  for (const symbol of new Set([...book.keys(), ...held.keys()])) {
    const own = book.get(symbol)?.quantity ?? zero
    const theirs = held.get(symbol)?.quantity ?? zero
    if (BigDecimal.equals(own, theirs)) continue
    const split = splits.find((one) => one.symbol === symbol && explains(one, own, theirs))
    const otherwise: UnexplainedDifference = {
      type: "unexplained",
      symbol,
      book: own,
      venue: theirs,
      averagePrice: held.get(symbol)?.averagePrice
    }
    if (split === undefined) {
      differences.push(otherwise)
      continue
    }
    differences.push({
      type: "explained",
      otherwise,
      adjustment: {
        id: adjustmentId("split", split.id, symbol),
        symbol,
        quantity: BigDecimal.subtract(theirs, own),
        price: undefined,
        keepsCost: true,
        cause: "corporateAction",
        reason: `split ${decimalText(BigDecimal.round(split.ratio, { scale: places }))} for 1 on ${split.day} (${split.id})`,
        by: "reconciliation"
      }
    })
  }
  return differences
}
