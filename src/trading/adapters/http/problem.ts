/**
 * Why a request has no result: RFC 9457, media type `application/problem+json`. `code` is stable; `detail` is one
 * sentence, in the field where callers of the reference platform look for it.
 */
export interface Problem {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly headers?: Readonly<Record<string, string>>
  /** Further fields of the body. */
  readonly more?: Readonly<Record<string, unknown>>
}

export const problemType = "application/problem+json"

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable"
}

export const problemBody = ({ code, detail, more, status }: Problem): string =>
  `${JSON.stringify({ type: "about:blank", title: titles[status] ?? "Error", status, code, detail, ...more })}\n`

/** Headers of every answer: nothing is kept by a cache, guessed at, or shown in a page of another origin. */
export const answerHeaders = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer"
}

/** `Retry-After` in whole seconds. */
export const retryAfter = (ms: number): Readonly<Record<string, string>> => ({
  "retry-after": String(Math.max(1, Math.ceil(ms / 1000)))
})
