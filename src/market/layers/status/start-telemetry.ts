import { Effect, Exit, Scope } from "effect"
import { metricHead } from "../../../kernel/metric.ts"
import { daemonMetrics } from "../../adapters/prometheus/table/daemon-metrics-table.ts"
import type { Config } from "../../config/config.ts"
import type { Waiting } from "../causes/waiting.ts"
import { makeTelemetry } from "./telemetry.ts"

/** A port that was not chosen is not known before the daemon runs. */
const chosen = (http: Config["http"]): boolean => http.port !== 0

/**
 * Answers for a daemon that is not built yet because something it needs is not there: alive, not ready, and why. Gives
 * what closes the port again; the tree has the whole telemetry. Ends with the scope.
 */
export const serveStart = Effect.fnUntraced(function* (config: Pick<Config, "http" | "instance">, waiting: Waiting) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const list = () => waiting.board.list()
  const sentences = () => list().map(({ part, message }) => `${part}: ${message}`)
  const telemetry = makeTelemetry(config.http, {
    metrics: () =>
      Promise.resolve({
        contentType: "text/plain; version=0.0.4",
        text: `${metricHead("md_waiting", daemonMetrics.md_waiting)}${list()
          .map(({ part, code }) => `md_waiting{part="${part}",code="${code}"} 1\n`)
          .join("")}`
      }),
    readiness: () => ({ reasons: ["daemon starting", ...sentences()], beside: [] }),
    status: () => ({ version: 1, instance: config.instance, pid: process.pid, ready: false, reasons: sentences() })
  })
  if (chosen(config.http)) {
    yield* Effect.forkIn(Effect.scoped(waiting.child("telemetry", telemetry.body)(Effect.void)), scope)
  }
  return Scope.close(scope, Exit.void)
})
