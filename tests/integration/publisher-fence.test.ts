// Two writers of one stream would mix two accounts of the market: one writes, the other is kept out or stops and says
// so.
import { rmSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, type Scope } from "effect"
import { makeAckedPublisher } from "../../src/market/adapters/jetstream/acked-publisher.ts"
import { makeWriterFence } from "../../src/market/adapters/jetstream/writer-fence.ts"
import { connectNats } from "../../src/platform/nats/connect.ts"
import { readEpochRecord } from "../../src/protocol/market/epoch.ts"
import { startFencedWriter } from "../support/fenced-writer.ts"
import { assertExactlyOnce } from "../support/nats-publish-run.ts"
import { connection, readStream, startServer, temporaryFolder } from "../support/nats-server.ts"

/** The error of a refused writer. */
const refused = (url: string, instance: string) =>
  Effect.gen(function* () {
    const publisher = yield* makeAckedPublisher({
      connect: connectNats({ url, name: instance, reconnect: false }),
      stream: {},
      fence: makeWriterFence({ stream: "MD_TICKS", instance, host: "there", pid: 1, run: instance, takeOver: false }),
      onStored: () => undefined
    })
    return yield* Effect.flip(Effect.scoped(publisher.run))
  })

/** The record as stored in the bucket. */
const recordOf = Effect.fnUntraced(function* (url: string) {
  const lines = yield* Effect.scoped(readStream(url, "KV_md_epoch"))
  return readEpochRecord(lines.at(-1)?.text ?? "", "MD_TICKS")
})

const run = Effect.fnUntraced(function* <A, E>(body: (url: string) => Effect.Effect<A, E, Scope.Scope>) {
  const server = yield* startServer()
  return yield* body(server.url)
})

/** A writer that waits for a record to become stale does not come up within `linkIs`. */
const longWait = { staleMs: 120_000 }

describe("one writer a stream", () => {
  it.live(
    "a second daemon is refused while the first one lives, and the first goes on",
    () =>
      run(
        Effect.fnUntraced(function* (url) {
          const first = yield* startFencedWriter(url, { instance: "one" })
          yield* first.sendUpTo(500)
          const error = yield* refused(url, "two")
          assert.strictEqual(error.code, "WRITER_ACTIVE")
          // U1: the name decides nothing
          assert.strictEqual((yield* refused(url, "one")).code, "WRITER_ACTIVE")
          assert.match(error.message, /MD_TICKS.*tickd one on here \(pid 4711, epoch 1\).*--take-over/)
          yield* first.sendUpTo(1000)
          yield* assertExactlyOnce(first, url)
          assert.strictEqual(first.publisher.counts().foreignWrites, 0)
        })
      ),
    30_000
  )

  it.live(
    "a take-over fences the first within five seconds, and nothing of it is stored once the second has begun",
    () =>
      run(
        Effect.fnUntraced(function* (url) {
          const first = yield* startFencedWriter(url, { instance: "one" })
          const sender = yield* Effect.forkScoped(first.sendUpTo(1_000_000, 20))
          while (first.publisher.counts().stored < 1000) yield* Effect.sleep(10)
          const askedMs = Date.now()
          const second = yield* startFencedWriter(url, { instance: "two", takeOver: true })
          yield* first.linkIs("fenced", 5000)
          const noticedMs = Date.now() - askedMs
          yield* second.linkIs("up")
          yield* second.sendUpTo(300)
          yield* second.publisher.drained
          yield* Effect.sleep(500)
          console.log(`fenced ${noticedMs} ms after the take-over was asked for`)
          assert.strictEqual(first.publisher.room(), 0)
          assert.match(first.fence.lost() ?? "", /another writer since epoch 2, tickd two on here.*restart it/)
          const said = first.events.filter(({ type }) => type === "fenced")
          assert.deepStrictEqual(said.length, 1)
          // each of the two wrote its numbers from 0: the second's are the end of the stream, unmixed
          const numbers = (yield* readStream(url)).map(({ text }) => Number(text.split(" ")[0]))
          const own = Array.from({ length: 300 }, (_, at) => at)
          assert.deepStrictEqual(numbers.slice(-300), own)
          assert.deepStrictEqual(numbers.slice(0, -300), [...numbers.slice(0, -300).keys()])
          const { handed, stored, retained } = first.publisher.counts()
          assert.strictEqual(handed, stored + retained)
          // retained messages are correct: the stream may hold some of them, whose answers arrived too late to count
          assert.isAtLeast(numbers.length - 300, stored)
          assert.strictEqual(second.publisher.counts().foreignWrites, 0)
          yield* Fiber.interrupt(sender)
        })
      ),
    30_000
  )

  it.live(
    "the same daemon takes its place again at once after a crash, when the end of its previous run is proven",
    () =>
      run(
        Effect.fnUntraced(function* (url) {
          // a crash runs no finalizer: its scope is left open until the end of the test
          const crashed = yield* startFencedWriter(url, { instance: "one", run: "crashed" })
          yield* crashed.linkIs("up")
          const next = yield* startFencedWriter(
            url,
            { instance: "one", hasEnded: (record) => record.run === "crashed" },
            {},
            longWait
          )
          yield* next.linkIs("up")
          assert.strictEqual(next.fence.epoch(), 2)
          yield* crashed.linkIs("fenced")
        })
      ),
    30_000
  )

  it.live(
    "a daemon that stopped leaves the stream to any other without a wait",
    () =>
      run(
        Effect.fnUntraced(function* (url) {
          yield* Effect.scoped(
            Effect.gen(function* () {
              const first = yield* startFencedWriter(url, { instance: "one" })
              yield* first.linkIs("up")
            })
          )
          assert.strictEqual((yield* recordOf(url))?.released, true)
          const second = yield* startFencedWriter(url, { instance: "two" }, {}, longWait)
          yield* second.linkIs("up")
          assert.strictEqual(second.fence.epoch(), 2)
        })
      ),
    30_000
  )

  it.live(
    "U1: a record that is not renewed is a dead daemon's: the fenced one takes the stream back once that is certain",
    () =>
      run(
        Effect.fnUntraced(function* (url) {
          const first = yield* startFencedWriter(url, { instance: "one" })
          yield* first.linkIs("up")
          const record = yield* recordOf(url)
          const other = yield* connection(url)
          // as if another host had taken the stream and died at the same moment
          const dead = { ...record, instance: "dead", run: "gone", epoch: 7, released: false }
          other.publish("$KV.md_epoch.MD_TICKS", JSON.stringify(dead))
          yield* Effect.promise(() => other.flush())
          yield* first.linkIs("fenced")
          const beforeMs = Date.now()
          yield* first.linkIs("up")
          assert.isAtLeast(Date.now() - beforeMs, 2800)
          assert.strictEqual(first.fence.epoch(), 8)
          assert.deepStrictEqual(
            first.events.flatMap((event) => (event.type === "takenBack" ? [event.epoch] : [])),
            [8]
          )
          assert.strictEqual((yield* refused(url, "two")).code, "WRITER_ACTIVE")
          yield* first.sendUpTo(500)
          yield* assertExactlyOnce(first, url)
        })
      ),
    30_000
  )

  it.live(
    "a restart of the broker keeps the epoch, and a lost store costs no writer its place",
    () =>
      Effect.gen(function* () {
        const storeDir = yield* temporaryFolder
        const server = yield* startServer({ storeDir })
        const writer = yield* startFencedWriter(server.url, { instance: "one" })
        yield* writer.sendUpTo(500)
        const again = Effect.fnUntraced(function* (wipe: boolean) {
          const { pid } = servers.at(-1) ?? server
          process.kill(pid, "SIGKILL")
          yield* (servers.at(-1) ?? server).exited
          if (wipe) rmSync(join(storeDir, "jetstream"), { recursive: true, force: true })
          servers.push(yield* startServer({ storeDir, port: server.port }))
        })
        const servers: Array<typeof server> = []
        yield* again(false)
        yield* writer.sendUpTo(1000)
        yield* assertExactlyOnce(writer, server.url)
        assert.strictEqual((yield* recordOf(server.url))?.epoch, 1)
        yield* again(true)
        yield* writer.sendUpTo(1500)
        yield* writer.publisher.drained
        assert.strictEqual(writer.fence.lost(), undefined)
        assert.strictEqual((yield* recordOf(server.url))?.epoch, 1)
        assert.strictEqual(writer.events.filter(({ type }) => type === "epochTaken").length, 1)
      }),
    60_000
  )

  it.live(
    "what is no record of an epoch fences no writer and is overwritten",
    () =>
      run(
        Effect.fnUntraced(function* (url) {
          const first = yield* startFencedWriter(url, { instance: "one" })
          yield* first.sendUpTo(100)
          const other = yield* connection(url)
          for (const text of ["", '{"symbol":"rb2701"}', "\u0000"]) other.publish("$KV.md_epoch.MD_TICKS", text)
          yield* Effect.promise(() => other.flush())
          while ((yield* recordOf(url)) === undefined) yield* Effect.sleep(20)
          assert.strictEqual((yield* recordOf(url))?.epoch, 1)
          yield* first.sendUpTo(300)
          yield* assertExactlyOnce(first, url)
          assert.strictEqual(first.publisher.counts().link, "up")
          // and for another daemon it is no free place: its writer corrects it while it is watched
          other.publish("$KV.md_epoch.MD_TICKS", "noise")
          assert.strictEqual((yield* refused(url, "two")).code, "WRITER_ACTIVE")
        })
      ),
    30_000
  )
})
