import { Effect, Option } from "effect"
import type { InstantNs } from "../../../kernel/time/utc-instant.ts"
import type { Order } from "../../domain/order/order.ts"
import type { VenueOrder } from "../../domain/order/venue-order.ts"
import type { BookedOrders, VenueOrders } from "../../domain/reconcile/compare-orders.ts"
import { OrderStore } from "../../ports/order-store.ts"
import { type FillPage, Venue, VenueError, VenueOutcomeUnknown } from "../../ports/venue.ts"

/** Pages of the fill ledger that one run reads at most: 100,000 fills. An endless cursor is the venue's fault. */
const fillPagesMax = 1000
/** For so long an order that counts as lost is looked up again: it may have been slow only. */
const lostForNs = 86_400_000_000_000n
/** Lookups of single orders at a time. */
const lookupsAtOnce = 4

/**
 * Everything that the venue says, and what the book has of it. The book is read first: what changes in between was
 * booked by another way, and the reducer makes it the same.
 * @param mark by the venue's clock, as its lists are filtered. `undefined`: there was no complete run before; then it
 * begins at our oldest working order
 * @param overlapNs how far before the mark is read again
 * Errors: one page or lookup that fails fails all of it. A part is never compared as the whole.
 */
export const collect = Effect.fnUntraced(function* (
  mark: InstantNs | undefined,
  now: { readonly host: InstantNs; readonly venue: InstantNs },
  overlapNs: bigint
) {
  const [store, venue] = [yield* OrderStore, yield* Venue]
  const orders = new Map<string, Order>()
  const clientIds = new Map<string, string>()
  const know = (order: Order): void => {
    orders.set(order.clientOrderId, order)
    for (const id of order.legs.keys()) clientIds.set(id, order.clientOrderId)
  }
  for (const order of [...(yield* store.workingOrders), ...(yield* store.lostSince(now.host - lostForNs))]) know(order)
  const working = [...orders.values()]
  const oldest = working.reduce((found, { createdAt }) => (createdAt < found ? createdAt : found), now.host)
  const since = mark ?? oldest + (now.venue - now.host)

  const listed = [...(yield* venue.openOrders), ...(yield* venue.ordersSince(since - overlapNs))]
  const fills: Array<FillPage["fills"][number]> = []
  let cursor: string | undefined
  for (let page = 0; ; page++) {
    if (page === fillPagesMax) {
      const cause = `the venue has more than ${fillPagesMax} pages of fills: its cursor may not end`
      return yield* new VenueError({ reason: new VenueOutcomeUnknown({ cause }) })
    }
    const next: FillPage = yield* venue.fills(since - overlapNs, cursor)
    fills.push(...next.fills)
    if (next.cursor === undefined) break
    cursor = next.cursor
  }
  for (const { clientOrderId, snapshot } of listed) {
    const ids = [snapshot.brokerOrderId, snapshot.replaces].filter((id) => id !== undefined)
    if (orders.has(clientOrderId) || ids.some((id) => clientIds.has(id))) continue
    const found = yield* Effect.all([store.orderOf(clientOrderId), ...ids.map((id) => store.orderOfBrokerId(id))])
    for (const order of found) if (Option.isSome(order)) know(order.value)
  }
  for (const { fact } of fills) {
    if (clientIds.has(fact.brokerOrderId)) continue
    const found = yield* store.orderOfBrokerId(fact.brokerOrderId)
    if (Option.isSome(found)) know(found.value)
  }
  const seen = new Set(listed.map(({ snapshot }) => snapshot.brokerOrderId))
  const unseen = working.filter(({ brokerOrderId }) => brokerOrderId === undefined || !seen.has(brokerOrderId))
  const lookedUp = new Map<string, VenueOrder | undefined>(
    yield* Effect.forEach(
      unseen,
      ({ clientOrderId, brokerOrderId }) =>
        Effect.map(
          brokerOrderId === undefined ? venue.orderByClientId(clientOrderId) : venue.orderById(brokerOrderId),
          (found) => [clientOrderId, Option.getOrUndefined(found)] as const
        ),
      { concurrency: lookupsAtOnce }
    )
  )
  return {
    book: { orders, clientIds } satisfies BookedOrders,
    venue: { listed, lookedUp, fills } satisfies VenueOrders
  }
})
