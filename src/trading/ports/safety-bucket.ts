import { Context, type Effect } from "effect"
import type { SafetyStateError } from "./safety-state.ts"

/** The text under one key. `text` undefined: it was deleted. `revision` grows with each write of any key. */
export interface BucketEntry {
  readonly key: string
  readonly text: string | undefined
  readonly revision: number
}

/** Called in sequence. */
export interface BucketListener {
  /** All entries follow anew; what was known before may be gone. */
  readonly began: () => void
  readonly entry: (entry: BucketEntry) => void
  /** Everything that was stored before this moment (monotonic milliseconds of this process) has been reported. */
  readonly confirmed: (atMs: number) => void
  /** Changes may be missed from here to the next `confirmed`. */
  readonly lost: (cause: string) => void
}

/**
 * The texts of the safety states, shared by all hosts. Every adapter promises: `read` is answered by what decides
 * writes, never by a copy; a write succeeds only on the revision that was read; nothing but `create` makes the bucket.
 */
export class SafetyBucket extends Context.Service<
  SafetyBucket,
  {
    readonly read: (key: string) => Effect.Effect<BucketEntry | undefined, SafetyStateError>
    /** Compare and set; the new revision, or undefined when the key has another one than `after` (0: no key). */
    readonly write: (key: string, text: string, after: number) => Effect.Effect<number | undefined, SafetyStateError>
    /** Writes without a comparison; for the monitor's sign of life alone. */
    readonly renew: (key: string, text: string) => Effect.Effect<number, SafetyStateError>
    readonly create: Effect.Effect<void, SafetyStateError>
    /** Reports every entry and change, for ever; goes on by itself after any loss. */
    readonly follow: (listener: BucketListener) => Effect.Effect<never>
  }
>()("tickd/trading/SafetyBucket") {}
