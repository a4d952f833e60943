import { Context, type Effect } from "effect"
import type { RunbookMetric } from "../domain/metrics/runbook-metrics.ts"

/** Values by the name of their metric. */
export type PushedValues = Readonly<Partial<Record<RunbookMetric, number>>>

/**
 * Pushes what a runbook has measured. Every adapter promises: it never fails, replaces only the metrics that it is
 * given, and keeps what it cannot push for the next time. `isStopped`: this run has ended what takes the values, where
 * it is managed here, so that it is no fault that they wait.
 */
export class MetricsPush extends Context.Service<
  MetricsPush,
  { readonly push: (values: PushedValues, isStopped?: boolean) => Effect.Effect<void> }
>()("tickd/ops/MetricsPush") {}
