// A tick that was received must reach the stream exactly once, whatever happens to the server or the way to it.
import { rmSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { jetstreamManager } from "@nats-io/jetstream"
import { Effect } from "effect"
import { startProxy } from "../support/nats-proxy.ts"
import { assertExactlyOnce, startPublishRun } from "../support/nats-publish-run.ts"
import { connection, readStream, startServer, temporaryFolder } from "../support/nats-server.ts"
import { until, untilAnswer } from "../support/until.ts"

const afterSending = Effect.fnUntraced(function* (sent: () => number, count: number) {
  while (sent() < count) yield* Effect.sleep(2)
})

describe("publisher through faults", () => {
  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    it.live(
      `loses nothing when the server gets ${signal} in mid-run and comes back on the same store`,
      () =>
        Effect.gen(function* () {
          const storeDir = yield* temporaryFolder
          const first = yield* startServer({ storeDir })
          const run = yield* startPublishRun(first.url)
          yield* Effect.all(
            [
              run.sendUpTo(20_000),
              Effect.gen(function* () {
                yield* afterSending(run.sent, 5000)
                process.kill(first.pid, signal)
                yield* first.exited
                yield* until("the loss of the link", () => run.publisher.counts().link !== "up")
                yield* startServer({ storeDir, port: first.port })
              })
            ],
            { concurrency: "unbounded" }
          )
          yield* assertExactlyOnce(run, first.url)
          assert.strictEqual(run.publisher.counts().foreignWrites, 0)
          assert.isAtLeast(run.publisher.counts().reconnects, 1)
        }),
      60_000
    )
  }

  it.live(
    "stores nothing twice when the server sleeps longer than the timeout and then does the work of both connections",
    () =>
      Effect.gen(function* () {
        const server = yield* startServer()
        const run = yield* startPublishRun(server.url, { ackTimeoutMs: 1000 })
        yield* Effect.all(
          [
            run.sendUpTo(12_000),
            Effect.gen(function* () {
              yield* afterSending(run.sent, 4000)
              process.kill(server.pid, "SIGSTOP")
              yield* until("the end of the timeout", () => run.publisher.counts().link !== "up")
              // The sleeping server's kernel takes the second connection, on which everything is sent again.
              yield* Effect.sleep(1500)
              process.kill(server.pid, "SIGCONT")
            })
          ],
          { concurrency: "unbounded" }
        )
        yield* assertExactlyOnce(run, server.url)
        assert.strictEqual(run.publisher.counts().foreignWrites, 0)
      }),
    60_000
  )

  it.live(
    "loses nothing and stores nothing twice when connections are reset, again and again",
    () =>
      Effect.gen(function* () {
        const server = yield* startServer()
        const proxy = yield* startProxy(server.port)
        const run = yield* startPublishRun(`nats://127.0.0.1:${proxy.port}`)
        yield* Effect.all(
          [
            run.sendUpTo(12_000),
            Effect.gen(function* () {
              for (const at of [1000, 4000, 7000, 10_000]) {
                yield* afterSending(run.sent, at)
                proxy.resetAll()
              }
            })
          ],
          { concurrency: "unbounded" }
        )
        yield* assertExactlyOnce(run, server.url)
        assert.isAtLeast(run.publisher.counts().reconnects, 4)
      }),
    60_000
  )

  it.live(
    "finds in the stream what was stored while its acknowledgement was lost",
    () =>
      Effect.gen(function* () {
        const server = yield* startServer()
        const proxy = yield* startProxy(server.port)
        const found: Array<number> = []
        const run = yield* startPublishRun(`nats://127.0.0.1:${proxy.port}`, {
          ackTimeoutMs: 500,
          onEvent: (event) => {
            if (event.type === "reconciled") found.push(event.found)
          }
        })
        yield* run.sendUpTo(1000)
        yield* run.publisher.drained
        proxy.deafen(true)
        yield* run.sendUpTo(1300)
        const manager = yield* Effect.flatMap(connection(server.url), (nc) =>
          Effect.promise(() => jetstreamManager(nc))
        )
        yield* untilAnswer("300 more", async () => (await manager.streams.info("MD_TICKS")).state.messages === 1300)
        assert.strictEqual(run.publisher.counts().retained, 300)
        proxy.resetAll()
        proxy.deafen(false)
        yield* assertExactlyOnce(run, server.url)
        assert.deepStrictEqual(found, [300])
        assert.strictEqual(run.publisher.counts().resent, 0)
      }),
    60_000
  )

  it.live(
    "gives a dead path up after its own timeout",
    () =>
      Effect.gen(function* () {
        const server = yield* startServer()
        const proxy = yield* startProxy(server.port)
        const down: Array<string> = []
        const run = yield* startPublishRun(`nats://127.0.0.1:${proxy.port}`, {
          ackTimeoutMs: 500,
          onEvent: (event) => {
            if (event.type === "linkDown") down.push(event.code)
          }
        })
        yield* run.sendUpTo(500)
        yield* run.publisher.drained
        proxy.blackhole(true)
        yield* run.sendUpTo(700)
        yield* until("the end of the timeout", () => down.length > 0 && run.publisher.room() === 0)
        assert.strictEqual(down[0], "ACK_TIMEOUT")
        proxy.blackhole(false)
        yield* assertExactlyOnce(run, server.url)
      }),
    60_000
  )

  it.live(
    "sends what it retains into a store that was lost, and reports how many acknowledged messages are gone",
    () =>
      Effect.gen(function* () {
        const storeDir = yield* temporaryFolder
        const first = yield* startServer({ storeDir })
        const proxy = yield* startProxy(first.port)
        const run = yield* startPublishRun(`nats://127.0.0.1:${proxy.port}`)
        yield* run.sendUpTo(1000)
        yield* run.publisher.drained
        proxy.deafen(true)
        yield* run.sendUpTo(1200)
        yield* first.stop
        rmSync(join(storeDir, "store"), { recursive: true })
        proxy.deafen(false)
        yield* startServer({ storeDir, port: first.port })
        yield* run.sendUpTo(1500)
        yield* run.publisher.drained
        const { handed, stored, storeLosses, acknowledgedGone, foreignWrites } = run.publisher.counts()
        assert.deepStrictEqual(
          { handed, stored, storeLosses, acknowledgedGone, foreignWrites },
          { handed: 1500, stored: 1500, storeLosses: 1, acknowledgedGone: 1000, foreignWrites: 0 }
        )
        const lines = yield* readStream(first.url)
        assert.deepStrictEqual(
          lines.map((line) => Number(line.text.split(" ")[0])),
          Array.from({ length: 500 }, (_, at) => 1000 + at)
        )
      }),
    60_000
  )
})
