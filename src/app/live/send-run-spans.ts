import { Effect, Result } from "effect"
import { errorText } from "../../kernel/error-text.ts"
import { headersOf, type TraceConfig, traceSettingsOf } from "../../market/config/trace-settings.ts"
import { projectVersion } from "../../platform/process/project-version.ts"
import type { SpanExport } from "../../platform/trace/span.ts"
import type { Variables } from "../env/environment.ts"

interface SendOptions {
  readonly variables: Variables
  readonly instance: string
  /** Prints one line when the collector, or what is configured for it, is at fault. */
  readonly warn: (line: string) => void
}

const send = ({ endpoint, headers }: TraceConfig, { instance, warn }: SendOptions, fill: (spans: SpanExport) => void) =>
  Effect.gen(function* () {
    const { startSpanExport } = yield* Effect.promise(() => import("../../platform/trace/span-export.ts"))
    let trouble: string | undefined
    // The end of the scope sends what was filled in, and has 2 s for it.
    const spans = yield* Effect.scoped(
      Effect.tap(
        startSpanExport({
          endpoint,
          headers: () => headersOf(headers.reveal()),
          service: { name: "tickd", version: projectVersion, instance },
          answerMs: 1500,
          onChange: (why) => void (trouble = why)
        }),
        (started) => Effect.sync(() => fill(started))
      )
    )
    if (trouble === undefined && spans.dropped() === 0) return
    warn(
      `the trace collector ${new URL(endpoint).origin} did not take the spans of this run (${trouble ?? "too many"}): start it, or correct OTEL_EXPORTER_OTLP_ENDPOINT; the run itself is not affected`
    )
  })

/**
 * Sends the spans of a run that is over, when a collector is configured. Never fails: a run has its result and its
 * records by now.
 */
export const sendRunSpans = (options: SendOptions, fill: (spans: SpanExport) => void): Effect.Effect<void> =>
  Effect.suspend(() => {
    const settings = Result.try({ try: () => traceSettingsOf(options.variables), catch: errorText })
    if (Result.isFailure(settings)) {
      return Effect.sync(() => options.warn(`this run is not traced: ${settings.failure}`))
    }
    return settings.success === undefined ? Effect.void : send(settings.success, options, fill)
  })
