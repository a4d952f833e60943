import { Schema } from "effect"
import {
  VenueError,
  VenueOutcomeUnknown,
  VenueRateLimited,
  VenueRefused,
  VenueUnauthorized
} from "../../../ports/venue.ts"
import { maybe, Unreadable } from "../wire/fields.ts"
import { readerOf } from "../wire/read.ts"

/** An answer as it came. Header names are lower case. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
}

const Body = Schema.Struct({ code: maybe(Schema.String), message: Schema.String })
const readBody = readerOf("error", Body)
const shownMax = 500

const duplicateId = /client[ _]order[ _]id.*\b(unique|duplicate|exists?|used)\b/i
const wrongKeys = /^\s*(forbidden|unauthorized|request is not authorized|access key verification failed)/i

export const unknown = (cause: string, invalidValue = false): VenueError =>
  new VenueError({ reason: new VenueOutcomeUnknown({ cause, ...(invalidValue ? { invalidValue } : {}) }) })

export const unauthorized = (message: string): VenueError =>
  new VenueError({ reason: new VenueUnauthorized({ message }) })

const waitMaxMs = 60_000
/** The limit is per minute and its headers may be missing. */
const waitUsualMs = 5_000

const wholeSeconds = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined

/** Until when to wait: `Retry-After` in seconds, else `X-RateLimit-Reset` in epoch seconds. */
export const retryAfterMs = (headers: Answer["headers"], nowMs: number): number => {
  const retryAfter = wholeSeconds(headers["retry-after"])
  const reset = wholeSeconds(headers["x-ratelimit-reset"])
  const waitMs = retryAfter !== undefined ? retryAfter * 1000 : reset !== undefined ? reset * 1000 - nowMs : waitUsualMs
  // A reset in the past comes from a clock that differs: a short wait is right then.
  return Math.min(waitMaxMs, Math.max(1000, Math.ceil(waitMs)))
}

/**
 * What an answer without success means. Codes carry little and messages change, so the status decides first; what
 * cannot be read is an unknown outcome, because a proxy may have answered for the venue.
 */
export const errorOf = ({ headers, status, text }: Answer, nowMs: number): VenueError => {
  const id = headers["x-request-id"]
  const where = `HTTP ${status}${id === undefined ? "" : `, request ${id.slice(0, 80)}`}`
  if (status === 429) {
    return new VenueError({ reason: new VenueRateLimited({ retryAfterMs: retryAfterMs(headers, nowMs) }) })
  }
  const body = readBody(text)
  const message = body instanceof Unreadable ? "" : body.message.slice(0, shownMax)
  const code = body instanceof Unreadable ? "" : (body.code ?? "")
  if (status === 401 || code === "40110000" || (status === 403 && wrongKeys.test(message))) {
    return unauthorized(
      `the venue refuses the keys (${where}${message === "" ? "" : `: ${message}`}): set the pair of this account, paper and live have separate ones`
    )
  }
  if (status < 400 || status === 408 || status >= 500) return unknown(`${where}${message === "" ? "" : `: ${message}`}`)
  if (body instanceof Unreadable || message.trim() === "")
    return unknown(`${where}: ${body instanceof Unreadable ? body.why : "no message"}`)
  return new VenueError({
    reason: new VenueRefused({ status, code, message, duplicateId: status === 422 && duplicateId.test(message) })
  })
}

/** The venue says that there is no such thing. A 404 of anything else, such as a proxy, says nothing. */
export const isNotFound = ({ reason }: VenueError): boolean =>
  reason._tag === "VenueRefused" &&
  reason.status === 404 &&
  (reason.code === "40410000" || /not found|does not exist/i.test(reason.message))
