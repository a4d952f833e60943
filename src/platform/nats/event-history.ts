import { DeliverPolicy, JetStreamApiError, jetstream, jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { attempt, JetStreamTrouble } from "./jetstream-trouble.ts"

/** Stored messages, oldest first. `leftOut`: number of older matching messages that were not kept. */
export interface History {
  readonly texts: ReadonlyArray<string>
  readonly leftOut: number
}

const notFound = 10059
const patienceMs = 5000

/** Subjects of a stream that match `filter`; undefined when the stream does not exist. */
const subjectsOf = (connection: NatsConnection, stream: string, filter: string) =>
  attempt(`Reading stream ${stream}`, async () => {
    const manager = await jetstreamManager(connection, { checkAPI: false })
    try {
      const { state } = await manager.streams.info(stream, { subjects_filter: filter })
      return Object.keys(state.subjects ?? {})
    } catch (cause) {
      if (cause instanceof JetStreamApiError && cause.code === notFound) return undefined
      throw cause
    }
  })

/**
 * Messages of a stream that match `filter` since `sinceMs` (epoch milliseconds; undefined: from the beginning): the
 * newest `most` that `keep` accepts. Fails with `NOTHING_STORED` when no message was ever stored under `filter`; the
 * error names the stored subjects.
 */
export const readHistory = Effect.fnUntraced(function* (
  connection: NatsConnection,
  options: {
    readonly stream: string
    readonly all: string
    readonly filter: string
    readonly sinceMs: number | undefined
    readonly most: number
    readonly keep: (text: string) => boolean
  }
): Effect.fn.Return<History, JetStreamTrouble> {
  const { stream, filter, sinceMs, most } = options
  const present = yield* subjectsOf(connection, stream, filter)
  if (present === undefined || present.length === 0) {
    const known = present === undefined ? undefined : yield* subjectsOf(connection, stream, options.all)
    if (known === undefined) {
      return yield* new JetStreamTrouble({
        code: "NOTHING_STORED",
        message: `This user sees no stream ${stream}: no daemon has stored an event on this server yet, or the user may not read it; on a secured server use ops.env.`
      })
    }
    const names = known.map((subject) => subject.slice(options.all.length - 1)).sort()
    return yield* new JetStreamTrouble({
      code: "NOTHING_STORED",
      message: `Stream ${stream} holds nothing of ${filter}: ${names.length === 0 ? "no daemon has stored an event yet" : `it holds ${names.join(", ")}`}.`
    })
  }
  return yield* attempt(`Reading ${filter} from stream ${stream}`, async () => {
    const consumer = await jetstream(connection).consumers.get(stream, {
      filter_subjects: filter,
      ...(sinceMs === undefined
        ? { deliver_policy: DeliverPolicy.All }
        : { deliver_policy: DeliverPolicy.StartTime, opt_start_time: new Date(sinceMs).toISOString() })
    })
    let texts: Array<string> = []
    let leftOut = 0
    const trim = () => {
      const surplus = Math.max(0, texts.length - most)
      leftOut += surplus
      texts = texts.slice(surplus)
    }
    if ((await consumer.info()).num_pending > 0) {
      const messages = await consumer.consume({ max_messages: 1000 })
      // A server that disappears meanwhile sends neither messages nor an error.
      const watch = setTimeout(() => messages.stop(new Error("the server sends no more")), patienceMs)
      try {
        for await (const message of messages) {
          watch.refresh()
          const text = message.string()
          if (options.keep(text)) texts.push(text)
          if (texts.length >= 2 * most) trim()
          if (message.info.pending === 0) break
        }
      } finally {
        clearTimeout(watch)
        messages.stop()
      }
    }
    trim()
    return { texts, leftOut }
  })
})
