import { Context, type Effect, Schema } from "effect"
import type { LiveRequest } from "../domain/live-flags.ts"
import type { StageName } from "../domain/plan.ts"
import type { RunningState } from "./runtime.ts"

/** What is known of a run while it runs, so that the next one can end what a kill has left. Epoch milliseconds. */
export interface JournalNote {
  readonly id: string
  readonly request: LiveRequest
  readonly beganMs: number
  /** What ran before the first change; undefined: it was not read yet, so that nothing was changed. */
  readonly before: RunningState | undefined
  /** The stage that was begun last. */
  readonly stage: StageName | undefined
  /** A stage that may change something was begun. */
  readonly touched: boolean
  /** Every stage is proved, or what ran before is restored, or a person was called: nothing is left to undo. */
  readonly settled: boolean
  /** The audit line that is about to be written. */
  readonly record: { readonly atMs: number; readonly exitCode: number } | undefined
}

/** A note as it is found. `who`: user and host of the run; `pid`: its process. */
export interface FoundRun extends JournalNote {
  readonly who: string
  readonly pid: number
}

export class RunJournalError extends Schema.TaggedError<RunJournalError>()("RunJournalError", {
  message: Schema.String
}) {}

/**
 * The journal of the one run that holds the lock. Every adapter promises: a note replaces the one before it as a whole,
 * and survives the death of this process in any way.
 */
export class RunJournal extends Context.Service<
  RunJournal,
  {
    /** Undefined: the last run has ended by itself. A journal that cannot be read is set aside, and fails once. */
    readonly find: Effect.Effect<FoundRun | undefined, RunJournalError>
    readonly note: (note: JournalNote) => Effect.Effect<void, RunJournalError>
    readonly clear: Effect.Effect<void, RunJournalError>
  }
>()("tickd/ops/RunJournal") {}
