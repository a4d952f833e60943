import {
  DiscardPolicy,
  JetStreamApiError,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType
} from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import type { EventOutbox, OutboxGap, OutboxMessage } from "./event-outbox.ts"
import { attempt, type JetStreamTrouble, untilDone } from "./jetstream-trouble.ts"

export interface EventStreamOptions {
  readonly name: string
  readonly subjects: string
  readonly maxAgeMs: number
  /** Nodes of the cluster that keep it; unset: 1. Said when it is declared. */
  readonly replicas?: number
}

/** A machine gone wild must not push the history of the others out. */
const messagesPerSubjectMax = 200_000
const streamNotFound = 10059
const ackTimeoutMs = 2000

/** The stream, declared when it is missing; one that exists is used as it is, its limits are the operator's. */
const declare = (connection: NatsConnection, options: EventStreamOptions) =>
  attempt(`Declaring stream ${options.name}`, async () => {
    const manager = await jetstreamManager(connection, { checkAPI: false })
    try {
      await manager.streams.info(options.name)
    } catch (cause) {
      if (!(cause instanceof JetStreamApiError) || cause.code !== streamNotFound) throw cause
      await manager.streams.add({
        name: options.name,
        subjects: [options.subjects],
        storage: StorageType.File,
        retention: RetentionPolicy.Limits,
        discard: DiscardPolicy.Old,
        max_age: options.maxAgeMs * 1e6,
        num_replicas: options.replicas ?? 1,
        max_msgs_per_subject: messagesPerSubjectMax
      })
    }
  })

/**
 * Stores what the outbox holds, for as long as it runs: one message at a time, so that their order is the stream's order,
 * and each until the stream confirms it. A repeated one carries the same id and is stored once.
 */
export const runEventStream = Effect.fnUntraced(function* (options: {
  readonly connection: NatsConnection
  readonly stream: EventStreamOptions
  readonly outbox: EventOutbox
  /** The message that tells of a gap. */
  readonly gapMessage: (gap: OutboxGap) => OutboxMessage
  readonly onTrouble: (trouble: JetStreamTrouble) => void
}) {
  const { connection, outbox, stream, onTrouble } = options
  const js = jetstream(connection)
  const store = (message: OutboxMessage) =>
    attempt(`Storing an event in ${stream.name}`, () =>
      js.publish(message.subject, message.payload, { msgID: message.id, timeout: ackTimeoutMs })
    ).pipe(
      // A stream that somebody deleted refuses by silence: it is declared again before the next attempt.
      Effect.tapError(() => Effect.ignore(declare(connection, stream)))
    )
  const filled = Effect.callback<void>((resume) => {
    const takeBack = outbox.whenFilled(() => resume(Effect.void))
    return Effect.sync(takeBack)
  })

  yield* untilDone(declare(connection, stream), onTrouble)
  while (true) {
    yield* filled
    const gap = outbox.takeGap()
    if (gap !== undefined) yield* untilDone(store(options.gapMessage(gap)), onTrouble)
    const message = outbox.first()
    if (message === undefined) continue
    yield* untilDone(store(message), onTrouble)
    outbox.confirmed(message)
  }
})
