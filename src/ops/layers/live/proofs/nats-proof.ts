import { jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { errorText } from "../../../../kernel/error-text.ts"
import {
  differencesOf,
  differenceText,
  type FoundStream,
  type StreamShape
} from "../../../../protocol/control/stream-shape.ts"
import { openTicks } from "../../../adapters/nats/daemon-connection.ts"
import { held, hopeless, type Look, type ProofTools, unmet } from "./proof-wait.ts"

/** JetStream's codes for a stream that does not exist, and for a server without JetStream. */
const missingStream = 10_059
const codeOf = (cause: unknown): number | undefined => (cause as { readonly code?: number } | undefined)?.code

/** A stream that exists is as declared; a missing one is declared by the daemon at its start. */
const streamLook = (found: FoundStream, wanted: StreamShape): Look => {
  const breaking = differencesOf(found, wanted).filter(({ breaks }) => breaks)
  return breaking.length === 0
    ? held()
    : hopeless(
        "configuration",
        `Stream ${wanted.name} is not what tickd declares (${differenceText(breaking)}): run 'tickd streams check', or set the configuration to what is there`
      )
}

const lookStream = (connection: NatsConnection, wanted: StreamShape): Effect.Effect<Look> =>
  Effect.tryPromise(async () => {
    const manager = await jetstreamManager(connection, { checkAPI: false })
    return (await manager.streams.info(wanted.name)).config as FoundStream
  }).pipe(
    Effect.map((found) => streamLook(found, wanted)),
    Effect.catch(({ cause }) =>
      Effect.succeed(
        codeOf(cause) === missingStream
          ? held()
          : unmet("configuration", `The state of stream ${wanted.name} cannot be read (${errorText(cause)})`)
      )
    )
  )

/** JetStream answers this user, and the streams of ticks that exist are as declared. */
export const lookNats = ({ settings }: ProofTools, streams: ReadonlyArray<StreamShape>): Effect.Effect<Look> =>
  Effect.gen(function* () {
    const connection = yield* openTicks(settings)
    yield* Effect.tryPromise({
      try: () => jetstreamManager(connection),
      catch: (cause) => ({
        isFinal: cause instanceof Error && cause.name === "JetStreamNotEnabled",
        message: `NATS at ${settings.natsUrl} has no JetStream for this user (${errorText(cause)}): start it with -js, or check that it is the right server`
      })
    })
    for (const wanted of streams) {
      const look = yield* lookStream(connection, wanted)
      if (!look.holds) return look
    }
    return held()
  }).pipe(
    Effect.scoped,
    Effect.catch((error) => {
      const isFinal = "code" in error ? error.code === "NATS_AUTH_REJECTED" || error.isForeign === true : error.isFinal
      return Effect.succeed((isFinal ? hopeless : unmet)("configuration", error.message))
    })
  )
