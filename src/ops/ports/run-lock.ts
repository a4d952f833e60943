import { Context, type Effect, Schema } from "effect"

/** Another run holds the lock, or it cannot be taken. `message` names the holder and since when. */
export class RunLockError extends Schema.TaggedError<RunLockError>()("RunLockError", { message: Schema.String }) {}

/**
 * One run changes a machine at a time. Every adapter promises: an interrupted `take` holds nothing, and `release` frees
 * only a lock that this run holds.
 */
export class RunLock extends Context.Service<
  RunLock,
  {
    readonly take: Effect.Effect<void, RunLockError>
    readonly release: Effect.Effect<void>
  }
>()("tickd/ops/RunLock") {}
