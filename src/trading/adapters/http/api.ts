import type { IncomingMessage } from "node:http"
import { ByteSize, Cause, Effect, Exit, Fiber, Layer, Option, Result, type Scope } from "effect"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { HttpApiSchemaError } from "effect/http-api/HttpApiError"
import type { Admitted } from "./admission/admission.ts"
import { Access, apiOf, tagsOf } from "./document.ts"
import type { ApiAnswer, Endpoint } from "./endpoint.ts"
import { answerHeaders, type Problem, problemBody, problemType } from "./problem.ts"

/** What the admission decided on a request, by the request itself. A request that is not in it was not admitted. */
export type AdmittedRequests = WeakMap<IncomingMessage, Admitted<Endpoint> & { taken: boolean }>

export const problemResponse = (problem: Problem) =>
  HttpServerResponse.text(problemBody(problem), {
    status: problem.status,
    contentType: problemType,
    headers: { ...answerHeaders, ...problem.headers }
  })

const answerResponse = (answer: ApiAnswer) => {
  const headers = { ...answerHeaders, ...answer.headers }
  const { status } = answer
  return "text" in answer
    ? HttpServerResponse.text(answer.text, { status, contentType: answer.contentType, headers })
    : HttpServerResponse.text(`${JSON.stringify(answer.body)}\n`, { status, contentType: "application/json", headers })
}

const noCaller: Problem = { status: 401, code: "TOKEN_MISSING", detail: "Send the header Authorization: Bearer TOKEN." }

const sourceOf = (request: HttpServerRequest.HttpServerRequest) => request.source as IncomingMessage

const queryOf = (url: string): Readonly<Record<string, string>> => {
  const at = url.indexOf("?")
  return at < 0 ? {} : Object.fromEntries(new URLSearchParams(url.slice(at + 1)))
}

/** The parts of a path by their names. The path has matched the route, which only a path of text does. */
const paramsOf = (route: Endpoint, url: string): Readonly<Record<string, string>> => {
  const given = url.split(/[?#]/, 1)[0]?.split("/") ?? []
  const params: Record<string, string> = {}
  for (const [at, part] of route.path.split("/").entries()) {
    if (part.startsWith("{")) params[part.slice(1, -1)] = decodeURIComponent(given[at] ?? "")
  }
  return params
}

const bodyOf = (request: HttpServerRequest.HttpServerRequest, { bytesMax }: Endpoint) =>
  request.arrayBuffer.pipe(
    Effect.provideService(HttpIncomingMessage.MaxBodySize, ByteSize.bytes(Math.max(bytesMax, 1))),
    Effect.map((buffer) => new Uint8Array(buffer)),
    Effect.mapError(
      ({ reason }): Problem =>
        reason._tag === "RequestParseError" && reason.reason === "BodyTooLarge"
          ? {
              status: 413,
              code: "REQUEST_TOO_LARGE",
              detail: `A body has ${bytesMax} bytes at most.`,
              headers: { connection: "close" }
            }
          : { status: 400, code: "MALFORMED_REQUEST", detail: "The body did not come to its end." }
    )
  )

export interface ApiOptions {
  readonly endpoints: ReadonlyArray<Endpoint>
  readonly admitted: AdmittedRequests
  /** Scope of what is carried out: a client that goes away ends nothing. */
  readonly scope: Scope.Scope
  /** An admitted request was refused by its endpoint. */
  readonly onRefused: (code: string, address: string) => void
  /** A request ended with a bug. Returns the id under which it is in the log. */
  readonly onBug: (endpoint: string, cause: Cause.Cause<unknown>) => string
}

const internal = (id: string): Problem => ({
  status: 500,
  code: "INTERNAL",
  detail: `The request failed by a bug of tickd: look for ${id} in the daemon's log.`
})

/** Answers one admitted request. */
const handle = (options: ApiOptions, endpoint: Endpoint) =>
  Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    const source = sourceOf(request)
    const admitted = options.admitted.get(source)
    if (admitted === undefined || admitted.route !== endpoint) return problemResponse(noCaller)
    const params = paramsOf(endpoint, request.url)
    const body = yield* Effect.result(
      endpoint.bytesMax === 0 ? Effect.succeed(new Uint8Array()) : bodyOf(request, endpoint)
    )
    if (Result.isFailure(body)) return problemResponse(body.failure)
    admitted.taken = true
    const work = endpoint
      .answer({
        caller: admitted.caller,
        params,
        query: queryOf(request.url),
        headers: request.headers,
        body: body.success,
        remoteAddress: Option.getOrElse(request.remoteAddress, () => "")
      })
      .pipe(Effect.ensuring(Effect.sync(admitted.release)))
    const exit = yield* Fiber.await(yield* Effect.forkIn(work, options.scope))
    if (Exit.isSuccess(exit)) return answerResponse(exit.value)
    const failure = Cause.findErrorOption(exit.cause)
    if (Option.isSome(failure)) {
      options.onRefused(failure.value.code, source.socket.remoteAddress ?? "")
      return problemResponse(failure.value)
    }
    if (Cause.hasInterruptsOnly(exit.cause)) {
      const detail = "The daemon stopped before the request was done: look whether it was carried out."
      return problemResponse({ status: 503, code: "STOPPING", detail })
    }
    return problemResponse(internal(options.onBug(endpoint.name, exit.cause)))
  })

/** A part of the path or of the query that its schema refuses. */
export const schemaProblem = (cause: Cause.Cause<unknown>): Problem | undefined => {
  const error = Cause.squash(cause)
  if (!HttpApiSchemaError.is(error)) return undefined
  const why = error.cause.message.replace(/\s+/g, " ").trim().slice(0, 300)
  return { status: 400, code: "MALFORMED_REQUEST", detail: `The request cannot be used (${why}): correct that field.` }
}

/** The routes of the endpoints. */
export const makeRoutes = (options: ApiOptions) => {
  const tags = tagsOf(options.endpoints)
  const api = apiOf(options.endpoints)
  const access = Layer.succeed(
    Access,
    Access.of({
      bearer: (httpEffect) =>
        Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
          options.admitted.get(sourceOf(request))?.caller === undefined
            ? Effect.succeed(problemResponse(noCaller))
            : httpEffect
        )
    })
  )
  const handlers = tags.map((tag) =>
    HttpApiBuilder.group(api, tag as never, (all) => {
      // The endpoints come from a table: the compiler does not know their names.
      const untyped = all as unknown as { readonly handleRaw: (name: string, run: unknown) => unknown }
      for (const endpoint of options.endpoints.filter((one) => one.tag === tag)) {
        const run = handle(options, endpoint)
        untyped.handleRaw(endpoint.name, ({ request }: { request: HttpServerRequest.HttpServerRequest }) =>
          run(request)
        )
      }
      return untyped as never
    })
  )
  const routes = handlers.reduce(
    (layer, group) => Layer.provide(layer, group as unknown as Layer.Layer<never, never, never>),
    HttpApiBuilder.layer(api) as unknown as Layer.Layer<never>
  )
  return Layer.provide(routes, access as unknown as Layer.Layer<never>)
}
