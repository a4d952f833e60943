import type { Decimal } from "../../../kernel/decimal.ts"
import type { SnapshotFact } from "./order-fact.ts"
import type { OrderType, Side, TimeInForce } from "./order-words.ts"

/** An order as the venue lists it, also one that tickd did not send. `raw`: the venue's text, kept as it came. */
export interface VenueOrder {
  readonly clientOrderId: string
  readonly symbol: string
  readonly side: Side
  /** `undefined`: a type or time in force that tickd does not send. */
  readonly type: OrderType | undefined
  readonly timeInForce: TimeInForce | undefined
  readonly snapshot: SnapshotFact
  readonly raw: string
}

/** What may change in a working order. At least one field. */
export interface OrderChange {
  readonly quantity?: Decimal | undefined
  readonly limitPrice?: Decimal | undefined
  readonly stopPrice?: Decimal | undefined
  readonly timeInForce?: TimeInForce | undefined
}
