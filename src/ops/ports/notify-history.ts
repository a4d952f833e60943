import { Context, type Effect, Schema } from "effect"
import type { NotifyResult, NotifyTotals, PastNotification } from "../domain/notify/admit-notification.ts"
import type { ChannelName } from "../domain/notify/notification.ts"

/** The history cannot be read or written. Notifications are sent all the same. */
export class NotifyHistoryError extends Schema.TaggedError<NotifyHistoryError>()("NotifyHistoryError", {
  message: Schema.String
}) {}

/** What the last notifications were, across processes: each escalation command is a process of its own. */
export class NotifyHistory extends Context.Service<
  NotifyHistory,
  {
    readonly read: Effect.Effect<ReadonlyArray<PastNotification>, NotifyHistoryError>
    /** Adds entries, forgets those before `sinceMs`, counts every result, and succeeds with the totals. */
    readonly add: (
      entries: ReadonlyArray<PastNotification>,
      results: ReadonlyArray<{ readonly channel: ChannelName; readonly result: NotifyResult }>,
      sinceMs: number
    ) => Effect.Effect<NotifyTotals, NotifyHistoryError>
  }
>()("tickd/ops/NotifyHistory") {}
