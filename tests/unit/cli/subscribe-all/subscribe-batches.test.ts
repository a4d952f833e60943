// A reply names only as many rejected symbols as fit into a message: the rest must be requested again, never
// forgotten.
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { DaemonClient } from "../../../../src/cli/daemon-client.ts"
import type { FeedQuery } from "../../../../src/cli/subscribe-all/feed-flags.ts"
import { type BatchesRecord, subscribeBatches } from "../../../../src/cli/subscribe-all/subscribe-batches.ts"

it.live("requests symbols again that a reply counted as rejected and did not name", () =>
  Effect.gen(function* () {
    const asked: Array<number> = []
    const fits = 3
    // Accepts none and names the first three.
    const answer = ({ symbols }: { readonly symbols: ReadonlyArray<string> }) => {
      asked.push(symbols.length)
      const rejected = symbols.map((symbol) => ({ symbol, reason: "Unknown instrument" })).slice(0, fits)
      const counts = { rejected_total: symbols.length, waited: false, id: "1", ts: "", instance: "t1" }
      return { accepted: [], rejected, pending: [], ...counts }
    }
    const symbols = Array.from({ length: 8 }, (_, at) => `x${at}`)
    const record: BatchesRecord = { asked: new Set(), accepted: [], rejected: [], batches: 0 }
    yield* subscribeBatches({
      query: { batchSize: 8, rateLimitMax: 0, rateLimitWindow: 1, subscribeTimeout: 1, maxRetries: 3 } as FeedQuery,
      symbols,
      record,
      onBatch: () => Effect.void
    }).pipe(
      Effect.provide(
        Layer.mock(DaemonClient)({
          command: (_entry, fields) => Effect.succeed(answer(fields as never) as never)
        })
      )
    )
    assert.deepStrictEqual([asked, record.accepted], [[8, 5, 2], []])
    assert.deepStrictEqual(
      record.rejected.map(({ symbol }) => symbol),
      symbols
    )
  })
)
