// Everything else rests on this: what is handed over is stored once, in order, and reported in order, at full speed.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeAckedPublisher } from "../../src/market/adapters/jetstream/acked-publisher.ts"
import { connectNats } from "../../src/platform/nats/connect.ts"
import { readStream, startServer } from "../support/nats-server.ts"

describe("publisher", () => {
  it.live(
    "stores 20,000 messages in order and reports each in order",
    () =>
      Effect.gen(function* () {
        const server = yield* startServer()
        const count = 20_000
        const told: Array<number> = []
        let sent = 0
        const publisher = yield* makeAckedPublisher({
          connect: connectNats({ url: server.url, name: "test-publisher", reconnect: false }),
          stream: {},
          window: 1024,
          onStored: (stampMs, token) => {
            assert.strictEqual(stampMs, token * 2)
            told.push(token)
          },
          onRoom: () => fill()
        })
        const filler = "x".repeat(190)
        const fill = () => {
          while (sent < count && publisher.room() > 0) {
            publisher.send(`md.tick.SHFE.rb.rb${sent % 1000}`, `${sent} ${filler}`, sent * 2, sent)
            sent++
          }
        }
        yield* Effect.forkScoped(publisher.run)
        while (told.length < count) yield* Effect.sleep(5)
        yield* publisher.drained
        assert.deepStrictEqual(
          told,
          Array.from({ length: count }, (_, at) => at)
        )
        const { handed, stored, retained, resent, errors, foreignWrites, link } = publisher.counts()
        assert.deepStrictEqual(
          { handed, stored, retained, resent, errors, foreignWrites, link },
          { handed: count, stored: count, retained: 0, resent: 0, errors: 0, foreignWrites: 0, link: "up" }
        )
        const lines = yield* readStream(server.url)
        assert.deepStrictEqual(
          lines.map((line) => Number(line.text.split(" ")[0])),
          told
        )
      }),
    60_000
  )
})
