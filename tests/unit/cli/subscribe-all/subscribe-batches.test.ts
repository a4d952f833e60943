// A reply names only as many rejected symbols as a message carries: the rest must be asked about again, never forgotten.
import { assert, it } from "@effect/vitest"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import type { FeedQuery } from "../../../../src/cli/feed.ts"
import { type BatchesRecord, subscribeBatches } from "../../../../src/cli/subscribe-all/subscribe-batches.ts"

it.live("asks once more about symbols that a reply counted as rejected and did not name", () =>
  Effect.gen(function* () {
    const asked: Array<number> = []
    const fits = 3
    // Accepts none and names the first three.
    const request = async (_subject: string, payload: string) => {
      const { symbols } = JSON.parse(payload) as { symbols: ReadonlyArray<string> }
      asked.push(symbols.length)
      const rejected = symbols.map((symbol) => ({ symbol, reason: "Unknown instrument" })).slice(0, fits)
      const counts = { rejected_total: symbols.length, waited: false, id: "1", ts: "", instance: "t1" }
      return { string: () => JSON.stringify({ accepted: [], rejected, pending: [], ...counts }) }
    }
    const symbols = Array.from({ length: 8 }, (_, at) => `x${at}`)
    const record: BatchesRecord = { asked: new Set(), accepted: [], rejected: [], batches: 0 }
    yield* subscribeBatches({
      query: { batchSize: 8, rateLimitMax: 0, rateLimitWindow: 1, subscribeTimeout: 1, maxRetries: 3 } as FeedQuery,
      connection: { request } as unknown as NatsConnection,
      instance: "t1",
      symbols,
      record,
      onBatch: () => Effect.void
    })
    assert.deepStrictEqual([asked, record.accepted], [[8, 5, 2], []])
    assert.deepStrictEqual(
      record.rejected.map(({ symbol }) => symbol),
      symbols
    )
  })
)
