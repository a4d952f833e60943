import { Context, type Effect } from "effect"
import type { VenueOrder } from "../domain/order/venue-order.ts"
import type { RecordedFact } from "./order-store.ts"

/** Takes an order of the venue that no intent explains. It promises: entries of its symbol
 * stop at once, and it returns when the orphan is stored, or can never be. */
export class OrphanIntake extends Context.Service<
  OrphanIntake,
  {
    /** `facts`: everything that came of it, its executions among them. */
    readonly found: (order: VenueOrder, facts: ReadonlyArray<RecordedFact>) => Effect.Effect<void>
  }
>()("tickd/trading/OrphanIntake") {}
