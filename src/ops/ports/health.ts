import { Context, type Effect, Schema } from "effect"
import { type RunbookExitName, runbookExits } from "../domain/exit-codes.ts"
import type { LiveRequest } from "../domain/live-flags.ts"
import type { StageName } from "../domain/plan.ts"
import type { RunFacts } from "../domain/run-facts.ts"

const exitNames = Object.keys(runbookExits) as ReadonlyArray<RunbookExitName>

/**
 * The proof of a stage does not hold. `message`: one sentence with the fix. `isFinal`: only an operator changes that,
 * and another attempt would find the same.
 */
export class ProofError extends Schema.TaggedError<ProofError>()("ProofError", {
  exit: Schema.Literals(exitNames),
  message: Schema.String,
  isFinal: Schema.optionalKey(Schema.Boolean)
}) {}

/** The calendar has no trading session for the window today. */
export class NoSessionError extends Schema.TaggedError<NoSessionError>()("NoSessionError", {
  message: Schema.String
}) {}

/**
 * Proves a stage by what is measured from outside, never by the answer of what it started. Every adapter promises: it
 * changes nothing, and waits until the proof holds; the deadline is the caller's. `beganMs`: when the attempt began, if
 * something was carried out before the proof; the proof then gives its reason before the deadline of that attempt.
 */
export class Health extends Context.Service<
  Health,
  {
    readonly prove: (
      stage: StageName,
      request: LiveRequest,
      beganMs?: number
    ) => Effect.Effect<RunFacts, ProofError | NoSessionError>
  }
>()("tickd/ops/Health") {}
