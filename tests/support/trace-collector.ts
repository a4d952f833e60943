import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"

/** A span as OTLP/HTTP with JSON carries it. `status.code`: 1 ok, 2 error. */
interface CollectedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: ReadonlyArray<{ readonly key: string; readonly value: unknown }>
  readonly status: { readonly code: number; readonly message?: string }
}
interface TraceBody {
  readonly resourceSpans: ReadonlyArray<{
    readonly resource: { readonly attributes: CollectedSpan["attributes"] }
    readonly scopeSpans: ReadonlyArray<{ readonly spans: ReadonlyArray<CollectedSpan> }>
  }>
}

const takes = (response: ServerResponse) =>
  void response.writeHead(200, { "content-type": "application/json" }).end("{}")

/** Stands in for a collector: keeps what it gets, and answers as `answer` says. */
export const startTraceCollector = (answer: (response: ServerResponse) => void = takes) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const requests: Array<{
        readonly path: string
        readonly headers: IncomingHttpHeaders
        readonly body: TraceBody
      }> = []
      const server = createServer(async (request, response) => {
        const chunks: Array<Buffer> = []
        for await (const chunk of request) chunks.push(chunk as Buffer)
        const body = JSON.parse(Buffer.concat(chunks).toString()) as TraceBody
        requests.push({ path: request.url ?? "", headers: request.headers, body })
        answer(response)
      })
      await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve))
      const spans = () =>
        requests.flatMap(({ body }) =>
          body.resourceSpans.flatMap((of) => of.scopeSpans.flatMap((scope) => scope.spans))
        )
      return { server, requests, spans, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
    }),
    ({ server }) =>
      Effect.sync(() => {
        server.closeAllConnections()
        server.close()
      })
  )
