import { Effect } from "effect"
import type { VenueOrder } from "../../../domain/order/venue-order.ts"
import type { VenueError } from "../../../ports/venue.ts"
import type { AlpacaCounts } from "../counts.ts"
import { readOrder } from "../wire/order.ts"
import { readEach } from "../wire/read.ts"
import { unknown } from "./outcome.ts"
import { readable, type Send } from "./rest-client.ts"

/** What the venue gives at most. */
const pageSize = 500
/** A venue that always gives a full page would be asked for ever. */
const pagesMax = 2_000

/**
 * All orders of a query, oldest first. Pages follow by the id of the last order: a time would lose orders that share
 * it. A page that fails, or that brings nothing new, fails the whole.
 */
export const ordersOf = Effect.fnUntraced(function* (
  send: Send,
  url: string,
  query: { readonly status: "open" | "all"; readonly after?: string | undefined },
  counts: AlpacaCounts
): Effect.fn.Return<ReadonlyArray<VenueOrder>, VenueError> {
  const found = new Map<string, VenueOrder>()
  let last: string | undefined
  for (let page = 0; page < pagesMax; page++) {
    const text = yield* send({
      method: "GET",
      url,
      query: {
        status: query.status,
        limit: String(pageSize),
        direction: "asc",
        nested: "false",
        // Not together: the id says it all after the first page.
        ...(last === undefined ? { after: query.after } : { after_order_id: last })
      }
    })
    const orders = yield* readable(readEach("orders", text, readOrder), counts)
    const before = found.size
    for (const order of orders) found.set(order.snapshot.brokerOrderId, order)
    if (orders.length < pageSize) return [...found.values()]
    if (found.size < before + orders.length) {
      return yield* unknown("the venue gave an order on two pages: the list of orders is not complete")
    }
    last = orders.at(-1)?.snapshot.brokerOrderId
  }
  return yield* unknown(`the venue has more than ${pagesMax} pages of orders`)
})
