// Orchestrators restart and route by these answers: a daemon that is up and not ready must say so with its reason.
import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Scope } from "effect"
import { LatencyHistogram } from "../../src/kernel/latency-histogram.ts"
import { makeMetrics } from "../../src/market/adapters/prometheus/metrics.ts"
import { metricBounds } from "../../src/market/layers/status/metric-bounds.ts"
import { startTelemetryServer } from "../../src/platform/http/telemetry-server.ts"

const latency = new LatencyHistogram()
/** A daemon without a feed: what this file asks for is not in it. */
const status = () =>
  ({
    ledger: [],
    tree: [],
    sessions: [],
    queue: { depth: 0, capacity: 0, high_water: 0, oldest_ms: 0 },
    broker: { link: "down", oldest_unacked_ms: 0, resent: 0, errors: 0, reconnects: 0, foreign_writes: 0 },
    ready: false
  }) as never
let reasons: Array<string> = []
let beside: Array<string> = []
const start = (port: number) =>
  startTelemetryServer("127.0.0.1", port, {
    metrics: makeMetrics({ bounds: metricBounds, status, latency }).read,
    readiness: () => ({ reasons, beside }),
    status
  })
const get = (url: string) =>
  Effect.promise(async () => {
    const response = await fetch(url)
    return { status: response.status, text: await response.text() }
  })

it.live("answers 503 with the reasons until it is ready", () =>
  Effect.gen(function* () {
    const { port } = yield* start(0)
    reasons = ["broker link down", "session primary connecting"]
    const url = `http://127.0.0.1:${port}`
    assert.deepStrictEqual(yield* get(`${url}/readyz`), {
      status: 503,
      text: "not ready: broker link down; session primary connecting\n"
    })
    assert.strictEqual((yield* get(`${url}/healthz`)).status, 200)
    reasons = []
    assert.strictEqual((yield* get(`${url}/readyz?verbose`)).status, 200)
    beside = ["control plane: NATS refuses the credentials"]
    assert.deepStrictEqual(yield* get(`${url}/readyz`), {
      status: 200,
      text: "ready\nwarning: control plane: NATS refuses the credentials\n"
    })
    beside = []
    assert.strictEqual((yield* get(`${url}/`)).status, 404)
  })
)

it.live("refuses a port in use by its number", () =>
  Effect.gen(function* () {
    const { port } = yield* start(0)
    const error = yield* Effect.flip(start(port))
    assert.strictEqual(error.code, "HTTP_PORT_IN_USE")
    assert.include(error.message, `Port ${port}`)
  })
)

it.live("answers for itself, without a body for HEAD, and says what failed", () =>
  Effect.gen(function* () {
    const answers = (name: string) => ({
      metrics: () =>
        name === "a"
          ? Promise.reject(new Error("no status yet"))
          : Promise.resolve({ contentType: "text/x", text: name }),
      readiness: () => ({ reasons: [name], beside: [] }),
      status: () => ({ name })
    })
    const a = yield* startTelemetryServer("127.0.0.1", 0, answers("a"))
    const b = yield* startTelemetryServer("127.0.0.1", 0, answers("b"))
    for (const [{ port }, name] of [
      [a, "a"],
      [b, "b"]
    ] as const) {
      const answered = yield* get(`http://127.0.0.1:${port}/readyz`)
      assert.deepStrictEqual(answered, { status: 503, text: `not ready: ${name}\n` })
      const { text } = yield* get(`http://127.0.0.1:${port}/status`)
      assert.strictEqual(text, `{"name":"${name}"}\n`)
    }
    const failed = yield* get(`http://127.0.0.1:${a.port}/metrics`)
    assert.deepStrictEqual(failed, { status: 500, text: "telemetry failed: Error: no status yet\n" })
    const head = yield* Effect.promise(() => fetch(`http://127.0.0.1:${b.port}/metrics`, { method: "HEAD" }))
    assert.deepStrictEqual(
      [
        head.status,
        head.headers.get("content-type"),
        head.headers.get("cache-control"),
        yield* Effect.promise(() => head.text())
      ],
      [200, "text/x", "no-store", ""]
    )
  })
)

it.live("stops at once beside a connection that is kept and an answer that does not come", () =>
  Effect.gen(function* () {
    const asked = yield* Deferred.make<void>()
    const scope = yield* Scope.make()
    const server = startTelemetryServer("127.0.0.1", 0, {
      metrics: () => (Deferred.doneUnsafe(asked, Effect.void), new Promise(() => undefined)),
      readiness: () => ({ reasons: [], beside: [] }),
      status
    })
    const { port } = yield* Scope.provide(server, scope)
    yield* get(`http://127.0.0.1:${port}/healthz`)
    const open = fetch(`http://127.0.0.1:${port}/metrics`).then(
      () => "answered",
      () => "cut"
    )
    yield* Deferred.await(asked)
    yield* Scope.close(scope, Exit.void).pipe(Effect.timeout("3 seconds"))
    assert.strictEqual(yield* Effect.promise(() => open), "cut")
    const again = yield* start(port)
    assert.strictEqual(again.port, port)
  })
)

it.live("shows the latencies that were recorded, in the text format too", () =>
  Effect.gen(function* () {
    for (const ms of [0.4, 4, 40, 400]) latency.record(ms)
    const { text } = yield* Effect.promise(() => makeMetrics({ bounds: metricBounds, status, latency }).read())
    assert.match(text, /^md_callback_to_ack_seconds_bucket\{le="0\.012"\} 2$/m)
    assert.match(text, /^md_callback_to_ack_seconds_bucket\{le="\+Inf"\} 4$/m)
    assert.match(text, /^md_callback_to_ack_seconds_count 4$/m)
  })
)
