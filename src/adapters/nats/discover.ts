import { errors, type NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { attempt, type JetStreamTrouble } from "./jetstream-trouble.ts"

/** A service that answered a ping. */
export interface FoundService {
  readonly id: string
  readonly version: string
  readonly metadata: Readonly<Record<string, string>>
}

/** Longest wait for the first answer, and for one more after the last. */
const firstMs = 1500
const nextMs = 200

/** Every running instance of the micro service `name`; none is an empty list. */
export const discoverService = (
  connection: NatsConnection,
  name: string
): Effect.Effect<ReadonlyArray<FoundService>, JetStreamTrouble> =>
  attempt(`Looking for the service ${name}`, async () => {
    const found: Array<FoundService> = []
    try {
      const replies = await connection.requestMany(`$SRV.PING.${name}`, "", {
        strategy: "stall",
        maxWait: firstMs,
        stall: nextMs
      })
      for await (const reply of replies) found.push(reply.json<FoundService>())
    } catch (cause) {
      if (!(cause instanceof errors.NoRespondersError) && !(cause instanceof errors.RequestError)) throw cause
    }
    return found
  })
