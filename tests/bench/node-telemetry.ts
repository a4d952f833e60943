import { createServer, type Server } from "node:http"
import { Effect } from "effect"
import type { TelemetryAnswers } from "../../src/platform/http/telemetry-server.ts"

const respond = async (path: string, answers: TelemetryAnswers) => {
  if (path === "/healthz") return { type: "text/plain", body: "ok\n" }
  const { contentType, text } = await answers.metrics()
  return { type: contentType, body: text }
}

/** The telemetry port over plain `node:http`, for the comparison of docs/reference/benchmarks.md. */
export const startNodeTelemetry = (host: string, answers: TelemetryAnswers) =>
  Effect.acquireRelease(
    Effect.callback<Server>((resume) => {
      const server = createServer((request, response) => {
        void respond((request.url ?? "/").split("?")[0] as string, answers).then(({ body, type }) => {
          response.writeHead(200, { "content-type": type, "cache-control": "no-store" })
          response.end(body)
        })
      })
      server.listen(0, host, () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => server.close().closeAllConnections())
  ).pipe(Effect.map((server) => ({ port: (server.address() as { readonly port: number }).port })))
