import { Context, type Effect } from "effect"
import type { Order } from "../domain/order/order.ts"
import type { OrderChange } from "../domain/order/venue-order.ts"
import type { RecordedFact } from "./order-store.ts"

/** How far an order had come when its actor starts; the words of the order machine. */
export type Resume = "new" | "unsure" | "working"

/**
 * `taken`: the actor has the request, and it survives the program. `ended`: the order has no actor. `busy`: the same
 * request is under way. `notStored`: the book did not take it, and nothing was sent.
 */
export type Asked = "taken" | "ended" | "busy" | "notStored"

/**
 * One actor for each working order: it asks the venue, and books what comes. It promises: facts of one order are
 * booked one after the other; a request to an order without an actor is refused, never lost without a word.
 */
export class OrderActors extends Context.Service<
  OrderActors,
  {
    /** An order that has an actor keeps it. */
    readonly start: (order: Order, resume: Resume) => Effect.Effect<void>
    /** An answer for each. A cancel leaves even when the book does not take it: then it is lost with the program. */
    readonly cancelAll: (clientOrderIds: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<Asked>>
    /** From memory, as it was booked last: known also while the book does not answer. `undefined`: it does not work. */
    readonly working: (clientOrderId: string) => Order | undefined
    /** All of them. */
    readonly allWorking: () => ReadonlyArray<Order>
    readonly replace: (clientOrderId: string, change: OrderChange) => Effect.Effect<Asked>
    /**
     * Books facts from a stream, a webhook or a reconciliation, and reports them to the order's actor. It returns when
     * they are stored. `venueEvent`: the venue's word for what happened. False: no such order.
     */
    readonly book: (
      clientOrderId: string,
      facts: ReadonlyArray<RecordedFact>,
      venueEvent?: string
    ) => Effect.Effect<boolean>
    /** The order to which the client id of a replacement belongs. */
    readonly replacementOf: (clientOrderId: string) => string | undefined
  }
>()("tickd/trading/OrderActors") {}
