import { createServer } from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Effect, Layer, Schema, type Scope } from "effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { errorText } from "../../kernel/error-text.ts"
import { cureOf } from "../../kernel/system-fault.ts"
import { boundReaders, type ReaderCut, type ReaderLimits, readerLimits } from "./reader-bounds.ts"
import { sharedPage } from "./shared-page.ts"

/** Content of the answers. `readiness` is called for each request; a rendering of the others is shared by readers. */
export interface TelemetryAnswers {
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>
  /**
   * Ready, or the reasons why not; `redundancy`: ready, but a feed is unhealthy (`1 of 2 feeds (…)`); `beside`:
   * faults that do not hold up ticks.
   */
  readonly readiness: () => {
    readonly reasons: ReadonlyArray<string>
    readonly redundancy?: string
    readonly beside: ReadonlyArray<string>
  }
  readonly status: () => unknown
  /** Called when a reader is cut; omit to disable. */
  readonly readerCut?: (why: ReaderCut) => void
}

/** The telemetry port cannot be opened. Codes: HTTP_PORT_IN_USE, HTTP_NOT_LISTENING. */
export class TelemetryError extends Schema.TaggedError<TelemetryError>()("TelemetryError", {
  code: Schema.Literals(["HTTP_PORT_IN_USE", "HTTP_NOT_LISTENING"]),
  message: Schema.String
}) {}

type Answer = HttpServerResponse.HttpServerResponse
const headers = { "cache-control": "no-store" }
const answer = (body: string, status = 200, contentType = "text/plain") =>
  HttpServerResponse.text(body, { status, contentType, headers })

/** A page that is rendered and encoded once for all readers: a slow one holds no copy of its own. */
const page = (render: () => Promise<{ readonly contentType: string; readonly text: string }>) => {
  const shared = sharedPage(async () => {
    const { contentType, text } = await render()
    return { contentType, bytes: Buffer.from(text) }
  })
  return async () => {
    const { bytes, contentType } = await shared()
    return HttpServerResponse.uint8Array(bytes, { contentType, headers })
  }
}

const readiness = ({ beside, reasons, redundancy }: ReturnType<TelemetryAnswers["readiness"]>) => {
  const warnings = beside.map((sentence) => `warning: ${sentence}\n`).join("")
  if (reasons.length > 0) return answer(`not ready: ${reasons.join("; ")}\n${warnings}`, 503)
  return answer(`${redundancy === undefined ? "ready" : `ready, ${redundancy}`}\n${warnings}`)
}

const routesOf = (answers: TelemetryAnswers) => {
  const route = (path: `/${string}`, respond: () => Answer | Promise<Answer>) =>
    HttpRouter.add(
      "*",
      path,
      Effect.promise(async () => respond()).pipe(
        Effect.catchDefect((cause) => Effect.succeed(answer(`telemetry failed: ${String(cause)}\n`, 500)))
      )
    )
  return Layer.mergeAll(
    route("/metrics", page(answers.metrics)),
    route("/healthz", () => answer("ok\n")),
    route("/readyz", () => readiness(answers.readiness())),
    route(
      "/status",
      page(async () => ({ contentType: "application/json", text: `${JSON.stringify(answers.status())}\n` }))
    ),
    HttpRouter.add("*", "*", Effect.succeed(answer("not found: use /metrics, /healthz, /readyz or /status\n", 404)))
  )
}

/** The variables that choose host and port, and the demo's flag where it has one. */
interface AddressNames {
  readonly host: string
  readonly port: string
  readonly demoFlag?: string
}
const telemetryNames: AddressNames = {
  host: "INGEST_METRICS_HOST",
  port: "INGEST_METRICS_PORT",
  demoFlag: "--http-port"
}

const refusalOf = (host: string, port: number, names: AddressNames, cause: unknown): TelemetryError => {
  if (cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE") {
    return new TelemetryError({
      code: "HTTP_PORT_IN_USE",
      message: `Port ${port} on ${host} is in use: end the process that holds it, or choose another one with ${names.port}${names.demoFlag === undefined ? "" : ` (the demo: ${names.demoFlag}), 0 = any free one`}.`
    })
  }
  const why = errorText(cause)
  const fix = `set ${names.host} and ${names.port} to an address of this machine that this user may open`
  return new TelemetryError({
    code: "HTTP_NOT_LISTENING",
    message: `The telemetry server cannot listen on ${host}:${port} (${why}): ${cureOf(cause, fix)}.`
  })
}

/** Serves `/metrics`, `/healthz`, `/readyz` and `/status` until its scope closes. Returns the open port. */
export const startTelemetryServer = Effect.fnUntraced(function* (
  host: string,
  port: number,
  answers: TelemetryAnswers,
  names: AddressNames = telemetryNames,
  limits: ReaderLimits = readerLimits
): Effect.fn.Return<{ readonly port: number }, TelemetryError, Scope.Scope> {
  const server = createServer({ requestTimeout: 5000, headersTimeout: 5000, connectionsCheckingInterval: 1000 })
  boundReaders(server, limits, (why) => answers.readerCut?.(why))
  // Stays registered: a connection that cannot be accepted (no descriptor left) is an error of the server too, and ends
  // nothing.
  server.on("error", () => undefined)
  const listening = NodeHttpServer.layer(() => server, { host, port })
  yield* Layer.build(
    HttpRouter.serve(routesOf(answers), { disableLogger: true, disableListenLog: true }).pipe(Layer.provide(listening))
  ).pipe(Effect.mapError(({ cause }) => refusalOf(host, port, names, cause)))
  const address = server.address()
  // An idle keep-alive connection of a scraper must not delay the stop. This finalizer runs before the layer's own.
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      server.close()
      server.closeAllConnections()
    })
  )
  return { port: typeof address === "object" && address !== null ? address.port : port }
})
