import { hostname } from "node:os"
import { Effect, Layer, Schema } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import { pushQueue } from "../../../platform/process/push-queue.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import { MetricsPush, type PushedValues } from "../../ports/metrics-push.ts"
import { RunLog } from "../../ports/run-log.ts"

/** A run must not wait for its metrics. */
const pushMs = 3000
/** The runbooks have about five metrics. */
const queuedMost = 64

const textOf = (values: PushedValues): string =>
  Object.entries(values)
    .map(([name, value]) => `# TYPE ${name} gauge\n${name} ${value}\n`)
    .join("")

/**
 * The Pushgateway, with job `runbook` and this machine as the instance. POST replaces the metrics that it is given,
 * and no other one. Values that it did not take wait in the run folder, the newest of each metric.
 */
export const pushMetrics = ({ pushgatewayUrl, runDir }: LiveSettings): Layer.Layer<MetricsPush, never, RunLog> =>
  Layer.effect(
    MetricsPush,
    Effect.gen(function* () {
      const log = yield* RunLog
      const queue = pushQueue(runDir, "metrics", Schema.Record(Schema.String, Schema.Number))
      const url = `${pushgatewayUrl}/metrics/job/runbook/instance/${encodeURIComponent(hostname())}`
      const send = (values: PushedValues) =>
        Effect.tryPromise({
          try: async () => {
            const answer = await fetch(url, {
              method: "POST",
              body: textOf(values),
              signal: AbortSignal.timeout(pushMs)
            })
            if (!answer.ok) throw new Error(`it answered ${answer.status}`)
          },
          catch: errorText
        })
      const keep = (values: PushedValues) => (why: string) =>
        Effect.gen(function* () {
          const newest = Object.fromEntries(Object.entries(values).slice(-queuedMost))
          const kept = yield* Effect.try({ try: () => queue.write(newest), catch: errorText }).pipe(
            Effect.match({
              onSuccess: () => `the values wait in ${runDir}, and the next run pushes them`,
              onFailure: (fault) => `the values are lost, because ${runDir} cannot be written (${fault})`
            })
          )
          yield* log.write("ERROR", `The Pushgateway ${pushgatewayUrl} did not take the metrics (${why}): ${kept}`)
        })
      return {
        push: (values) =>
          Effect.suspend(() => {
            const all = { ...queue.read(), ...values }
            const forget = Effect.ignore(Effect.try({ try: () => queue.write(undefined), catch: errorText }))
            return send(all).pipe(Effect.andThen(forget), Effect.catch(keep(all)))
          })
      }
    })
  )
