import { Effect } from "effect"
import { MetricsPush, type PushedValues } from "../../ports/metrics-push.ts"
import { type EndedRun, endsItsReaders, RunEvents } from "../../ports/run-events.ts"

/** The runbook's metrics of a run. What was not measured is left out, so that the value before stays. */
const valuesOf = ({ atMs, exitCode, request, result, seconds }: EndedRun): PushedValues => {
  const { failbackMs, failoverMs } = result.facts
  const isStarted = request.command === "start" && result.end === "succeeded" && result.changed
  const isProven = request.command === "drill" && result.end === "succeeded" && exitCode === 0
  return {
    md_runbook_exit_code: exitCode,
    ...(failoverMs !== undefined && { md_failover_latency_ms: failoverMs }),
    ...(failbackMs !== undefined && { md_failback_latency_ms: failbackMs }),
    ...(isProven && { md_drill_last_success_timestamp_seconds: Math.round(atMs / 1000) }),
    ...(isStarted && { md_session_startup_duration_s: seconds })
  }
}

/** Pushes the metrics of a run and stores its event. A look at what runs is neither. */
export const reportRun = Effect.fnUntraced(function* (run: EndedRun) {
  if (run.request.command === "status") return
  const [metrics, events] = [yield* MetricsPush, yield* RunEvents]
  yield* Effect.all([metrics.push(valuesOf(run), endsItsReaders(run)), events.publish(run)], {
    concurrency: "unbounded",
    discard: true
  })
})
