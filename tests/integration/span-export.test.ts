// Tracing is an aid: a collector that is away, hangs or is something else must cost one line and a count, and no time.
import { assert, it } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import { startSpanExport } from "../../src/platform/trace/span-export.ts"
import { startTraceCollector } from "../support/trace-collector.ts"
import { until } from "../support/until.ts"

const service = { name: "tickd", version: "0.0.0", instance: "test" }

const start = Effect.fnUntraced(function* (endpoint: string, answerMs = 5000) {
  const reports: Array<string | undefined> = []
  const scope = yield* Scope.make()
  const options = { endpoint, service, everyMs: 50, answerMs, headers: () => ({ "x-key": "secret" }) }
  const spans = yield* Scope.provide(
    startSpanExport({ ...options, onChange: (trouble) => void reports.push(trouble) }),
    scope
  )
  const end = (name: string) => spans.open({ name, startMs: 1000, attributes: {} }).end(2000)
  return { spans, reports, end, close: Scope.close(scope, Exit.void) }
})

it.live("sends a parent and its failed child with the resource, the headers and their times", () =>
  Effect.gen(function* () {
    const collector = yield* startTraceCollector()
    const { close, spans } = yield* start(`${collector.url}/`)
    const parent = spans.open({ name: "command failover", startMs: 1000, attributes: { "tickd.command": "failover" } })
    spans.open({ name: "failover", parent, startMs: 1200, attributes: {} }).end(1700, "no tick in time")
    parent.end(2000)
    parent.end(3000, "a second end")
    yield* close
    const [request] = collector.requests
    assert.deepInclude(request, { path: "/v1/traces" })
    assert.strictEqual(request?.headers["x-key"], "secret")
    const attributes = request?.body.resourceSpans[0]?.resource.attributes ?? []
    assert.deepInclude(attributes, { key: "service.name", value: { stringValue: "tickd" } })
    assert.deepInclude(attributes, { key: "service.instance.id", value: { stringValue: "test" } })
    const [child, root] = collector.spans()
    assert.strictEqual(collector.spans().length, 2)
    assert.deepInclude(root, {
      name: "command failover",
      startTimeUnixNano: "1000000000",
      endTimeUnixNano: "2000000000"
    })
    assert.strictEqual(root?.status.code, 1)
    assert.deepEqual([child?.name, child?.traceId, child?.parentSpanId], ["failover", root?.traceId, root?.spanId])
    assert.deepInclude(child?.status, { code: 2, message: "no tick in time" })
  })
)

it.live("keeps at most 500 spans for a collector that hangs, counts the others, and stops within its time", () =>
  Effect.gen(function* () {
    const collector = yield* startTraceCollector(() => undefined)
    const { close, end, spans } = yield* start(collector.url)
    end("first")
    yield* until("a request", () => collector.requests.length === 1)
    for (let at = 0; at < 700; at++) end("more")
    assert.strictEqual(spans.dropped(), 200)
    const startMs = performance.now()
    yield* close
    assert.isBelow(performance.now() - startMs, 3000)
    assert.strictEqual(collector.requests.length, 2)
  })
)

it.live("reports a web page, a refusal and an answer that does not come once each way, and counts what they cost", () =>
  Effect.gen(function* () {
    let way: "html" | "refusal" | "silence" | "takes" = "html"
    const collector = yield* startTraceCollector((response) => {
      if (way === "html") response.writeHead(200, { "content-type": "text/html" }).end("<html>")
      if (way === "refusal") response.writeHead(503).end()
      if (way === "takes") response.writeHead(200, { "content-type": "application/json" }).end("{}")
    })
    const { close, end, reports, spans } = yield* start(collector.url, 300)
    let dropped = 0
    for (const each of ["html", "refusal", "silence"] as const) {
      way = each
      end(each)
      dropped++
      yield* until(each, () => spans.dropped() === dropped)
    }
    assert.deepStrictEqual(reports, ["it answered with a web page"])
    way = "takes"
    end("taken")
    yield* until("a report", () => reports.length === 2)
    assert.deepStrictEqual([reports[1], spans.dropped()], [undefined, 3])
    yield* close
  })
)
