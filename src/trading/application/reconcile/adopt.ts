import { Effect } from "effect"
import type { InstantNs } from "../../../kernel/time/utc-instant.ts"
import type { VenueOrder } from "../../domain/order/venue-order.ts"
import { OrderActors } from "../../ports/order-actors.ts"
import { OrderStore, type RecordedFact } from "../../ports/order-store.ts"
import { TradeEvents } from "../../ports/trade-events.ts"

/**
 * Books an order of the venue that no intent explains, with everything that came of it, and reports it once. One that
 * works has its actor from then on.
 */
export const adopt = Effect.fnUntraced(function* (
  order: VenueOrder,
  facts: ReadonlyArray<RecordedFact>,
  at: InstantNs
) {
  const [actors, store, events] = [yield* OrderActors, yield* OrderStore, yield* TradeEvents]
  const { brokerOrderId } = order.snapshot
  const isNew = yield* store.recordOrphan(order, at)
  if (isNew) events.publish({ type: "orphanFound", brokerOrderId, symbol: order.symbol })
  yield* actors.book(order.clientOrderId, facts)
})
