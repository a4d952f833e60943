import { ConfigProvider, Context, Effect, Exit, Layer, Option, type Scope, type Tracer } from "effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as OtlpExporter from "effect/observability/OtlpExporter"
import * as OtlpSerialization from "effect/observability/OtlpSerialization"
import * as OtlpTracer from "effect/observability/OtlpTracer"
import { errorText } from "../../kernel/error-text.ts"
import type { OpenSpan, SpanExport } from "./span.ts"

/** Where spans go. `headers` is called for each request, so that a changed secret file needs no restart. */
export interface TraceSettings {
  /** Base address of the collector, without `/v1/traces`. */
  readonly endpoint: string
  readonly headers: () => Readonly<Record<string, string>>
}

export interface SpanExportOptions extends TraceSettings {
  readonly service: { readonly name: string; readonly version: string; readonly instance: string }
  /** Called when the collector begins to refuse spans, and with undefined when it takes them again. */
  readonly onChange: (trouble: string | undefined) => void
  /** Between two requests; omit: 5 s. */
  readonly everyMs?: number
  /** Time limit of a request; omit: 5 s. */
  readonly answerMs?: number
}

/** Spans that wait for the next request. As many are in the request before it, and not one more. */
const waitingMost = 500
/** Time for the last request at a stop. */
const flushMs = 2000

const nanos = (epochMs: number): bigint => BigInt(Math.round(epochMs)) * 1_000_000n

/** One request, sent once. Fails with the reason when the collector does not take it. */
const post = async (
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array<ArrayBuffer>,
  signal: AbortSignal
) => {
  const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "error" })
  const type = response.headers.get("content-type") ?? ""
  await response.body?.cancel()
  if (!response.ok) throw new Error(`it answered ${response.status}`)
  if (type.includes("html")) throw new Error("it answered with a web page")
}

const spansIn = (body: Uint8Array): number => {
  const data = JSON.parse(Buffer.from(body).toString()) as OtlpTracer.TraceData
  return data.resourceSpans.reduce(
    (sum, { scopeSpans }) => sum + scopeSpans.reduce((total, { spans }) => total + spans.length, 0),
    0
  )
}

/**
 * Exports spans over OTLP/HTTP with JSON until its scope closes. A collector that is away, slow or something else costs
 * one report and the spans: each is sent once, what was not taken is counted, and nothing waits for it.
 */
export const startSpanExport = Effect.fnUntraced(function* (
  options: SpanExportOptions
): Effect.fn.Return<SpanExport, never, Scope.Scope> {
  const { answerMs = 5000, endpoint, everyMs = 5000, headers, onChange, service } = options
  let waiting = 0
  let dropped = 0
  let isTaking = true
  const report = (trouble: string | undefined) => {
    if (isTaking === (trouble === undefined)) return
    isTaking = trouble === undefined
    onChange(trouble)
  }
  // The answer is always a success: the exporter would else repeat the request, and drop spans without a count.
  const client = HttpClient.make((request, url, signal) =>
    Effect.promise(async () => {
      if (request.body._tag !== "Uint8Array") throw new Error("spans are sent as bytes")
      const body = Uint8Array.from(request.body.body)
      const count = spansIn(body)
      waiting -= count
      const sent = { ...request.headers, "content-type": request.body.contentType }
      const answered = AbortSignal.any([signal, AbortSignal.timeout(answerMs)])
      const send = async () => post(url, { ...sent, ...headers() }, body, answered)
      const failed = await send().then(() => undefined, errorText)
      if (failed !== undefined) dropped += count
      report(failed)
      return HttpClientResponse.fromWeb(request, new Response(undefined, { status: 204 }))
    })
  )
  const services = Layer.mergeAll(
    OtlpExporter.layerFlusher,
    OtlpSerialization.layerJson,
    Layer.succeed(HttpClient.HttpClient, client),
    ConfigProvider.layer(ConfigProvider.fromUnknown({}))
  )
  const tracer = yield* OtlpTracer.make({
    url: `${endpoint.replace(/\/+$/, "")}/v1/traces`,
    resource: {
      serviceName: service.name,
      serviceVersion: service.version,
      attributes: { "service.instance.id": service.instance }
    },
    exportInterval: everyMs,
    // More than may wait: the interval alone begins a request, and one is sent at a time.
    maxBatchSize: 2 * waitingMost,
    shutdownTimeout: flushMs
  }).pipe(Effect.provide(services))
  const open: SpanExport["open"] = ({ attributes, name, parent, startMs }) => {
    const span = tracer.span({
      name,
      parent: Option.fromUndefinedOr((parent as { readonly span?: Tracer.Span } | undefined)?.span),
      annotations: Context.empty(),
      links: [],
      startTime: nanos(startMs),
      kind: "internal",
      root: parent === undefined,
      sampled: true
    })
    for (const [key, value] of Object.entries(attributes)) span.attribute(key, value)
    const opened: OpenSpan & { readonly span: Tracer.Span } = {
      span,
      end: (endMs, failure) => {
        if (span.status._tag === "Ended") return
        if (waiting >= waitingMost) {
          dropped++
          return
        }
        waiting++
        span.end(nanos(endMs), failure === undefined ? Exit.void : Exit.fail(new Error(failure)))
      }
    }
    return opened
  }
  return { open, dropped: () => dropped }
})
