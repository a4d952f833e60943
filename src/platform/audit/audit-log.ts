import { Schema } from "effect"

/** The audit cannot be written. The command is then not executed, except in an emergency. */
export class AuditError extends Schema.TaggedError<AuditError>()("AuditError", {
  message: Schema.String
}) {}

/**
 * Record of commands and their senders. Every adapter promises: an entry is stored when `append` returns, and later
 * changes are detected.
 */
export interface AuditLog<Entry = unknown> {
  /** Adds one entry and returns its hash, which covers all entries up to it. Throws `AuditError`. */
  readonly append: (entry: Entry) => string
}
