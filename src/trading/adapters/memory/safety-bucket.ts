import { Effect, Layer } from "effect"
import { monotonicMs } from "../../../kernel/time/monotonic.ts"
import { type BucketEntry, type BucketListener, SafetyBucket } from "../../ports/safety-bucket.ts"
import { SafetyStateError } from "../../ports/safety-state.ts"

const away = new SafetyStateError({ reason: "unreachable", message: "The store of the safety states is away." })
const absent = new SafetyStateError({ reason: "missing", message: "The store of the safety states does not exist." })
const confirmEveryMs = 200

/** The twin of the bucket, for the simulation and for tests: several gates share one. */
export class MemorySafetyStore {
  private readonly entries = new Map<string, BucketEntry>()
  private readonly listeners = new Set<BucketListener>()
  private revision = 0
  private isMade = false
  private isUp = true

  /** The store is away, and comes back with all that it held. */
  setUp(isUp: boolean): void {
    this.isUp = isUp
    for (const listener of this.listeners) {
      if (isUp) this.list(listener)
      else listener.lost("the store is away")
    }
  }

  delete(key: string): void {
    this.put({ key, text: undefined, revision: ++this.revision })
  }

  /** Any text, whatever was there. */
  overwrite(key: string, text: string): void {
    this.put({ key, text, revision: ++this.revision })
  }

  private put(entry: BucketEntry): number {
    this.entries.set(entry.key, entry)
    for (const listener of this.listeners) listener.entry(entry)
    return entry.revision
  }

  private list(listener: BucketListener): void {
    listener.began()
    for (const entry of this.entries.values()) listener.entry(entry)
  }

  private readonly reachable = Effect.suspend(() =>
    !this.isUp ? Effect.fail(away) : this.isMade ? Effect.void : Effect.fail(absent)
  )

  readonly layer: Layer.Layer<SafetyBucket> = Layer.succeed(
    SafetyBucket,
    SafetyBucket.of({
      read: (key) => Effect.map(this.reachable, () => this.entries.get(key)),
      write: (key, text, after) =>
        Effect.map(this.reachable, () =>
          (this.entries.get(key)?.revision ?? 0) === after
            ? this.put({ key, text, revision: ++this.revision })
            : undefined
        ),
      renew: (key, text) => Effect.map(this.reachable, () => this.put({ key, text, revision: ++this.revision })),
      create: Effect.suspend(() => {
        if (!this.isUp) return Effect.fail(away)
        this.isMade = true
        return Effect.void
      }),
      follow: (listener) =>
        Effect.gen({ self: this }, function* () {
          this.listeners.add(listener)
          if (this.isUp) this.list(listener)
          while (true) {
            if (this.isUp && this.isMade) listener.confirmed(yield* monotonicMs)
            yield* Effect.sleep(confirmEveryMs)
          }
        }).pipe(Effect.ensuring(Effect.sync(() => this.listeners.delete(listener))))
    })
  )
}
