import type { Decimal } from "../../../kernel/decimal.ts"

/**
 * What one symbol holds by the book: Σ signed fills + Σ adjustments. `quantity` below 0 is short.
 * Units: shares, USD. `averagePrice` is 0 when flat.
 */
export interface Position {
  readonly symbol: string
  readonly quantity: Decimal
  readonly averagePrice: Decimal
  readonly realized: Decimal
}

/** Why a position changed without an execution of an order of ours. Each has its counter-entry; none is overwritten. */
export const adjustmentCauses = ["opening", "corporateAction", "externalOrder", "venueDifference", "overfill"] as const
export type AdjustmentCause = (typeof adjustmentCauses)[number]

/** Identity: `id`, a function of the venue's data alone, so that a second reconciliation adds nothing. */
export interface Adjustment {
  readonly id: string
  readonly symbol: string
  /** Signed change in shares. */
  readonly quantity: Decimal
  readonly price: Decimal | undefined
  /** A split: other shares for the same money. */
  readonly keepsCost: boolean
  readonly cause: AdjustmentCause
  readonly reason: string
  readonly by: string
}

/** What a working order may still take up. Stored with its intent, released by its last fact. */
export interface Reservation {
  readonly clientOrderId: string
  readonly symbol: string
  readonly side: "buy" | "sell"
  readonly quantity: Decimal
  /** Price at which the gate judged the order, USD. */
  readonly price: Decimal
  /** An exit: it can only bring the position nearer to 0. */
  readonly reduceOnly: boolean
}
