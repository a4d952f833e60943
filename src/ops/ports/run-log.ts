import { Context, type Effect } from "effect"

/** The log of a run. Every adapter promises: it never fails and never waits for its destination. */
export class RunLog extends Context.Service<
  RunLog,
  { readonly write: (level: "DEBUG" | "INFO" | "ERROR", message: string) => Effect.Effect<void> }
>()("tickd/ops/RunLog") {}
