import { Context, type Effect } from "effect"
import type { IncidentFacts } from "../domain/incident/incident-facts.ts"
import type { TimeRange } from "../domain/incident/timeline.ts"

/**
 * What the system stored about a time range. Every adapter promises: nothing is changed by reading, and a source that
 * cannot be read is named in `notes` and leaves the others complete.
 */
export class IncidentRecords extends Context.Service<
  IncidentRecords,
  { readonly read: (range: TimeRange) => Effect.Effect<IncidentFacts> }
>()("tickd/ops/IncidentRecords") {}
