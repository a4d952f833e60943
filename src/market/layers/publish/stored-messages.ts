import { jetstreamManager } from "@nats-io/jetstream"
import { Effect } from "effect"
import { connectNats, type NatsConnectionOptions } from "../../../platform/nats/connect.ts"

/**
 * Messages that a stream has stored since it was made, asked of the server over a connection of its own; 0 when there
 * is no such stream. What its bound or its age took at its old end counts, what was deleted in its middle does not.
 */
export const storedMessages = (connection: NatsConnectionOptions, stream: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const nats = yield* Effect.acquireRelease(connectNats({ ...connection, reconnect: false }), (open) =>
        Effect.promise(() => open.close())
      )
      return yield* Effect.tryPromise(async () => {
        const manager = await jetstreamManager(nats)
        const { state } = await manager.streams.info(stream)
        return state.last_seq - (state.num_deleted ?? 0)
      }).pipe(
        Effect.catch((error) =>
          /stream not found/i.test(String(error.cause ?? error)) ? Effect.succeed(0) : Effect.fail(error)
        )
      )
    })
  )
