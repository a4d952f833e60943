import { Effect, Option, Redacted, Stream } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "effect/http"
import { systemCodeOf } from "../../../kernel/system-fault.ts"
import { masked, secretsOfUrl } from "../../domain/notify/mask-secrets.ts"
import type { ChannelName } from "../../domain/notify/notification.ts"
import { NotifyError } from "../../ports/notifier.ts"

/** A webhook. `url` holds its token. */
export interface Webhook {
  readonly url: Redacted.Redacted
  readonly secret?: Redacted.Redacted
  /** Time limit of one attempt, milliseconds. */
  readonly timeoutMs: number
}

interface PostedText {
  readonly channel: ChannelName
  readonly webhook: Webhook
  /** The URL with a signature in it; omit for that of the webhook. */
  readonly signedUrl?: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A longer answer is none of these vendors'. */
const answerBytesMost = 65_536
const excerptMost = 200

/** `Retry-After` in milliseconds: seconds, or a date. */
const retryAfterOf = (header: string | undefined, nowMs: number): number | undefined => {
  if (header === undefined) return undefined
  const seconds = Number(header)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - nowMs
  return Number.isFinite(ms) && ms > 0 ? ms : undefined
}

/** The system's code below the errors of fetch, such as ECONNREFUSED. */
const innermostCode = (error: unknown): string => {
  let at = error
  for (let depth = 0; depth < 6; depth++) {
    const next =
      (at as { readonly reason?: unknown } | null)?.reason ?? (at as { readonly cause?: unknown } | null)?.cause
    if (next === undefined || next === null) break
    at = next
  }
  return systemCodeOf(at)
}

/** The sentence of an error, with every secret of the webhook masked. */
export const notifyError = (
  channel: ChannelName,
  { secret, url }: Pick<Webhook, "secret" | "url">,
  reason: NotifyError["reason"],
  sentence: string,
  retryAfterMs?: number
): NotifyError => {
  const secrets = [...secretsOfUrl(Redacted.value(url)), ...(secret === undefined ? [] : [Redacted.value(secret)])]
  const message = masked(sentence.replace(/\s+/g, " "), secrets)
  return new NotifyError({ channel, reason, message, ...(retryAfterMs !== undefined && { retryAfterMs }) })
}

/**
 * One POST of JSON. Succeeds with the text of an answer 2xx. Redirects are not followed: the body and its signature go
 * to the configured host only.
 */
export const postText = ({ body, channel, headers, signedUrl, webhook }: PostedText) =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const fault = (reason: NotifyError["reason"], sentence: string, retryAfterMs?: number) =>
      notifyError(channel, webhook, reason, sentence, retryAfterMs)
    const request = HttpClientRequest.post(signedUrl ?? Redacted.value(webhook.url)).pipe(
      HttpClientRequest.setHeaders({ ...headers }),
      HttpClientRequest.bodyText(body, "application/json; charset=utf-8")
    )
    const exchange = Effect.gen(function* () {
      const response = yield* client.execute(request)
      let bytes = 0
      const text = yield* response.stream.pipe(
        Stream.takeWhile((chunk) => {
          bytes += chunk.length
          return bytes <= answerBytesMost
        }),
        Stream.decodeText,
        Stream.mkString
      )
      return { status: response.status, text, retryAfter: response.headers["retry-after"] }
    }).pipe(
      Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" }),
      Effect.mapError((error) => fault("unavailable", `no answer (${innermostCode(error)})`))
    )
    const answer = yield* Effect.timeoutOption(exchange, webhook.timeoutMs)
    if (Option.isNone(answer)) return yield* fault("timeout", `no answer within ${webhook.timeoutMs} ms`)
    const { retryAfter, status, text } = answer.value
    if (status >= 200 && status < 300) return text
    const excerpt = text.trim() === "" ? "" : `: ${text.trim().slice(0, excerptMost)}`
    const retryAfterMs = retryAfterOf(retryAfter, Date.now())
    if (status === 429) return yield* fault("limited", `HTTP 429, too many notifications${excerpt}`, retryAfterMs)
    if (status === 408 || status >= 500) return yield* fault("unavailable", `HTTP ${status}${excerpt}`, retryAfterMs)
    return yield* fault("refused", `HTTP ${status}${excerpt}`)
  })
