import type { Decimal } from "../../../kernel/decimal.ts"

/** A position as the venue reports it. `quantity` is signed: a short position is below 0. USD. */
export interface VenuePosition {
  readonly symbol: string
  readonly quantity: Decimal
  readonly averagePrice: Decimal
  readonly marketPrice: Decimal | undefined
}

/** The account as the venue reports it. USD. `equityAtClose`: equity at the end of the last trading day. */
export interface VenueAccount {
  readonly equity: Decimal
  readonly equityAtClose: Decimal
  readonly cash: Decimal
  readonly buyingPower: Decimal
  readonly shortingEnabled: boolean
  /** Why the account may not trade; empty when it may. */
  readonly blocks: ReadonlyArray<string>
}
