import { Context, type Effect, Schema } from "effect"
import type { SwitchMessage } from "../../protocol/market/failover.ts"
import type { StatusMessage } from "../../protocol/market/status.ts"
import type { Feed } from "../domain/runbook-words.ts"

/** The daemon did not answer, or refused. `code`: its own, or `NO_ANSWER`. `message`: one sentence with the fix. */
export class DaemonControlError extends Schema.TaggedError<DaemonControlError>()("DaemonControlError", {
  code: Schema.String,
  message: Schema.String
}) {}

/** A request to switch. Units: milliseconds. */
export interface FeedSwitch {
  readonly to: Feed
  readonly drill: boolean
  readonly force: boolean
  readonly reason: string
  readonly waitMs: number
}

/** What a runbook asks of the running daemon. Every adapter promises: one request at most reaches the daemon. */
export class DaemonControl extends Context.Service<
  DaemonControl,
  {
    readonly status: Effect.Effect<StatusMessage, DaemonControlError>
    /** Succeeds when the switch is committed. Fails with `ALREADY_ACTIVE`, `NO_SECOND_FEED` and so on. */
    readonly switchFeed: (wanted: FeedSwitch) => Effect.Effect<SwitchMessage, DaemonControlError>
  }
>()("tickd/ops/DaemonControl") {}
