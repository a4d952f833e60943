import { Effect, type Scope } from "effect"
import { projectVersion } from "../../../platform/process/project-version.ts"
import type { SpanExport } from "../../../platform/trace/span.ts"
import type { Config } from "../../config/config.ts"
import { headersOf } from "../../config/trace-settings.ts"
import type { DaemonLog } from "../log/daemon-log.ts"

/** Undefined: no collector is configured, and nothing of the exporter is loaded. */
export const startTracing = Effect.fnUntraced(function* (
  { instance, tracing }: Pick<Config, "instance" | "tracing">,
  log: Pick<DaemonLog, "write">
): Effect.fn.Return<SpanExport | undefined, never, Scope.Scope> {
  if (tracing === undefined) return undefined
  const { endpoint, headers } = tracing
  const { startSpanExport } = yield* Effect.promise(() => import("../../../platform/trace/span-export.ts"))
  const { origin } = new URL(endpoint)
  return yield* startSpanExport({
    endpoint,
    headers: () => headersOf(headers.reveal()),
    service: { name: "tickd", version: projectVersion, instance },
    onChange: (trouble) =>
      trouble === undefined
        ? log.write("INFO", `the trace collector ${origin} takes spans again`, { event: "trace_collector_works" })
        : log.write(
            "WARNING",
            `the trace collector ${origin} does not take spans (${trouble}): they are dropped and counted; start it, or correct OTEL_EXPORTER_OTLP_ENDPOINT`,
            { event: "trace_collector_trouble" }
          )
  })
})
