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

/** A position that book and venue do not agree on. */
export type PositionDifference =
  /** An announced split explains all of it: the adjustment says so, with its counter-entry. */
  | { readonly type: "explained"; readonly adjustment: Adjustment }
  /** Nothing explains it: the symbol takes no entries until a person has posted an adjustment. */
  | {
      readonly type: "unexplained"
      readonly symbol: string
      readonly book: Decimal
      readonly venue: Decimal
      /** The venue's average price, for the adjustment of an operator. */
      readonly averagePrice: Decimal | undefined
    }

const adjustmentId = (...parts: ReadonlyArray<string>): string => sha256Hex(parts.join("|")).slice(0, 24)

/**
 * Compares positions after the orders were reconciled. The book is never overwritten: a difference is explained by an
 * adjustment with a cause, or it stays and stops entries.
 * @param splits announced ones that the book has no adjustment for yet
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
    const split = splits.find(
      (one) => one.symbol === symbol && BigDecimal.equals(BigDecimal.multiply(own, one.ratio), theirs)
    )
    if (split === undefined) {
      differences.push({
        type: "unexplained",
        symbol,
        book: own,
        venue: theirs,
        averagePrice: held.get(symbol)?.averagePrice
      })
      continue
    }
    differences.push({
      type: "explained",
      adjustment: {
        id: adjustmentId("split", split.id, symbol),
        symbol,
        quantity: BigDecimal.subtract(theirs, own),
        price: undefined,
        keepsCost: true,
        cause: "corporateAction",
        reason: `split ${decimalText(split.ratio)} for 1 on ${split.day} (${split.id})`,
        by: "reconciliation"
      }
    })
  }
  return differences
}
