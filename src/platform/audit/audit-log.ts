import { Schema } from "effect"

/** The audit cannot be written. What it would have told is not done, unless it is an emergency. */
export class AuditError extends Schema.TaggedError<AuditError>()("AuditError", {
  message: Schema.String
}) {}

/** Where it is kept who requested what. Every adapter promises: what `append` returned from is stored, and nothing of it changes later unnoticed. */
export interface AuditLog<Entry = unknown> {
  /** Adds one entry and returns its hash, which stands for all entries up to it. Throws `AuditError`. */
  readonly append: (entry: Entry) => string
}
