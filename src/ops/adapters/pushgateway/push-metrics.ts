import { Effect, Layer, Schema } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import { metricHead } from "../../../kernel/metric.ts"
import { pushQueue } from "../../../platform/process/push-queue.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import { type RunbookMetric, runbookMetrics } from "../../domain/metrics/runbook-metrics.ts"
import { MetricsPush, type PushedValues } from "../../ports/metrics-push.ts"
import { RunLog, type RunLogLevel } from "../../ports/run-log.ts"
import { postMetrics } from "./post-metrics.ts"

const names = Object.keys(runbookMetrics) as ReadonlyArray<RunbookMetric>
const textOf = (values: PushedValues): string =>
  names
    .map((name) =>
      values[name] === undefined ? "" : `${metricHead(name, runbookMetrics[name])}${name} ${values[name]}\n`
    )
    .join("")
/** Of values that waited: those of this version. A name that an older version pushed has no declaration. */
const declared = (values: Readonly<Record<string, number>>): PushedValues =>
  Object.fromEntries(Object.entries(values).filter(([name]) => name in runbookMetrics))

/**
 * The Pushgateway, with job `runbook` and this machine as the instance. POST replaces the metrics that it is given,
 * and no other one. Values that it did not take wait in the run folder, the newest of each metric.
 */
export const pushMetrics = ({
  managed,
  pushgatewayUrl,
  runDir
}: LiveSettings): Layer.Layer<MetricsPush, never, RunLog> =>
  Layer.effect(
    MetricsPush,
    Effect.gen(function* () {
      const log = yield* RunLog
      const queue = pushQueue(runDir, "metrics", Schema.Record(Schema.String, Schema.Number))
      const send = (values: PushedValues) => postMetrics(pushgatewayUrl, "runbook", textOf(values))
      const keep = (values: PushedValues, isStopped: boolean) => (why: string) =>
        Effect.gen(function* () {
          let level: RunLogLevel = isStopped && managed.monitoring ? "INFO" : "ERROR"
          const kept = yield* Effect.try({
            try: () => queue.write(values as Record<string, number>),
            catch: errorText
          }).pipe(
            Effect.match({
              onSuccess: () => `the values wait in ${runDir}, and the next run pushes them`,
              onFailure: (fault) => {
                level = "ERROR"
                return `the values are lost, because ${runDir} cannot be written (${fault})`
              }
            })
          )
          yield* log.write(level, `The Pushgateway ${pushgatewayUrl} did not take the metrics (${why}): ${kept}`)
        })
      return {
        push: (values, isStopped = false) =>
          Effect.suspend(() => {
            const all = { ...declared(queue.read() ?? {}), ...values }
            const forget = Effect.ignore(Effect.try({ try: () => queue.write(undefined), catch: errorText }))
            return send(all).pipe(Effect.andThen(forget), Effect.catch(keep(all, isStopped)))
          })
      }
    })
  )
