import { Context, type Effect, Schema } from "effect"
import type { RunbookAction, Window } from "../domain/runbook-words.ts"

/** One run in the audit. `atMs`: epoch milliseconds at its end. */
export interface AuditEntry {
  readonly atMs: number
  readonly action: RunbookAction
  readonly window: Window
  readonly profile: string
  readonly exitCode: number
}

export class AuditLineError extends Schema.TaggedError<AuditLineError>()("AuditLineError", {
  message: Schema.String
}) {}

/**
 * The audit of runs. Every adapter promises: a line is appended whole or not at all; a line that cannot be written
 * now is kept and appended by the next run, once.
 */
export class AuditLine extends Context.Service<
  AuditLine,
  {
    /** Succeeds with undefined, or with the sentence that says where the line is kept until the next run. */
    readonly append: (entry: AuditEntry) => Effect.Effect<string | undefined, AuditLineError>
    /** The line of a run that died: appended unless the audit has it already. */
    readonly complete: (entry: AuditEntry) => Effect.Effect<string | undefined, AuditLineError>
  }
>()("tickd/ops/AuditLine") {}
