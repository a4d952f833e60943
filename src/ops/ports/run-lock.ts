import { Context, type Effect, Schema } from "effect"

/**
 * The lock was not taken. `held`: another run has it, and `message` names who and since when; otherwise it cannot be
 * taken on this machine, and `message` names the fix.
 */
export class RunLockError extends Schema.TaggedError<RunLockError>()("RunLockError", {
  held: Schema.Boolean,
  message: Schema.String
}) {}

/**
 * One run changes a machine at a time. Every adapter promises: an interrupted `take` holds nothing, and `release` frees
 * only a lock that this run holds. The lock of a run that is dead in any way is free.
 */
export class RunLock extends Context.Service<
  RunLock,
  {
    readonly take: Effect.Effect<void, RunLockError>
    readonly release: Effect.Effect<void>
  }
>()("tickd/ops/RunLock") {}
