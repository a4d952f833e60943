import { Schema } from "effect"
import { commandFields } from "../control/command.ts"
import { performedFields } from "../control/operations.ts"
import { BrokerOrderId, Operator, Reason, SymbolField, TimeText } from "./fields.ts"

const said = { ...commandFields, operator: Operator, reason: Reason }

/** One run. `differences`: number of each type that was found, before they were applied. Quantities in shares. */
export const ReconciliationReportMessage = Schema.Struct({
  trigger: Schema.String,
  started_at: TimeText,
  ended_at: TimeText,
  differences: Schema.Record(Schema.String, Schema.Int),
  adjustments: Schema.Int,
  unexplained: Schema.Array(Schema.Struct({ symbol: Schema.String, book: Schema.String, venue: Schema.String })),
  orphans: Schema.Int
})
export type ReconciliationReportMessage = typeof ReconciliationReportMessage.Type

/**
 * The first six names are the reference's. `gate`: `closed`, then `reducing` (exits pass), then `open`. `quarantine`:
 * symbols that take no entries, and why.
 */
export const ReconciliationStatusReply = Schema.Struct({
  startup_complete: Schema.Boolean,
  dry_run: Schema.Boolean,
  startup_elapsed_seconds: Schema.Int,
  startup_timed_out: Schema.Boolean,
  override_active: Schema.Boolean,
  override_context: Schema.NullOr(Schema.Struct({ user_id: Schema.String, reason: Schema.String, at: TimeText })),
  gate: Schema.Literals(["closed", "reducing", "open"]),
  quarantine: Schema.Array(Schema.Struct({ symbol: Schema.String, reason: Schema.String })),
  last: Schema.NullOr(ReconciliationReportMessage),
  instance: Schema.String
})
export type ReconciliationStatusReply = typeof ReconciliationStatusReply.Type

/** `skipped`: a dry run has nothing at the venue to compare. */
export const ReconciliationRunReply = Schema.Struct({
  ...performedFields,
  status: Schema.Literals(["completed", "skipped"]),
  report: Schema.NullOr(ReconciliationReportMessage)
})
export type ReconciliationRunReply = typeof ReconciliationRunReply.Type

export const ForceCompleteRequest = Schema.Struct(said)
export const ForceCompleteReply = Schema.Struct({
  ...performedFields,
  status: Schema.Literal("override_enabled"),
  user_id: Schema.String,
  reason: Schema.String
})

/** Explains a difference that the last run found: the adjustment takes the venue's quantity. */
export const AcceptPositionRequest = Schema.Struct({ ...said, symbol: SymbolField })

/** Orders at the venue that no intent of ours explains. Entries of the symbol are stopped until a release. */
export const OrphansReply = Schema.Struct({
  orphans: Schema.Array(
    Schema.Struct({
      broker_order_id: Schema.String,
      client_order_id: Schema.String,
      symbol: Schema.String,
      side: Schema.String,
      status: Schema.String,
      qty: Schema.NullOr(Schema.String),
      filled_qty: Schema.String,
      found_at: TimeText,
      released_by: Schema.NullOr(Schema.String)
    })
  ),
  instance: Schema.String
})
export type OrphansReply = typeof OrphansReply.Type
export const OrphanReleaseRequest = Schema.Struct({ ...said, broker_order_id: BrokerOrderId })
