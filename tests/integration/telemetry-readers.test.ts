// A scraper that reads slowly or never ends must cost the daemon neither memory nor time, and must not lock out the one
// that works.
import { connect, type Socket } from "node:net"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import type { ReaderCut, ReaderLimits } from "../../src/platform/http/reader-bounds.ts"
import { startTelemetryServer } from "../../src/platform/http/telemetry-server.ts"

/** More than the system keeps of an answer that is not read. */
const large = "x".repeat(64 * 1024 * 1024)

const start = Effect.fnUntraced(function* (limits: ReaderLimits, text = "md_up 1\n") {
  const cut = Promise.withResolvers<ReaderCut>()
  let renderings = 0
  const answers = {
    metrics: async () => (renderings++, { contentType: "text/plain", text }),
    readiness: () => ({ reasons: [], beside: [] }),
    status: () => ({}),
    readerCut: cut.resolve
  }
  const { port } = yield* startTelemetryServer("127.0.0.1", 0, answers, undefined, limits)
  return { port, firstCut: Effect.promise(() => cut.promise), renderings: () => renderings }
})

/** Asks for the metrics and reads nothing. `end` reads the rest: how the connection ended. */
const openReader = (port: number) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly socket: Socket; readonly end: Effect.Effect<string> }>((resume) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.pause()
        socket.write("GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n")
        resume(Effect.succeed({ socket, end: Effect.promise(() => (socket.resume(), ended)) }))
      })
      const ended = new Promise<string>((resolve) => {
        socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "error"))
        socket.once("close", () => resolve("closed"))
      })
    }),
    ({ socket }) => Effect.sync(() => socket.destroy())
  )

const get = (port: number, path: string) =>
  Effect.promise(async () => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: "close" } })
    return response.text()
  })

it.live("cuts a reader that has not read its answer in time, and counts it", () =>
  Effect.gen(function* () {
    const { firstCut, port } = yield* start({ answerMs: 300, connectionsMost: 64 }, large)
    const { end } = yield* openReader(port)
    assert.strictEqual(yield* get(port, "/healthz"), "ok\n")
    assert.strictEqual(yield* firstCut, "slow")
    assert.strictEqual(yield* end, "ECONNRESET")
  })
)

it.live("ends the oldest of too many connections, and answers the newest", () =>
  Effect.gen(function* () {
    const { firstCut, port } = yield* start({ answerMs: 60_000, connectionsMost: 4 }, large)
    const readers = yield* Effect.forEach([1, 2, 3, 4], () => openReader(port))
    assert.strictEqual(yield* get(port, "/readyz"), "ready\n")
    assert.strictEqual(yield* firstCut, "crowded")
    assert.strictEqual(yield* (readers[0] as (typeof readers)[number]).end, "ECONNRESET")
  })
)

it.live("holds one copy of a page for all its readers, and renders it once", () =>
  Effect.gen(function* () {
    const { port, renderings } = yield* start({ answerMs: 60_000, connectionsMost: 64 }, large)
    yield* openReader(port)
    yield* get(port, "/healthz")
    const before = process.memoryUsage().arrayBuffers
    yield* Effect.forEach(Array.from({ length: 16 }), () => openReader(port))
    yield* get(port, "/healthz")
    assert.isBelow(process.memoryUsage().arrayBuffers - before, 2 * large.length)
    assert.isAtMost(renderings(), 2)
  })
)
