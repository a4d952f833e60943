import { JetStreamApiError, jetstream, jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import type { StreamShape } from "../../protocol/control/stream-shape.ts"
import { addStream } from "./add-stream.ts"
import type { EventOutbox, OutboxGap, OutboxMessage } from "./event-outbox.ts"
import { attempt, reportDifferences, type StepReports, untilDone } from "./jetstream-trouble.ts"

const streamNotFound = 10059
const ackTimeoutMs = 2000

/**
 * Declares the stream, creating it when it is missing. An existing one is used as it is: a wrong limit must not cost
 * an event.
 */
export const declareStream = (connection: NatsConnection, shape: StreamShape) =>
  attempt(`Declaring stream ${shape.name}`, async () => {
    const manager = await jetstreamManager(connection, { checkAPI: false })
    try {
      return (await manager.streams.info(shape.name)).config
    } catch (cause) {
      if (!(cause instanceof JetStreamApiError) || cause.code !== streamNotFound) throw cause
      return (await addStream(manager, shape)).config
    }
  })

/**
 * Stores the messages of the outbox, forever: one at a time, so that the stream keeps their sequence, each until the
 * stream confirms it. A repeated message has the same id and is stored once.
 */
export const runEventStream = Effect.fnUntraced(function* (options: {
  readonly connection: NatsConnection
  readonly stream: StreamShape
  readonly outbox: EventOutbox
  /** The message that reports a gap. */
  readonly gapMessage: (gap: OutboxGap) => OutboxMessage
  readonly reports: StepReports
}) {
  const { connection, outbox, stream, reports } = options
  const js = jetstream(connection)
  const store = (message: OutboxMessage) =>
    attempt(`Storing an event in ${stream.name}`, () =>
      js.publish(message.subject, message.payload, { msgID: message.id, timeout: ackTimeoutMs })
    ).pipe(
      // A deleted stream does not answer, so it is declared again before the next attempt.
      Effect.tapError(() => Effect.ignore(declareStream(connection, stream)))
    )
  const filled = Effect.callback<void>((resume) => {
    const takeBack = outbox.whenFilled(() => resume(Effect.void))
    return Effect.sync(takeBack)
  })

  reportDifferences(yield* untilDone(declareStream(connection, stream), reports), stream, reports)
  while (true) {
    yield* filled
    const gap = outbox.takeGap()
    if (gap !== undefined) yield* untilDone(store(options.gapMessage(gap)), reports)
    const message = outbox.first()
    if (message === undefined) continue
    yield* untilDone(store(message), reports)
    outbox.confirmed(message)
  }
})
