import { Context, type Effect } from "effect"
import type { Split } from "../domain/reconcile/compare-positions.ts"
import type { VenueError } from "./venue.ts"

/** What companies did to their shares. Every adapter promises: an answer that cannot be read is a failure. */
export class CorporateActions extends Context.Service<
  CorporateActions,
  {
    /** Splits whose first day is in the range (inclusive, `YYYY-MM-DD`). */
    readonly splits: (from: string, to: string) => Effect.Effect<ReadonlyArray<Split>, VenueError>
  }
>()("tickd/trading/CorporateActions") {}
