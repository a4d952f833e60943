import { Context, type Effect, Schema } from "effect"
import type { RunbookCommand, Window } from "../domain/runbook-words.ts"

/** One run in the audit. `atMs`: epoch milliseconds at its end. */
export interface AuditEntry {
  readonly atMs: number
  readonly action: RunbookCommand
  readonly window: Window
  readonly profile: string
  readonly exitCode: number
}

export class AuditLineError extends Schema.TaggedError<AuditLineError>()("AuditLineError", {
  message: Schema.String
}) {}

/** The audit of runs. Every adapter promises: a line is appended whole or not at all. */
export class AuditLine extends Context.Service<
  AuditLine,
  { readonly append: (entry: AuditEntry) => Effect.Effect<void, AuditLineError> }
>()("tickd/ops/AuditLine") {}
