import { Schema } from "effect"
import type { ExecutionFact } from "../../../domain/order/order-fact.ts"
import { FillPrice, FillQuantity, Instant, Name, Unreadable } from "./fields.ts"
import { readerOf } from "./read.ts"

const WireFill = Schema.Struct({
  id: Name,
  activity_type: Schema.Literal("FILL"),
  transaction_time: Instant,
  price: FillPrice,
  qty: FillQuantity,
  order_id: Name,
  symbol: Name
})
const readWireFill = readerOf("fill", WireFill)

export interface FillRow {
  /** What the next page is asked with. */
  readonly id: string
  readonly fact: ExecutionFact
  readonly symbol: string
  readonly raw: string
}

/**
 * A row of the fill ledger. Its id is `<time in New York>::<uuid>`; the uuid is taken as the execution id of the
 * stream, so that a fill that both report is one.
 */
export const readFill = (text: string): FillRow | Unreadable => {
  const wire = readWireFill(text)
  if (wire instanceof Unreadable) return wire
  const executionId = wire.id.split("::")[1]
  if (executionId === undefined || executionId === "") {
    return new Unreadable(`fill: the id '${wire.id}' names no execution`)
  }
  return {
    id: wire.id,
    fact: {
      type: "execution",
      source: "rest",
      brokerOrderId: wire.order_id,
      executionId,
      quantity: wire.qty,
      price: wire.price,
      at: wire.transaction_time
    },
    symbol: wire.symbol,
    raw: text
  }
}
