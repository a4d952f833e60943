import { jetstream } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { declareStream } from "../../../platform/nats/event-stream.ts"
import { attempt } from "../../../platform/nats/jetstream-trouble.ts"
import type { StreamShape } from "../../../protocol/control/stream-shape.ts"
import { tradeEventsShape } from "../../../protocol/trading/streams.ts"
import { EventNotStored, EventPublisher } from "../../ports/event-publisher.ts"

const ackTimeoutMs = 2000

/**
 * Publishes to the stream `TRADE_EVENTS`, which is declared with its bounds when it is missing.
 * @param connection undefined while the broker is away
 */
export const makeEventPublisher = (
  connection: () => NatsConnection | undefined,
  shape: StreamShape = tradeEventsShape
): (typeof EventPublisher)["Service"] => {
  let declaredOn: NatsConnection | undefined
  const publishOn = (
    open: NatsConnection,
    { body, messageId, subject }: { messageId: string; subject: string; body: string }
  ) =>
    Effect.gen(function* () {
      if (declaredOn !== open) {
        yield* declareStream(open, shape)
        declaredOn = open
      }
      yield* attempt(`Storing an event in ${shape.name}`, () =>
        jetstream(open).publish(subject, body, { msgID: messageId, timeout: ackTimeoutMs })
      )
    }).pipe(
      // A deleted stream does not answer, so it is declared again before the next attempt.
      Effect.tapError(() =>
        Effect.sync(() => {
          declaredOn = undefined
        })
      ),
      Effect.mapError(({ message }) => new EventNotStored({ message }))
    )
  return EventPublisher.of({
    publish: (event) =>
      Effect.suspend(() => {
        const open = connection()
        return open === undefined || open.isClosed()
          ? Effect.fail(new EventNotStored({ message: "NATS is not connected: events wait in the book." }))
          : publishOn(open, event)
      })
  })
}
