import { Context, type Effect } from "effect"

/** Values by the name of their metric, such as `md_runbook_exit_code`. */
export type PushedValues = Readonly<Record<string, number>>

/**
 * Pushes what a runbook has measured. Every adapter promises: it never fails, replaces only the metrics that it is
 * given, and keeps what it cannot push for the next time.
 */
export class MetricsPush extends Context.Service<
  MetricsPush,
  { readonly push: (values: PushedValues) => Effect.Effect<void> }
>()("tickd/ops/MetricsPush") {}
