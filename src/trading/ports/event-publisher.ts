import { Context, type Effect, Schema } from "effect"

/** The event was not confirmed as stored. Another attempt with the same id is safe. */
export class EventNotStored extends Schema.TaggedError<EventNotStored>()("EventNotStored", {
  message: Schema.String
}) {}

/** Publishes events for consumers. It promises: success means stored; a repeated id is stored once. */
export class EventPublisher extends Context.Service<
  EventPublisher,
  {
    readonly publish: (event: {
      readonly messageId: string
      readonly subject: string
      readonly body: string
    }) => Effect.Effect<void, EventNotStored>
  }
>()("tickd/trading/EventPublisher") {}
