import { createServer, type Server } from "node:http"
import { Effect, Schema } from "effect"
import { cureOf } from "../../kernel/system-fault.ts"

/** What the server answers with; called a request at a time, never kept. */
export interface TelemetryAnswers {
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>
  /**
   * Ready, or the reasons why not; `redundancy`: ready, but not every feed is sound (`1 of 2 feeds (…)`); `beside`: what
   * does not work and holds up no tick.
   */
  readonly readiness: () => {
    readonly reasons: ReadonlyArray<string>
    readonly redundancy?: string
    readonly beside: ReadonlyArray<string>
  }
  readonly status: () => unknown
}

/** The telemetry port cannot be opened. Codes: HTTP_PORT_IN_USE, HTTP_NOT_LISTENING. */
export class TelemetryError extends Schema.TaggedError<TelemetryError>()("TelemetryError", {
  code: Schema.Literals(["HTTP_PORT_IN_USE", "HTTP_NOT_LISTENING"]),
  message: Schema.String
}) {}

const respond = async (path: string, answers: TelemetryAnswers) => {
  switch (path) {
    case "/metrics": {
      const { contentType, text } = await answers.metrics()
      return { status: 200, type: contentType, body: text }
    }
    case "/healthz":
      return { status: 200, type: "text/plain", body: "ok\n" }
    case "/readyz": {
      const { reasons, redundancy, beside } = answers.readiness()
      const warnings = beside.map((sentence) => `warning: ${sentence}\n`).join("")
      const ready = redundancy === undefined ? "ready" : `ready, ${redundancy}`
      if (reasons.length === 0) return { status: 200, type: "text/plain", body: `${ready}\n${warnings}` }
      return { status: 503, type: "text/plain", body: `not ready: ${reasons.join("; ")}\n${warnings}` }
    }
    case "/status":
      return { status: 200, type: "application/json", body: `${JSON.stringify(answers.status())}\n` }
    default:
      return { status: 404, type: "text/plain", body: "not found: /metrics, /healthz, /readyz and /status are here\n" }
  }
}

const openServer = (host: string, port: number, answers: TelemetryAnswers) =>
  Effect.callback<Server, TelemetryError>((resume) => {
    const server = createServer((request, response) => {
      const path = (request.url ?? "/").split("?")[0] as string
      respond(path, answers).then(
        ({ status, type, body }) => {
          response.writeHead(status, { "content-type": type, "cache-control": "no-store" })
          response.end(request.method === "HEAD" ? undefined : body)
        },
        (error: unknown) => {
          response.writeHead(500, { "content-type": "text/plain" })
          response.end(`telemetry failed: ${String(error)}\n`)
        }
      )
    })
    server.requestTimeout = 5000
    // For ever: a connection that cannot be accepted (no descriptor left) is an error of the server as well, and ends nothing.
    server.on("error", (error: NodeJS.ErrnoException) => {
      resume(
        Effect.fail(
          error.code === "EADDRINUSE"
            ? new TelemetryError({
                code: "HTTP_PORT_IN_USE",
                message: `Port ${port} on ${host} is in use: end the process that holds it, or choose another one with INGEST_METRICS_PORT (the demo: --http-port), 0 = any free one.`
              })
            : new TelemetryError({
                code: "HTTP_NOT_LISTENING",
                message: `The telemetry server cannot listen on ${host}:${port} (${error.message}): ${cureOf(error, "set INGEST_METRICS_HOST and INGEST_METRICS_PORT to an address of this machine that this user may open")}.`
              })
        )
      )
    })
    server.listen(port, host, () => resume(Effect.succeed(server)))
  })

/** Serves `/metrics`, `/healthz`, `/readyz` and `/status` until its scope closes; gives the port that was opened. */
export const startTelemetryServer = (host: string, port: number, answers: TelemetryAnswers) =>
  Effect.acquireRelease(openServer(host, port, answers), (server) =>
    Effect.callback<void>((resume) => {
      server.close(() => resume(Effect.void))
      // A scraper's idle keep-alive connection must not hold up the stop.
      server.closeAllConnections()
    })
  ).pipe(
    Effect.map((server) => {
      const address = server.address()
      return { port: typeof address === "object" && address !== null ? address.port : port }
    })
  )
