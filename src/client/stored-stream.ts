import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Stream } from "effect"
import type { TickClientError } from "./client-error.ts"
import { OrderedReader, type OrderedReaderOptions, type StoredMessage } from "./ordered-reader.ts"

/** Stored messages without decoding, in batches and in sequence; notices are left out. Fails with `TickClientError`. */
export const storedMessages = (
  connection: NatsConnection,
  options: Omit<OrderedReaderOptions, "connection">
): Stream.Stream<ReadonlyArray<StoredMessage>, TickClientError> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const reader = yield* Effect.acquireRelease(
        Effect.sync(() => new OrderedReader({ ...options, connection })),
        (open) => Effect.sync(() => open.close())
      )
      return Stream.fromEffectRepeat(reader.buffer.take).pipe(
        Stream.map((items) => items.filter((item): item is StoredMessage => item.type === "message"))
      )
    })
  )
