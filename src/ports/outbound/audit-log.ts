import { Schema } from "effect"

/** The audit cannot be written, so what it would have told is not done. */
export class AuditError extends Schema.TaggedError<AuditError>()("AuditError", {
  message: Schema.String
}) {}

/** Where it is kept who ordered what. Every adapter promises: what `append` returned from is stored, and nothing of it changes later. */
export interface AuditLog {
  /** Adds one line. Throws `AuditError`. */
  readonly append: (line: string) => void
}
