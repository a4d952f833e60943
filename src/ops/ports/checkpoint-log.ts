import { Context, type Effect, Schema } from "effect"
import type { CheckpointRecord } from "../domain/checkpoint/checkpoint-record.ts"

/** The log cannot be read or written. The checkpoint is pushed and reported all the same. */
export class CheckpointLogError extends Schema.TaggedError<CheckpointLogError>()("CheckpointLogError", {
  message: Schema.String
}) {}

/** The checkpoints so far. Every adapter promises: a line is appended whole or not at all, and none is rewritten. */
export class CheckpointLog extends Context.Service<
  CheckpointLog,
  {
    /** The latest records, oldest first. Lines that are not records are left out. */
    readonly latest: Effect.Effect<ReadonlyArray<CheckpointRecord>, CheckpointLogError>
    readonly append: (record: CheckpointRecord) => Effect.Effect<void, CheckpointLogError>
  }
>()("tickd/ops/CheckpointLog") {}
