import { Context, type Effect, Schema } from "effect"
import type { LiveRequest } from "../domain/live-flags.ts"
import type { StageName } from "../domain/plan.ts"
import type { Feed } from "../domain/runbook-words.ts"

/** What runs on this machine. A program's text identifies its instance; undefined: it does not run. */
export interface RunningState {
  readonly nats: string | undefined
  readonly tickd: string | undefined
  readonly monitoring: string | undefined
  readonly console: string | undefined
  /** Undefined while tickd does not run. */
  readonly activeFeed: Feed | undefined
}

/** A program could not be started, stopped, switched or read. `message`: one sentence with the fix. */
export class RuntimeError extends Schema.TaggedError<RuntimeError>()("RuntimeError", { message: Schema.String }) {}

/**
 * Starts, stops and switches the programs of this machine. Every adapter promises: `carryOut` is safe to repeat and
 * changes nothing that is as wanted; when it is interrupted or fails, `restore` leads back to any observed state.
 */
export class Runtime extends Context.Service<
  Runtime,
  {
    /** Ends what a killed run has left beside its programs. Succeeds with a sentence for each thing that was found. */
    readonly settle: Effect.Effect<ReadonlyArray<string>>
    /** What a killed run has left is ended: a rollback leads back to what runs now. */
    readonly begin: Effect.Effect<void, RuntimeError>
    readonly observe: Effect.Effect<RunningState, RuntimeError>
    /** False: the stage had nothing to change. `debug`: log every step. */
    readonly carryOut: (stage: StageName, request: LiveRequest, debug: boolean) => Effect.Effect<boolean, RuntimeError>
    /** This run has asked the tickd that it found to end, and it has ended with 0. */
    readonly hasDrained: Effect.Effect<boolean>
    readonly restore: (state: RunningState) => Effect.Effect<void, RuntimeError>
  }
>()("tickd/ops/Runtime") {}
