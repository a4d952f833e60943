import { Context, type Effect, Schema } from "effect"
import type { LiveRequest } from "../domain/live-flags.ts"
import type { Snapshot } from "../domain/snapshot/snapshot.ts"

/** A snapshot could not be kept or read. `message`: one sentence with the fix. */
export class SnapshotError extends Schema.TaggedError<SnapshotError>()("SnapshotError", {
  message: Schema.String
}) {}

/** A run that has proved what it started. `id` names it; `atMs`: its end, epoch milliseconds. */
export interface ProvedRun {
  readonly id: string
  readonly atMs: number
  readonly request: LiveRequest
}

/**
 * The last good starts of this machine. Every adapter promises: a snapshot is kept whole or not at all, it holds no
 * text of a secret, the newest is never lost, and of two equal ones in sequence the first is kept.
 */
export class Snapshots extends Context.Service<
  Snapshots,
  {
    /** Keeps what the daemon runs with now. Undefined: it is the newest already, or this machine runs no daemon. */
    readonly keep: (run: ProvedRun) => Effect.Effect<Snapshot | undefined, SnapshotError>
  }
>()("tickd/ops/Snapshots") {}
