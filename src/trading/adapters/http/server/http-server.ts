import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Cause, Effect, Exit, Schema, Scope } from "effect"
import * as HttpRouter from "effect/http/HttpRouter"
import { errorText } from "../../../../kernel/error-text.ts"
import { cureOf } from "../../../../kernel/system-fault.ts"
import { defaultPlaces, isAdmitted, makeAdmission, type Places } from "../admission/admission.ts"
import type { RateLimits } from "../admission/rate-limits.ts"
import { type AdmittedRequests, makeRoutes, problemResponse, schemaProblem } from "../api.ts"
import { openApiOf } from "../document.ts"
import type { Endpoint } from "../endpoint.ts"
import type { Problem } from "../problem.ts"
import type { Caller, Unauthenticated } from "../tokens/authenticate.ts"
import { boundConnections, connectionLimits } from "./connection-bounds.ts"
import { makeRefuse, refuseUnreadable } from "./refuse.ts"

/** The API cannot listen. Codes: a port that is in use passes by itself; the others need a person. */
export class HttpApiListenError extends Schema.TaggedError<HttpApiListenError>()("HttpApiListenError", {
  code: Schema.Literals(["API_PORT_IN_USE", "API_NOT_LISTENING", "API_PUBLIC_WITHOUT_TOKENS"]),
  message: Schema.String
}) {}

/** What happened on the port, for log and metrics. */
export interface HttpApiEvents {
  /** An answer has left. `route`: the name of the endpoint, or `none`. */
  readonly answered: (route: string, status: number, ms: number) => void
  readonly refused: (code: string, address: string) => void
  /** A connection made room, or did not wait for its answers. */
  readonly cut: () => void
  readonly bug: (endpoint: string, cause: Cause.Cause<unknown>) => string
}

export interface HttpApiOptions {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly version: string
  /** Given the document of all endpoints, those that show it among them. */
  readonly endpoints: (document: () => unknown) => ReadonlyArray<Endpoint>
  readonly authenticate: (authorization: string | undefined) => Caller | Unauthenticated
  readonly activeTokens: () => number
  readonly limits: RateLimits
  readonly places?: Partial<Places>
  /** Requests in progress may end within this time at a stop. Milliseconds. */
  readonly drainMs: number
  readonly monotonicMs: () => number
  readonly events: HttpApiEvents
}

const loopback: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "localhost"])

/** Times of a request in milliseconds; Node answers 408 when they have passed. */
const times = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1000,
  keepAliveTimeout: 5000
}
const headerBytesMax = 16_384

const listenErrorOf = (host: string, port: number, cause: unknown): HttpApiListenError => {
  if ((cause as { readonly code?: string }).code === "EADDRINUSE") {
    const message = `Port ${port} on ${host} is in use: end the process that holds it, or set TRADE_HTTP_PORT.`
    return new HttpApiListenError({ code: "API_PORT_IN_USE", message })
  }
  const fix = cureOf(cause, "set TRADE_HTTP_HOST and TRADE_HTTP_PORT to an address of this machine")
  const message = `The API cannot listen on ${host}:${port} (${errorText(cause)}): ${fix}.`
  return new HttpApiListenError({ code: "API_NOT_LISTENING", message })
}

const headOf = ({ headers, method = "", url = "" }: IncomingMessage) => ({
  method,
  url,
  authorization: headers.authorization,
  contentType: headers["content-type"],
  contentLength: headers["content-length"],
  chunked: headers["transfer-encoding"] !== undefined
})

const toProblem = (cause: Cause.Cause<unknown>, bug: HttpApiEvents["bug"]): Problem =>
  schemaProblem(cause) ?? {
    status: 500,
    code: "INTERNAL",
    detail: `The request failed by a bug of tickd: look for ${bug("router", cause)} in the daemon's log.`
  }

/**
 * Serves the API until its scope closes: then no request is taken any more, those in progress end within `drainMs`,
 * and the rest is cut. Returns the open port.
 */
export const serveHttpApi = Effect.fnUntraced(function* (
  options: HttpApiOptions
): Effect.fn.Return<{ readonly port: number }, HttpApiListenError, Scope.Scope> {
  const { events, host, monotonicMs, port } = options
  if (!loopback.has(host) && options.activeTokens() === 0) {
    const message = `The API would listen on ${host} and there is no token: create one with tickd token create, or set TRADE_HTTP_HOST to 127.0.0.1.`
    return yield* new HttpApiListenError({ code: "API_PUBLIC_WITHOUT_TOKENS", message })
  }
  // Closed after the server has drained: finalizers run from the last to the first.
  const work = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
  const admitted: AdmittedRequests = new WeakMap()
  let document: unknown
  const endpoints = options.endpoints(() => document)
  const routes = makeRoutes({ endpoints, admitted, scope: work, onRefused: events.refused, onBug: events.bug })
  document = openApiOf(endpoints, options.version)
  const app = yield* HttpRouter.toHttpEffect(routes).pipe(
    Effect.provide(NodeHttpServer.layerHttpServices),
    Scope.provide(work)
  )
  const handler = yield* NodeHttpServer.makeHandler(
    Effect.catchCause(app, (cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.interrupt
        : Effect.sync(() => problemResponse(toProblem(cause, events.bug)))
    ),
    { scope: work }
  )

  let stopping = false
  let inProgress = 0
  const idle = new Set<() => void>()
  const admit = makeAdmission({
    routes: endpoints,
    authenticate: options.authenticate,
    limits: options.limits,
    places: { ...defaultPlaces, ...options.places },
    openPerSecond: 50,
    signedPerSecond: 200,
    stopping: () => stopping,
    monotonicMs
  })
  const refuse = makeRefuse(monotonicMs)
  const server = createServer({ ...times, maxHeaderSize: headerBytesMax })
  const connections = boundConnections(server, connectionLimits, events.cut)

  const take = (request: IncomingMessage, response: ServerResponse, goOn: () => void) => {
    const startedMs = monotonicMs()
    if (!connections.began(request, response)) return
    const found = admit(headOf(request))
    const route = isAdmitted(found) ? found.route.name : "none"
    response.once("finish", () => events.answered(route, response.statusCode, monotonicMs() - startedMs))
    if (!isAdmitted(found)) {
      events.refused(found.code, request.socket.remoteAddress ?? "")
      return refuse(request, response, found)
    }
    connections.admitted(request, response)
    inProgress++
    const entry = { ...found, taken: false }
    admitted.set(request, entry)
    response.once("close", () => {
      // The endpoint gives its place back by itself once it has begun.
      if (!entry.taken) found.release()
      if (--inProgress === 0) for (const wake of idle) wake()
    })
    goOn()
    handler(request, response)
  }
  server.on("request", (request: IncomingMessage, response: ServerResponse) => take(request, response, () => undefined))
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) =>
    take(request, response, () => response.writeContinue())
  )
  server.on("clientError", refuseUnreadable)
  // Stays registered: a connection that cannot be accepted (no descriptor left) ends nothing.
  server.on("error", () => undefined)

  yield* Effect.callback<void, HttpApiListenError>((resume) => {
    const failed = (cause: Error) => resume(Effect.fail(listenErrorOf(host, port, cause)))
    server.once("error", failed)
    server.listen({ host, port }, () => {
      server.off("error", failed)
      resume(Effect.void)
    })
  })
  const untilIdle = Effect.callback<void>((resume) => {
    const wake = () => resume(Effect.void)
    if (inProgress === 0) return wake()
    idle.add(wake)
    return Effect.sync(() => idle.delete(wake))
  })
  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      stopping = true
      server.close()
      server.closeIdleConnections()
      yield* Effect.timeoutOption(untilIdle, options.drainMs)
      server.closeAllConnections()
    })
  )
  const address = server.address()
  return { port: typeof address === "object" && address !== null ? address.port : port }
})
