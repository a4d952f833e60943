import { Context, type Effect, Schema } from "effect"
import type { PastNotification } from "../domain/notify/admit-notification.ts"

/** The history cannot be read or written. Notifications are sent all the same. */
export class NotifyHistoryError extends Schema.TaggedError<NotifyHistoryError>()("NotifyHistoryError", {
  message: Schema.String
}) {}

/** What the last notifications were, across processes: each escalation command is a process of its own. */
export class NotifyHistory extends Context.Service<
  NotifyHistory,
  {
    readonly read: Effect.Effect<ReadonlyArray<PastNotification>, NotifyHistoryError>
    /** Adds entries and forgets those before `sinceMs`. */
    readonly add: (entries: ReadonlyArray<PastNotification>, sinceMs: number) => Effect.Effect<void, NotifyHistoryError>
  }
>()("tickd/ops/NotifyHistory") {}
