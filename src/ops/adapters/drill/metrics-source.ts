import { readFile, stat } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { Effect, Result, Schema } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import { systemCodeOf } from "../../../kernel/system-fault.ts"
import { publicUrl } from "../../../protocol/control/public-url.ts"
import { type BacklogSeries, backlogMetric, seriesOfPage, seriesOfQuery } from "../../domain/drill/backlog-series.ts"

/** Larger answers are no metrics of one daemon. */
const bytesMax = 16 * 1024 * 1024
const answerMs = 5_000

/** The source of the metrics cannot be read. `message`: one sentence with the fix. */
export class MetricsSourceError extends Schema.TaggedError<MetricsSourceError>()("MetricsSourceError", {
  message: Schema.String
}) {}

/** Whether a source may show another state when it is read again; a file is what it is. */
export const isAddress = (source: string): boolean => /^https?:\/\//i.test(source)

/** A source as it may be shown. */
export const shownSource = (source: string): string => (isAddress(source) ? publicUrl(source) : source)

const faultOf = (source: string, why: string) =>
  new MetricsSourceError({ message: `DRILL_METRICS_SOURCE ${shownSource(source)} ${why}` })

const fetchText = (address: string) =>
  Effect.tryPromise({
    try: async (signal) => {
      // Node refuses an address with a password, and its refusal shows the password.
      const url = new URL(address)
      const login = url.username === "" ? undefined : [url.username, url.password].map(decodeURIComponent).join(":")
      url.username = ""
      url.password = ""
      const response = await fetch(url, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
        headers: login === undefined ? {} : { authorization: `Basic ${Buffer.from(login).toString("base64")}` }
      })
      const text = await response.text()
      if (text.length > bytesMax) throw new Error(`more than ${bytesMax} bytes`)
      return { status: response.status, text }
    },
    catch: (cause) => faultOf(address, `does not answer (${errorText(cause)}): start it, or name another source`)
  })

/** An address with `/metrics` at its end is a page; every other one is that of Prometheus. */
const readAddress = Effect.fnUntraced(function* (source: string) {
  const isPage = new URL(source).pathname.endsWith("/metrics")
  const base = source.replace(/\/+$/, "")
  const address = isPage ? source : `${base}/api/v1/query?query=${backlogMetric}`
  const { status, text } = yield* fetchText(address)
  if (status !== 200) {
    return yield* faultOf(source, `answers with ${status}: name a page that ends with /metrics, or Prometheus`)
  }
  return isPage ? seriesOfPage(text) : seriesOfQuery(text)
})

const readPage = (source: string) =>
  Effect.tryPromise({
    try: async () => {
      const path = source.startsWith("file:") ? fileURLToPath(source) : source
      const { size } = await stat(path)
      if (size > bytesMax) throw new Error(`it has ${size} bytes, more than ${bytesMax}`)
      return await readFile(path, "utf8")
    },
    catch: (cause) => faultOf(source, `cannot be read (${systemCodeOf(cause)}): name another file`)
  }).pipe(Effect.map(seriesOfPage))

/** The series of `consumer_backlog_messages` in a file, on a metrics page, or in Prometheus. */
export const readBacklogs = (source: string): Effect.Effect<ReadonlyArray<BacklogSeries>, MetricsSourceError> =>
  Effect.flatMap(isAddress(source) ? readAddress(source) : readPage(source), (read) =>
    Result.isSuccess(read)
      ? Effect.succeed(read.success)
      : Effect.fail(faultOf(source, `${read.failure}: name a file or page of metrics, or Prometheus`))
  )
