import { Context, type Effect } from "effect"
import type { LiveRequest } from "../domain/live-flags.ts"
import type { StageName } from "../domain/plan.ts"
import type { RunFacts } from "../domain/run-facts.ts"
import type { NoSessionError, ProofError } from "./health.ts"

/** Waits until what one stage promises can be measured; the deadline is the caller's. */
export type Proof = (request: LiveRequest) => Effect.Effect<RunFacts, ProofError | NoSessionError>

/** The steps of a drill that a proof belongs to. */
export type DrillStage = Extract<StageName, `drill${string}`>

/** The proofs of a drill's steps, part of `Health`. The same promises hold. */
export class DrillProofs extends Context.Service<DrillProofs, Readonly<Record<DrillStage, Proof>>>()(
  "tickd/ops/DrillProofs"
) {}
