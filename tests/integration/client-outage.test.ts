// A server that dies loses its consumers: readers must continue behind the last tick that they saw, or get a notice.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { type TickNotice, ticks } from "../../src/client/tick-client.ts"
import { openTickStore, range, subjectOf, tickJson } from "../support/client-ticks.ts"
import { connection, readStream, startServer, temporaryFolder } from "../support/nats-server.ts"

const run = (from: number, to: number) =>
  range(from, to).map((seq) => [subjectOf(`rb${1000 + (seq % 20)}`), tickJson(`rb${1000 + (seq % 20)}`, seq)] as const)

const follow = Effect.fnUntraced(function* (
  url: string,
  from: "live" | "snapshot" | { sequence: number },
  last: number
) {
  const seqs: Array<number> = []
  const notices: Array<TickNotice> = []
  const source = ticks({ url, from, heartbeatMs: 500, onNotice: (notice) => notices.push(notice) })
  const fiber = yield* Effect.forkScoped(
    source.stream.pipe(
      Stream.tap(({ seq }) => Effect.sync(() => seqs.push(seq))),
      Stream.takeUntil(({ seq }) => seq === last),
      Stream.runDrain
    )
  )
  const types = () => notices.map(({ type }) => type)
  return { seqs, types, fiber, notices }
})

const until = (ready: () => boolean) =>
  Effect.gen(function* () {
    while (!ready()) yield* Effect.sleep(10)
  })

const killed = Effect.fnUntraced(function* () {
  const storeDir = yield* temporaryFolder
  const first = yield* startServer({ storeDir })
  const start = startServer({ storeDir, port: first.port })
  const kill = Effect.gen(function* () {
    process.kill(first.pid, "SIGKILL")
    yield* first.exited
  })
  return { url: first.url, port: first.port, kill, start }
})

describe("tick client over an outage", () => {
  it.live("goes on behind the last tick after kill -9 of the server", () =>
    Effect.gen(function* () {
      const server = yield* killed()
      const store = yield* openTickStore(server.url)
      yield* store.store(run(1, 500))
      const whole = yield* follow(server.url, { sequence: 1 }, 3000)
      const snapshot = yield* follow(server.url, "snapshot", 3000)
      yield* until(() => whole.seqs.length === 500 && snapshot.seqs.length === 20)
      yield* store.store(run(501, 1000))
      yield* until(() => whole.seqs.at(-1) === 1000 && snapshot.seqs.at(-1) === 1000)
      yield* server.kill
      yield* until(() => [whole, snapshot].every((reader) => reader.types().includes("disconnected")))
      yield* server.start
      const again = yield* openTickStore(server.url)
      yield* again.store(run(1001, 3000))
      yield* Fiber.join(whole.fiber)
      yield* Fiber.join(snapshot.fiber)
      assert.deepStrictEqual(whole.seqs, range(1, 3000))
      // The snapshot of 20 instruments is the last 20 ticks, and what follows is dense.
      assert.deepStrictEqual(snapshot.seqs, range(481, 3000))
      for (const reader of [whole, snapshot]) {
        assert.includeMembers(reader.types(), ["disconnected", "resumed"])
        assert.notInclude(reader.types(), "gap")
        assert.notInclude(reader.types(), "repeated")
      }
    })
  )

  it.live("gives exactly what the stream holds when the server dies twice under load, and reports each hole", () =>
    Effect.gen(function* () {
      const storeDir = yield* temporaryFolder
      let server = yield* startServer({ storeDir })
      const { url, port } = server
      const store = yield* openTickStore(url)
      yield* store.store(run(1, 1))
      const reader = yield* follow(url, { sequence: 1 }, 100_000)
      const writer = yield* connection(url)
      let seq = 1
      // Without acknowledgements: messages on their way when the server dies are lost, as this test needs.
      const writing = yield* Effect.forkScoped(
        Effect.gen(function* () {
          for (;;) {
            for (const [subject, text] of run(seq + 1, seq + 50)) writer.publish(subject, text)
            seq += 50
            yield* Effect.sleep(5)
          }
        })
      )
      for (let deaths = 0; deaths < 2; deaths++) {
        const before = reader.seqs.length
        yield* until(() => reader.seqs.length > before + 1000)
        process.kill(server.pid, "SIGKILL")
        yield* server.exited
        server = yield* startServer({ storeDir, port })
      }
      const before = reader.seqs.length
      yield* until(() => reader.seqs.length > before + 1000)
      yield* Fiber.interrupt(writing)
      yield* Effect.promise(() => writer.flush())
      const again = yield* openTickStore(url)
      yield* again.store(run(100_000, 100_000))
      yield* Fiber.join(reader.fiber)
      const stored = (yield* readStream(url)).map(({ text }) => JSON.parse(text).seq as number)
      assert.deepStrictEqual(reader.seqs, stored)
      const told = reader.notices.flatMap((notice) => (notice.type === "gap" ? [notice.count] : []))
      assert.strictEqual(
        told.reduce((sum, count) => sum + count, 0),
        100_000 - stored.length
      )
      assert.isAtLeast(reader.types().filter((type) => type === "resumed").length, 2)
    })
  )

  it.live("loses its consumer before the first tick and still does not begin with the history", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const store = yield* openTickStore(server.url)
      yield* store.store(run(1, 100))
      const live = yield* follow(server.url, "live", 102)
      const lose = Effect.gen(function* () {
        let names = yield* store.consumers
        while (names.length === 0) names = yield* store.consumers
        for (const name of names) yield* Effect.promise(() => store.manager.consumers.delete("MD_TICKS", name))
      })
      yield* lose
      yield* until(() => live.types().includes("resumed"))
      yield* store.store(run(101, 101))
      yield* until(() => live.seqs.length > 0)
      yield* lose
      // stored while there is no consumer
      yield* store.store(run(102, 102))
      yield* Fiber.join(live.fiber)
      assert.deepStrictEqual(live.seqs, [101, 102])
    })
  )

  it.live("reports a stream that was created again, and reads it from its beginning", () =>
    Effect.gen(function* () {
      const server = yield* killed()
      const store = yield* openTickStore(server.url)
      yield* store.store(run(1, 100))
      const reader = yield* follow(server.url, { sequence: 1 }, 130)
      yield* until(() => reader.seqs.length === 100)
      yield* server.kill
      // the same address, an empty store
      yield* startServer({ port: server.port })
      yield* until(() => reader.types().includes("waiting"))
      const again = yield* openTickStore(server.url)
      yield* again.store(run(101, 130))
      yield* Fiber.join(reader.fiber)
      assert.deepStrictEqual(reader.seqs, range(1, 130))
      assert.includeMembers(reader.types(), ["streamReset", "resumed"])
    })
  )

  it.live("reports what the stream removed before it was read", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const store = yield* openTickStore(server.url)
      yield* store.store(run(1, 100))
      yield* Effect.promise(() => store.manager.streams.purge("MD_TICKS", { seq: 61 }))
      const reader = yield* follow(server.url, { sequence: 11 }, 100)
      yield* Fiber.join(reader.fiber)
      assert.deepStrictEqual(reader.seqs, range(61, 100))
      const [expired] = reader.notices
      assert.deepStrictEqual(expired, { type: "expired", fromSequence: 11, toSequence: 60 })
    })
  )
})
