import { Context, type Effect } from "effect"
import type { Order } from "../domain/order/order.ts"
import type { OrderChange } from "../domain/order/venue-order.ts"
import type { RecordedFact } from "./order-store.ts"

/** How far an order had come when its actor starts; the words of the order machine. */
export type Resume = "new" | "unsure" | "working"

/**
 * One actor for each working order: it asks the venue, and books what comes. It promises: facts of one order are
 * booked one after the other; a request to an order without an actor is refused, never lost without a word.
 */
export class OrderActors extends Context.Service<
  OrderActors,
  {
    readonly start: (order: Order, resume: Resume) => Effect.Effect<void>
    /** False: the order has no actor, because it has ended. */
    readonly cancel: (clientOrderId: string) => Effect.Effect<boolean>
    readonly replace: (clientOrderId: string, change: OrderChange) => Effect.Effect<boolean>
    /** Books facts from a stream, a webhook or a reconciliation, and lets the order's actor know. False: none such. */
    readonly book: (clientOrderId: string, facts: ReadonlyArray<RecordedFact>) => Effect.Effect<boolean>
  }
>()("tickd/trading/OrderActors") {}
