import { type Effect, Schema } from "effect"

/** The audit cannot be written. The command is then not executed, except in an emergency. */
export class AuditError extends Schema.TaggedError<AuditError>()("AuditError", {
  message: Schema.String
}) {}

/**
 * Record of commands and their senders. Every adapter promises: an entry is stored when `append` succeeds, and later
 * changes are detected.
 */
export interface AuditLog<Entry = unknown> {
  /** Adds one entry and succeeds with its hash, which covers all entries up to it. */
  readonly append: (entry: Entry) => Effect.Effect<string, AuditError>
}
