import { hostname, networkInterfaces } from "node:os"
import { Clock, Effect, Layer, Schema } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import { systemCodeOf } from "../../../kernel/system-fault.ts"
import { operatorName } from "../../../platform/process/operator-name.ts"
import type { Silence } from "../../domain/drill/drill-silence.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import { AlertSilenceError, AlertSilences } from "../../ports/alert-silences.ts"

/** A run must not wait for it longer. Body and headers have the same deadline, milliseconds. */
const answerMs = 3_000

const Placed = Schema.Struct({ silenceID: Schema.NonEmptyString })
const Listed = Schema.Array(
  Schema.Struct({
    id: Schema.NonEmptyString,
    comment: Schema.String,
    status: Schema.Struct({ state: Schema.String })
  })
)

/** Faults before the first byte of a request. */
const neverSent: ReadonlySet<string | undefined> = new Set(["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH"])

const isTimeout = (cause: unknown): boolean => cause instanceof Error && cause.name === "TimeoutError"

/** The daemon as its own machine, a Prometheus on another machine or one in a container network names it. */
const targetsOf = (telemetryUrl: string): ReadonlyArray<string> => {
  const { host, port } = new URL(telemetryUrl)
  const addresses = Object.values(networkInterfaces()).flatMap((of) => of?.map(({ address }) => address) ?? [])
  const names = ["127.0.0.1", "localhost", hostname(), "tickd", ...addresses]
  return [...new Set([host, ...names.map((name) => `${name.includes(":") ? `[${name}]` : name}:${port}`)])]
}

/** The shortest text that says why: `"…"`, `{"message":"…"}`, or the beginning of a page. */
const whyIn = (text: string): string => {
  try {
    const answer: unknown = JSON.parse(text)
    if (typeof answer === "string") return answer
    if (typeof answer === "object" && answer !== null && "message" in answer) return String(answer.message)
  } catch {
    // It is no JSON.
  }
  return JSON.stringify(text.trim().slice(0, 80))
}

const noAlerts = new AlertSilenceError({ code: "NOT_CONFIGURED", message: "ALERTMANAGER_URL is empty" })

/** Silences of Alertmanager, by its API v2. */
export const alertSilences = ({
  alertmanagerUrl,
  telemetryUrl
}: Pick<LiveSettings, "alertmanagerUrl" | "telemetryUrl">): Layer.Layer<AlertSilences> => {
  const own = { author: operatorName(), targets: targetsOf(telemetryUrl) }
  if (alertmanagerUrl === undefined) {
    const none = Effect.fail(noAlerts)
    return Layer.succeed(AlertSilences, { own, place: () => none, remove: () => none, find: () => none })
  }
  const { origin } = new URL(alertmanagerUrl)
  const fault = (code: AlertSilenceError["code"], why: string) =>
    new AlertSilenceError({ code, message: `Alertmanager at ${origin} ${why}` })

  /** Status and body. A server error, also that of a proxy before it, is no answer. */
  const ask = (path: string, init?: RequestInit) =>
    Effect.tryPromise({
      try: async (signal) => {
        const answered = AbortSignal.any([signal, AbortSignal.timeout(answerMs)])
        const response = await fetch(`${alertmanagerUrl}/api/v2/${path}`, { ...init, signal: answered })
        return { status: response.status, text: await response.text() }
      },
      catch: (cause) =>
        isTimeout(cause)
          ? fault("NO_ANSWER", `did not answer within ${answerMs / 1000} s`)
          : fault(
              neverSent.has(systemCodeOf((cause as Error).cause)) ? "UNREACHABLE" : "NO_ANSWER",
              `does not answer (${errorText((cause as Error).cause ?? cause)})`
            )
    }).pipe(
      Effect.flatMap((answer) =>
        answer.status >= 500
          ? Effect.fail(fault("NO_ANSWER", `answered ${answer.status}: ${whyIn(answer.text)}`))
          : Effect.succeed(answer)
      )
    )
  const foreign = (status: number, text: string) =>
    fault(
      "NOT_ALERTMANAGER",
      `is something else: it answered ${status} with ${JSON.stringify(text.trim().slice(0, 80))}`
    )
  const parsed = <A>(schema: Schema.Codec<A, unknown>, status: number, text: string) =>
    Schema.decodeUnknownEffect(Schema.fromJsonString(schema))(text).pipe(Effect.mapError(() => foreign(status, text)))

  return Layer.succeed(AlertSilences, {
    own,
    place: Effect.fnUntraced(function* ({ author, endMs, matchers, reason }: Silence) {
      const nowMs = yield* Clock.currentTimeMillis
      const body = JSON.stringify({
        matchers: matchers.map(({ isPattern, label, value }) => ({
          name: label,
          value,
          isRegex: isPattern,
          isEqual: true
        })),
        startsAt: new Date(nowMs).toISOString(),
        endsAt: new Date(endMs).toISOString(),
        createdBy: author,
        comment: reason
      })
      const headers = { "content-type": "application/json" }
      const { status, text } = yield* ask("silences", { method: "POST", headers, body })
      if (status === 400 || status === 422) return yield* fault("REFUSED", `refused the silence: ${whyIn(text)}`)
      if (status !== 200) return yield* foreign(status, text)
      return (yield* parsed(Placed, status, text)).silenceID
    }),
    remove: Effect.fnUntraced(function* (id) {
      const { status, text } = yield* ask(`silence/${encodeURIComponent(id)}`, { method: "DELETE" })
      // 404: it does not know the id; 422: an id of another form. Its own answers to a removal have no page.
      const isOwn = status === 200 || status === 404 ? text === "" : status === 422
      if (!isOwn) return yield* foreign(status, text)
    }),
    find: Effect.fnUntraced(function* (reason) {
      const { status, text } = yield* ask("silences")
      if (status !== 200) return yield* foreign(status, text)
      const listed = yield* parsed(Listed, status, text)
      return listed
        .filter(({ comment, status: { state } }) => comment === reason && state !== "expired")
        .map(({ id }) => id)
    })
  })
}
