import { jetstreamManager } from "@nats-io/jetstream"
import { Effect } from "effect"
import { connection, readStream, startServer } from "./nats-server.ts"

export interface StoredTick {
  readonly symbol: string
  readonly feed: string
  readonly seq: number
  readonly [key: string]: unknown
}

/** Before the opening most prices have no value: the unusual forms are at the beginning of a recording. */
const firstSampled = 100

/** The first messages of a state folder's stored stream, `count` more spread over all of it, and their total number. */
export const sampleStored = (state: string, count: number) =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const server = yield* startServer({ storeDir: `${state}/nats` })
        const nats = yield* connection(server.url)
        return yield* Effect.promise(async () => {
          const manager = await jetstreamManager(nats)
          const { state } = await manager.streams.info("MD_TICKS")
          const wanted = Math.min(count, state.messages)
          const beginning = Math.min(firstSampled, state.messages)
          const sample: Array<{ readonly subject: string; readonly tick: StoredTick }> = []
          for (let at = 0; at < beginning + wanted; at++) {
            const spread = Math.round(((at - beginning) * (state.messages - 1)) / Math.max(1, wanted - 1))
            const seq = state.first_seq + (at < beginning ? at : spread)
            const message = await manager.direct.getMessage("MD_TICKS", { seq })
            if (message === null) throw new Error(`the stream has no message ${seq}`)
            sample.push({ subject: message.subject, tick: message.json<StoredTick>() })
          }
          return { messages: state.messages, sample }
        })
      })
    )
  )

/** All messages of a state folder's stored stream, in sequence. */
export const allStored = (state: string): Promise<ReadonlyArray<StoredTick>> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const server = yield* startServer({ storeDir: `${state}/nats` })
        const lines = yield* readStream(server.url)
        return lines.map(({ text }) => JSON.parse(text) as StoredTick)
      })
    )
  )
