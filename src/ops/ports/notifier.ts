import { Context, type Effect, Schema } from "effect"
import { type ChannelName, channelNames, type Language, type Notification } from "../domain/notify/notification.ts"

/**
 * A channel did not accept a notification. `message` is one sentence without any secret.
 * `refused`: the receiver will not accept it (wrong token or signature). `limited`: too many. `unavailable`: network,
 * or a fault of the receiver. `timeout`: no answer in time. `malformed`: an answer that is not the vendor's.
 */
export class NotifyError extends Schema.TaggedError<NotifyError>()("NotifyError", {
  channel: Schema.Literals(channelNames),
  reason: Schema.Literals(["refused", "limited", "unavailable", "timeout", "malformed"]),
  message: Schema.String,
  /** Pause that the receiver asks for, milliseconds. */
  retryAfterMs: Schema.optionalKey(Schema.Number)
}) {
  /** A wrong token stays wrong. After a malformed answer the notification may have arrived. */
  get retryable(): boolean {
    return this.reason === "limited" || this.reason === "unavailable" || this.reason === "timeout"
  }
}

/** A channel that is configured. `target` may be shown. */
export interface NotifyChannel {
  readonly name: ChannelName
  readonly target: string
  /** One attempt. Succeeds only when the receiver has confirmed it. Ends within the time limit of the adapter. */
  readonly deliver: (notification: Notification, language: Language) => Effect.Effect<void, NotifyError>
}

/** The configured channels. Every adapter promises: no message of an error holds a token or a secret. */
export class Notifier extends Context.Service<Notifier, { readonly channels: ReadonlyArray<NotifyChannel> }>()(
  "tickd/ops/Notifier"
) {}
