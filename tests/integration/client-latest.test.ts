// A strategy that starts in the session needs the whole market at once, not after each contract has traded.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { latest, latestAll, ticks } from "../../src/client/tick-client.ts"
import { openTickStore, range, subjectOf, tickJson } from "../support/client-ticks.ts"
import { connection, startServer } from "../support/nats-server.ts"

describe("latest", () => {
  it.live("gives the newest tick of 20,000 instruments", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const store = yield* openTickStore(server.url)
      const instruments = 20_000
      const levels = Object.fromEntries(
        range(1, 5).flatMap((n) => [
          [`bid_price_${n}`, 3000 - n],
          [`bid_volume_${n}`, n],
          [`ask_price_${n}`, 3000 + n],
          [`ask_volume_${n}`, n]
        ])
      )
      for (let round = 0; round < 3; round++) {
        const from = round * instruments
        yield* store.store(
          range(0, instruments - 1).map((n) => [subjectOf(`rb${n}`), tickJson(`rb${n}`, from + n + 1, levels)])
        )
      }
      const nc = yield* connection(server.url)
      const times: Array<number> = []
      for (let n = 0; n < 5; n++) {
        const startMs = performance.now()
        const all = yield* latestAll({ connection: nc })
        times.push(Math.round(performance.now() - startMs))
        assert.strictEqual(all.size, instruments)
        assert.strictEqual(all.get("rb7")?.seq, 2 * instruments + 8)
      }
      const startMs = performance.now()
      const one = yield* latest("rb19999", { connection: nc })
      const oneMs = performance.now() - startMs
      assert.strictEqual(one?.seq, 3 * instruments)
      process.stdout.write(
        `latestAll of ${instruments} instruments: ${times.join(", ")} ms; latest of one: ${oneMs.toFixed(1)} ms\n`
      )
      // The target is 300 ms on a quiet machine; the figures are printed, and this limit is for a machine with other
      // work
      assert.isBelow(Math.min(...times), 5000)
    })
  )

  it.live("gives 2,000 named instruments of 20,000, which as so many patterns a server does not answer in time", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const store = yield* openTickStore(server.url)
      const code = (n: number) => `rb${10_000 + n}`
      yield* store.store(range(1, 20_000).map((n) => [subjectOf(code(n)), tickJson(code(n), n)] as const))
      const instruments = range(1, 2000).map((n) => code(n * 10))
      const found = yield* latestAll({ url: server.url, instruments, timeoutMs: 5000 })
      assert.deepStrictEqual([...found.keys()], instruments)
      const read = yield* ticks({ url: server.url, from: "snapshot", instruments }).stream.pipe(
        Stream.take(2000),
        Stream.map(({ symbol }) => symbol),
        Stream.runCollect,
        Effect.timeout(5000)
      )
      assert.deepStrictEqual(read, instruments)
    })
  )

  it.live("gives nothing for an empty stream or an instrument that never traded", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const store = yield* openTickStore(server.url)
      assert.strictEqual((yield* latestAll({ url: server.url })).size, 0)
      yield* store.store([[subjectOf("rb1"), tickJson("rb1", 1)]])
      assert.strictEqual(yield* latest("rb2", { url: server.url }), undefined)
      assert.strictEqual((yield* latest("rb1", { url: server.url }))?.seq, 1)
      while ((yield* store.consumers).length > 0) yield* Effect.sleep(10)
    })
  )
})
