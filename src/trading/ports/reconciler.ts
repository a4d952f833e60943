import { Context, type Effect, Schema } from "effect"
import type { VenueOrder } from "../domain/order/venue-order.ts"
import type { ReconciliationView } from "../domain/risk/safety.ts"

/** Nothing was reconciled. The gate keeps its state. */
export class ReconciliationError extends Schema.TaggedError<ReconciliationError>()("ReconciliationError", {
  message: Schema.String
}) {}

/** What started a run. */
export const triggers = [
  "start",
  "reconnect",
  "interval",
  "silentOrder",
  "refusedClose",
  "endOfDay",
  "operator"
] as const
export type Trigger = (typeof triggers)[number]

/** One run, as it is kept in the journal `reconciliations`. Times are epoch milliseconds. */
export interface ReconciliationReport {
  readonly trigger: Trigger
  readonly startedAtMs: number
  readonly endedAtMs: number
  /** Number of differences of each type that were found, before they were applied. */
  readonly differences: Readonly<Record<string, number>>
  readonly adjustments: number
  readonly unexplained: ReadonlyArray<{ readonly symbol: string; readonly book: string; readonly venue: string }>
  readonly orphans: number
}

export interface ReconciliationStatus {
  readonly state: ReconciliationView
  readonly startupComplete: boolean
  readonly startedAtMs: number
  readonly timedOut: boolean
  readonly override: { readonly by: string; readonly reason: string; readonly atMs: number } | undefined
  /** A difference that an operator has explained since is not in it. */
  readonly last: ReconciliationReport | undefined
}

export class Reconciler extends Context.Service<
  Reconciler,
  {
    readonly status: Effect.Effect<ReconciliationStatus>
    /** Why symbols take no entries, by symbol. From memory: the gate asks for each order. */
    readonly quarantine: () => ReadonlyMap<string, string>
    readonly view: () => ReconciliationView
    /** An order that is not ours and is not stored yet: from now on its symbol takes no entries. */
    readonly suspect: (order: VenueOrder) => void
    /** Reads the orphans of the store again: their symbols take no entries from now on. */
    readonly refreshQuarantine: Effect.Effect<void, ReconciliationError>
    /**
     * One run at a time; a second request gets the report of the one that runs. After `reconnect` the venue may have
     * more than the one that runs has seen: it gets the report of one that begins after the request.
     */
    readonly run: (trigger: Trigger) => Effect.Effect<ReconciliationReport, ReconciliationError>
    /** Opens the gate without agreement. Needs an earlier attempt and a reason. */
    readonly forceComplete: (by: string, reason: string) => Effect.Effect<void, ReconciliationError>
    /**
     * An operator explains a difference that the last run found: the adjustment takes the venue's quantity, with
     * cause, reason and name. The way to begin with an account that holds positions already.
     */
    readonly acceptPosition: (symbol: string, by: string, reason: string) => Effect.Effect<void, ReconciliationError>
    readonly releaseOrphan: (
      brokerOrderId: string,
      by: string,
      reason: string
    ) => Effect.Effect<void, ReconciliationError>
  }
>()("tickd/trading/Reconciler") {}
