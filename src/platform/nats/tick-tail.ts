import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Schema, Stream } from "effect"
import { ItemBuffer } from "../../kernel/item-buffer.ts"

/** One live message: not stored for this reader, not acknowledged, and not waited for. */
export interface TailedMessage {
  readonly subject: string
  readonly data: Uint8Array
}

/** `NATS_CLOSED`: the connection ended while reading. `NATS_DENIED`: this user may not read the subject. */
export class TailError extends Schema.TaggedError<TailError>()("TailError", {
  code: Schema.Literals(["NATS_CLOSED", "NATS_DENIED"]),
  message: Schema.String
}) {}

export interface TailOptions {
  /** Messages that are kept for a slow reader. Further ones are dropped and counted. */
  readonly capacity?: number
  /** Called with the number of messages dropped since its last call, before the next batch. */
  readonly onDropped?: (count: number) => void
}

/** Messages that arrived since the reader's last read, in sequence. */
class TailBuffer {
  private dropped = 0
  private readonly items = new ItemBuffer<TailedMessage, TailError>()
  private readonly capacity: number
  private readonly onDropped: ((count: number) => void) | undefined

  constructor(options: TailOptions) {
    this.capacity = options.capacity ?? 10_000
    this.onDropped = options.onDropped
  }

  push(subject: string, data: Uint8Array): void {
    if (this.items.length >= this.capacity) this.dropped++
    else this.items.push({ subject, data })
  }

  fail(error: TailError): void {
    this.items.fail(error)
  }

  /** Waits for at least one message. Messages before a failure are still returned. */
  readonly take: Effect.Effect<ReadonlyArray<TailedMessage>, TailError> = Effect.ensuring(
    Effect.suspend(() => this.items.take),
    Effect.sync(() => {
      if (this.dropped > 0) this.onDropped?.(this.dropped)
      this.dropped = 0
    })
  )
}

/**
 * Live messages of a subject or pattern (`md.tick.SHFE.>`), one batch for each chunk. A slow reader loses messages,
 * and their number is reported; the publisher and its acknowledgements are never affected. Fails with `TailError`.
 */
export const tailSubject = (
  connection: NatsConnection,
  subject: string,
  options: TailOptions = {}
): Stream.Stream<ReadonlyArray<TailedMessage>, TailError> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const buffer = new TailBuffer(options)
      yield* Effect.acquireRelease(
        Effect.sync(() =>
          connection.subscribe(subject, {
            callback: (error, message) => {
              if (error === null) return buffer.push(message.subject, message.data)
              buffer.fail(
                new TailError({
                  code: "NATS_DENIED",
                  message: `NATS refuses the subscription to ${subject} (${error.message}): allow it in the server's permissions.`
                })
              )
            }
          })
        ),
        (subscription) =>
          Effect.sync(() => {
            if (!connection.isClosed()) subscription.unsubscribe()
          })
      )
      const closed = new TailError({
        code: "NATS_CLOSED",
        message: `The connection to NATS closed while reading ${subject}: start the command again when the server is back.`
      })
      connection.closed().then(
        () => buffer.fail(closed),
        () => buffer.fail(closed)
      )
      return Stream.fromEffectRepeat(buffer.take)
    })
  )
