import { Clock, Effect, Layer, Stream } from "effect"
import { layer as fetchClient, RequestInit } from "effect/http/FetchHttpClient"
import { HttpClient, TracerPropagationEnabled } from "effect/http/HttpClient"
import { bodyText, make } from "effect/http/HttpClientRequest"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import { systemCodeOf } from "../../../../kernel/system-fault.ts"
import type { VenueError } from "../../../ports/venue.ts"
import type { AlpacaCounts } from "../counts.ts"
import { type AlpacaSettings, readKeys } from "../settings.ts"
import { Unreadable } from "../wire/fields.ts"
import { textMax } from "../wire/json-text.ts"
import { type Answer, errorOf, unauthorized, unknown } from "./outcome.ts"

/**
 * Requests over Node's fetch, without redirects: a redirected POST could leave twice, or with the keys to another host.
 * It is Effect's client and not fetch itself, so that a simulated venue in virtual time can stand in its place.
 */
export const fetchLayer: Layer.Layer<HttpClient> = fetchClient.pipe(
  Layer.provide(Layer.succeed(RequestInit, { redirect: "manual", credentials: "omit" }))
)

export interface Request {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE"
  /** With host. */
  readonly url: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: Readonly<Record<string, string | undefined>>
}

/** Sends once, and succeeds with the text of a 2xx. */
export type Send = (request: Request) => Effect.Effect<string, VenueError>

const readText = Effect.fnUntraced(function* (response: HttpClientResponse) {
  const decoder = new TextDecoder("utf-8", { fatal: true })
  let text = ""
  yield* response.stream.pipe(
    Stream.runForEach((bytes) =>
      Effect.try({
        try: () => {
          text += decoder.decode(bytes, { stream: true })
          if (text.length > textMax) throw new Error(`longer than ${textMax} characters`)
        },
        catch: (cause) => cause
      })
    ),
    // A 204 and many errors have none.
    Effect.catchIf(
      (cause) => (cause as { reason?: { _tag?: string } }).reason?._tag === "EmptyBodyError",
      () => Effect.void
    )
  )
  return text + decoder.decode()
})

/** The system's word for a fault of the connection. No header and no key is in it. */
const causeOf = (error: unknown): string => {
  const reason = (error as { reason?: { cause?: unknown } }).reason
  const cause = reason?.cause ?? error
  return systemCodeOf((cause as { cause?: unknown }).cause ?? cause).slice(0, 200)
}

export const makeSend = (client: HttpClient, settings: AlpacaSettings, counts: AlpacaCounts): Send => {
  const ask = Effect.fnUntraced(function* (request: Request, keys: { readonly id: string; readonly secret: string }) {
    const query = Object.entries(request.query ?? {}).filter(([, value]) => value !== undefined)
    const bare = make(request.method)(request.url, {
      urlParams: query as ReadonlyArray<[string, string]>,
      headers: {
        accept: "application/json",
        "user-agent": "tickd",
        "apca-api-key-id": keys.id,
        "apca-api-secret-key": keys.secret
      }
    })
    const asked = request.body === undefined ? bare : bodyText(bare, JSON.stringify(request.body), "application/json")
    const response = yield* client.execute(asked)
    const text = yield* readText(response)
    return { status: response.status, headers: response.headers, text } satisfies Answer
  })

  return Effect.fnUntraced(function* (request: Request) {
    const keys = readKeys(settings.keys)
    if (typeof keys === "string") return yield* unauthorized(`nothing was sent: ${keys}`)
    const answer = yield* ask(request, keys).pipe(
      Effect.timeoutOrElse({
        duration: settings.requestMs,
        orElse: () => Effect.fail(new Error(`no answer within ${settings.requestMs} ms`))
      }),
      Effect.provideService(TracerPropagationEnabled, false),
      Effect.mapError((error) => unknown(causeOf(error)))
    )
    if (answer.status >= 200 && answer.status < 300) return answer.text
    const error = errorOf(answer, yield* Clock.currentTimeMillis)
    yield* Effect.logDebug(
      `${request.method} ${new URL(request.url).pathname}: HTTP ${answer.status}, request ${answer.headers["x-request-id"] ?? "-"}`
    )
    if (error.reason._tag === "VenueOutcomeUnknown") counts.unreadable.rest++
    return yield* error
  })
}

/** What was read, or an unknown outcome: an answer that cannot be read is never an empty one. */
export const readable = <A>(value: A | Unreadable, counts: AlpacaCounts): Effect.Effect<A, VenueError> => {
  if (!(value instanceof Unreadable)) return Effect.succeed(value)
  counts.unreadable.rest++
  return Effect.fail(unknown(`the answer cannot be read: ${value.why}`, value.isValue))
}
