import { Effect } from "effect"
import { errorText } from "../../../../kernel/error-text.ts"

/** One answer over HTTP. `status` 0: there was none, and `text` says why. */
export interface HttpAnswer {
  readonly status: number
  readonly text: string
}

const causeOf = (error: unknown): string =>
  error instanceof Error && error.cause !== undefined ? errorText(error.cause) : errorText(error)

/** Asks once and never fails. Units: milliseconds. */
export const askHttp = (url: string, waitMs = 2_000): Effect.Effect<HttpAnswer> =>
  Effect.tryPromise(async (signal) => {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(waitMs)]) })
    return { status: response.status, text: await response.text() }
  }).pipe(Effect.catch((error) => Effect.succeed({ status: 0, text: causeOf(error.cause) })))
