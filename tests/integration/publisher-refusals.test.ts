// A stream that refuses ticks must cost time, never ticks; and what no retry can fix must be reported in one sentence.

import { assert, describe, it } from "@effect/vitest"
import { jetstreamManager } from "@nats-io/jetstream"
import { Effect, Fiber } from "effect"
import { makeAckedPublisher } from "../../src/market/adapters/jetstream/acked-publisher.ts"
import { connectNats } from "../../src/platform/nats/connect.ts"
import { assertExactlyOnce, startPublishRun } from "../support/nats-publish-run.ts"
import { connection, startServer } from "../support/nats-server.ts"
import { untilAnswer } from "../support/until.ts"

const manage = (url: string) =>
  Effect.flatMap(connection(url), (nc) => Effect.promise(() => jetstreamManager(nc, { checkAPI: false })))

const runOnce = Effect.fnUntraced(function* (url: string) {
  const publisher = yield* makeAckedPublisher({
    connect: connectNats({ url, name: "test", reconnect: false }),
    stream: {},
    onStored: () => {}
  })
  return yield* Effect.scoped(publisher.run).pipe(Effect.flip)
})

describe("publisher and refusals", () => {
  it.live(
    "waits while the stream is full and stores all in order when there is room again",
    () =>
      Effect.gen(function* () {
        const server = yield* startServer()
        const refusals: Array<string> = []
        const run = yield* startPublishRun(server.url, {
          stream: { maxBytes: 40_000, discard: "new" },
          onEvent: (event) => {
            if (event.type === "refused") refusals.push(event.refusal.code)
          }
        })
        const sender = yield* Effect.forkScoped(run.sendUpTo(3000))
        while (refusals.length < 3) yield* Effect.sleep(20)
        const full = run.publisher.counts()
        assert.strictEqual(full.handed, full.stored + full.retained)
        assert.isAbove(full.retained, 0)
        assert.strictEqual(run.publisher.room(), 0)
        // the first may be the answer for a group of which a part was stored
        assert.strictEqual(refusals.at(-1), "STREAM_FULL")
        const manager = yield* manage(server.url)
        yield* Effect.promise(() => manager.streams.update("MD_TICKS", { max_bytes: -1 }))
        yield* Fiber.join(sender)
        yield* run.publisher.drained
        assert.strictEqual(run.publisher.counts().reordered, 0)
        yield* assertExactlyOnce(run, server.url)
      }),
    60_000
  )

  it.live(
    "declares a stream that was deleted under it again, and counts what went with it",
    () =>
      Effect.gen(function* () {
        const server = yield* startServer()
        const run = yield* startPublishRun(server.url)
        yield* run.sendUpTo(400)
        yield* run.publisher.drained
        const manager = yield* manage(server.url)
        yield* Effect.promise(() => manager.streams.delete("MD_TICKS"))
        yield* run.sendUpTo(900)
        yield* run.publisher.drained
        const { stored, acknowledgedGone, storeLosses } = run.publisher.counts()
        assert.deepStrictEqual(
          { stored, acknowledgedGone, storeLosses },
          { stored: 900, acknowledgedGone: 400, storeLosses: 1 }
        )
        const info = yield* Effect.promise(() => manager.streams.info("MD_TICKS"))
        assert.strictEqual(info.state.messages, 500)
      }),
    60_000
  )

  it.live("counts what another writer puts into the stream", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const run = yield* startPublishRun(server.url)
      yield* run.sendUpTo(100)
      yield* run.publisher.drained
      const other = yield* connection(server.url)
      for (let n = 0; n < 7; n++) other.publish("md.tick.SHFE.rb.foreign", "x")
      yield* Effect.promise(() => other.flush())
      const manager = yield* Effect.promise(() => jetstreamManager(other))
      yield* untilAnswer("seven more", async () => (await manager.streams.info("MD_TICKS")).state.messages === 107)
      yield* run.sendUpTo(200)
      yield* run.publisher.drained
      assert.strictEqual(run.publisher.counts().foreignWrites, 7)
      assert.strictEqual(run.publisher.counts().stored, 200)
    })
  )

  it.live("says that a server has no JetStream", () =>
    Effect.gen(function* () {
      const server = yield* startServer({ jetstream: false })
      const error = yield* runOnce(server.url)
      assert.strictEqual(error.code, "JETSTREAM_DISABLED")
      assert.match(error.message, /-js/)
    })
  )

  it.live("names what differs in a stream that is not its own kind", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const manager = yield* manage(server.url)
      yield* Effect.promise(() =>
        manager.streams.add({ name: "MD_TICKS", subjects: ["md.other.>"], storage: "memory" })
      )
      const error = yield* runOnce(server.url)
      assert.strictEqual(error.code, "STREAM_MISMATCH")
      assert.match(error.message, /subjects is md\.other\.> instead of md\.tick\.>; storage is memory instead of file/)
    })
  )

  it.live("names the stream that holds its subjects already", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const manager = yield* manage(server.url)
      yield* Effect.promise(() => manager.streams.add({ name: "OTHER", subjects: ["md.>"] }))
      assert.strictEqual((yield* runOnce(server.url)).code, "STREAM_SUBJECTS_TAKEN")
    })
  )

  it.live("R1: keeps a message that the server does not take, says so, and goes on once it takes it", () =>
    Effect.gen(function* () {
      const server = yield* startServer({ maxPayload: 1024 })
      let port = server.port
      const down: Array<string> = []
      const publisher = yield* makeAckedPublisher({
        connect: Effect.suspend(() => connectNats({ url: `nats://127.0.0.1:${port}`, name: "test", reconnect: false })),
        stream: {},
        onStored: () => {},
        onEvent: (event) => {
          if (event.type === "linkDown") down.push(event.code)
        }
      })
      const fiber = yield* Effect.forkScoped(Effect.scoped(publisher.run))
      yield* publisher.awaitRoom
      publisher.send("md.tick.SHFE.rb.rb1", "x".repeat(2000), 0, 0)
      while (down.length < 2) yield* Effect.sleep(20)
      assert.deepStrictEqual([...new Set(down)], ["MESSAGE_TOO_LARGE"])
      assert.strictEqual(publisher.counts().retained, 1)
      assert.match(publisher.counts().lastProblem ?? "", /max_payload/)
      assert.isUndefined(fiber.pollUnsafe())
      port = (yield* startServer()).port
      yield* publisher.drained
      assert.strictEqual(publisher.counts().stored, 1)
    })
  )
})
