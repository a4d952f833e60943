// The spool must cost nothing while the broker keeps up, engage when it does not, and never make a bad disk worse
// than no disk.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { nodeFiles, type SpoolFiles } from "../../../../../src/market/adapters/spool/spool-files.ts"
import { FakeStream } from "../../../../support/nats-fake-stream.ts"
import { pass, spoolFolders, startSpooling } from "../../../../support/spool-run.ts"

const numbersIn = (stream: FakeStream) => stream.messages.map(({ data }) => Number(new TextDecoder().decode(data)))
const range = (to: number) => Array.from({ length: to }, (_, at) => at)

/** A daemon's publisher that sends as much as it may, up to `count`. */
const start = Effect.fnUntraced(function* (files?: SpoolFiles, afterMs = 200) {
  const stream = new FakeStream()
  const broker = { away: false }
  const folder = (yield* spoolFolders).next()
  const run = yield* startSpooling(stream, broker, folder, files === undefined ? {} : { files }, { afterMs })
  let sent = 0
  const sendUpTo = (count: number) =>
    Effect.gen(function* () {
      while (sent < count) {
        yield* run.publisher.awaitRoom
        while (sent < count && run.publisher.room() > 0) run.publisher.send("s", String(sent), 0, 0, sent, sent++)
      }
    }).pipe(Effect.forkScoped)
  return { stream, broker, run, sendUpTo, sent: () => sent }
})

describe("publisher with a spool", () => {
  it.effect("sends past it while the broker keeps up, and over a pause shorter than its time limit", () =>
    Effect.gen(function* () {
      // Longer than any draw of the reconnection's backoff and the wait for a quiet tail together.
      const { stream, broker, run, sendUpTo } = yield* start(undefined, 2000)
      yield* sendUpTo(20)
      stream.work(10)
      yield* pass(100)
      broker.away = true
      stream.breakAll(0)
      yield* pass(60)
      broker.away = false
      for (let round = 0; round < 100; round++) {
        stream.work(10)
        yield* pass(10)
      }
      assert.deepStrictEqual(numbersIn(stream), range(20))
      assert.deepStrictEqual(run.events, [])
      yield* run.stop
    })
  )

  it.effect("engages when a broker confirms too slowly although its link is up, and comes back", () =>
    Effect.gen(function* () {
      const { stream, run, sendUpTo, sent } = yield* start()
      yield* sendUpTo(500)
      for (let round = 0; round < 60; round++) {
        stream.work(1)
        yield* pass(20)
      }
      assert.strictEqual(run.publisher.counts().link, "up")
      assert.isTrue(run.publisher.spoolCounts().engaged)
      assert.strictEqual(sent(), 500)
      for (let round = 0; run.publisher.counts().retained > 0; round++) {
        assert.isBelow(round, 500)
        stream.work(20)
        yield* pass(10)
      }
      yield* pass(100)
      assert.deepStrictEqual(numbersIn(stream), range(500))
      assert.strictEqual(run.told.length, 500)
      assert.deepStrictEqual(
        run.events.map(({ type }) => type),
        ["engaged", "emptied"]
      )
      yield* run.stop
    })
  )

  it.effect("is drained when the broker is away and all is on disk", () =>
    Effect.gen(function* () {
      const { stream, broker, run, sendUpTo } = yield* start()
      broker.away = true
      stream.breakAll(0)
      yield* sendUpTo(200)
      yield* pass(10)
      const drained = yield* Effect.forkScoped(run.publisher.drained)
      yield* pass(500)
      assert.isDefined(drained.pollUnsafe())
      assert.isTrue(run.publisher.keep())
      assert.isTrue(run.publisher.isSafe())
      assert.strictEqual(run.publisher.spoolCounts().ticks, 200)
      yield* Fiber.interrupt(drained)
      yield* run.stop
    })
  )

  it.effect("with a full disk holds in memory what it took, takes no more, and stores all of it once", () =>
    Effect.gen(function* () {
      const disk = { full: false }
      const files: SpoolFiles = {
        ...nodeFiles,
        write: (fd, bytes, from, count, at) => {
          if (!disk.full) return nodeFiles.write(fd, bytes, from, count, at)
          throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" })
        }
      }
      const { stream, broker, run, sendUpTo, sent } = yield* start(files)
      yield* sendUpTo(5000)
      yield* pass(30)
      stream.work(10)
      disk.full = true
      broker.away = true
      stream.breakAll(5)
      yield* pass(1000)
      assert.strictEqual(run.publisher.room(), 0)
      const held = sent()
      yield* pass(3000)
      assert.strictEqual(sent(), held)
      assert.match(run.publisher.spoolCounts().trouble ?? "", /ENOSPC/)
      assert.isFalse(run.publisher.keep())
      broker.away = false
      for (let round = 0; numbersIn(stream).length < 1000; round++) {
        assert.isBelow(round, 2000)
        stream.work(20)
        yield* pass(10)
      }
      disk.full = false
      for (let round = 0; numbersIn(stream).length < 5000; round++) {
        assert.isBelow(round, 2000)
        stream.work(50)
        yield* pass(10)
      }
      assert.deepStrictEqual(numbersIn(stream), range(5000))
      // once for the ticks and once for the cursor, not at each attempt
      const told = run.events.flatMap((event) => (event.type === "trouble" ? event.message : []))
      assert.strictEqual(told.length, 2)
      assert.isAbove(run.publisher.spoolCounts().errors, 3)
      yield* run.stop
    })
  )
})
