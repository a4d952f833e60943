import { Effect } from "effect"
import type { EpochEntry, EpochStore } from "../../src/market/adapters/jetstream/epoch-store.ts"
import { LinkError } from "../../src/market/adapters/jetstream/publish-errors.ts"
import { type EpochRecord, readEpochRecord } from "../../src/protocol/market/epoch.ts"

const away = new LinkError({ code: "JETSTREAM_API", message: "timeout", retryable: true })

/** An epoch store in memory: a compare-and-set, a revision that only grows, and a server that can be away. */
export class MemoryEpochStore implements EpochStore {
  entry: EpochEntry | undefined
  isAway = false
  /** Writes get no answer. */
  isStill = false
  private revision = 0

  readonly read = Effect.suspend(() => (this.isAway ? Effect.fail(away) : Effect.succeed(this.entry)))

  write(text: string, after: number) {
    return Effect.suspend(() => {
      if (this.isStill) return Effect.never
      if (this.isAway) return Effect.fail(away)
      if ((this.entry?.revision ?? 0) !== after) return Effect.succeed(undefined)
      this.entry = { text, revision: ++this.revision }
      return Effect.succeed(this.entry.revision)
    })
  }

  listen(): void {}

  get record(): EpochRecord | undefined {
    return readEpochRecord(this.entry?.text ?? "", "MD_TICKS")
  }

  /** Changes the record without a comparison. */
  put(change: Partial<EpochRecord>): void {
    this.entry = { text: JSON.stringify({ ...this.record, ...change }), revision: ++this.revision }
  }
}
