import { errors, type NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { toError } from "../../kernel/error-text.ts"

/** A service that answered a ping. */
export interface FoundService {
  readonly id: string
  readonly version: string
  readonly metadata: Readonly<Record<string, string>>
}

/** Longest wait for the first answer, and for one more after the last. */
const firstMs = 1500
const nextMs = 200

/**
 * Every running instance of the micro service `name`; an empty list when there is none. Errors: the client library's
 * own.
 */
export const discoverService = (
  connection: NatsConnection,
  name: string
): Effect.Effect<ReadonlyArray<FoundService>, Error> =>
  Effect.tryPromise({
    try: async () => {
      const found: Array<FoundService> = []
      try {
        const replies = await connection.requestMany(`$SRV.PING.${name}`, "", {
          strategy: "stall",
          maxWait: firstMs,
          stall: nextMs
        })
        for await (const reply of replies) found.push(reply.json<FoundService>())
      } catch (cause) {
        const root = cause instanceof errors.RequestError ? cause.cause : cause
        if (root instanceof errors.PermissionViolationError) throw root
        if (!(cause instanceof errors.NoRespondersError) && !(cause instanceof errors.RequestError)) throw cause
      }
      return found
    },
    catch: toError
  })
