import { JetStreamApiError, type JetStreamManager, jetstream } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { bucketStream } from "../../../protocol/control/stream-shape.ts"
import { epochSubject } from "../../../protocol/market/epoch.ts"
import { epochBucket } from "../../../protocol/market/streams.ts"
import type { LinkError } from "./publish-errors.ts"
import { apiError, type DeclareMode, declareStream } from "./tick-stream.ts"

/** The text under one key, and the revision of that write. */
export interface EpochEntry {
  readonly text: string
  readonly revision: number
}

/** Store of the epoch of one stream's writer. It is valid as long as its link. */
export interface EpochStore {
  /** Read from the bucket's leader; undefined: never written, or the store was lost. Declares the bucket. */
  readonly read: Effect.Effect<EpochEntry | undefined, LinkError>
  /**
   * Compare and set. Returns the new revision, or undefined when the key has another revision than `after` (0: no
   * key).
   */
  write(text: string, after: number): Effect.Effect<number | undefined, LinkError>
  /**
   * Reports every write by any writer as soon as the server passes it on. May report nothing where permissions forbid
   * it.
   */
  listen(heard: ((text: string) => void) | undefined): void
}

const wrongLastSequence: ReadonlySet<number> = new Set([10071, 10164])

/** The epoch's key in the bucket, over the connection of a link. `timeoutMs` is the time limit of a request. */
export const makeEpochStore = (options: {
  readonly connection: NatsConnection
  readonly manager: JetStreamManager
  readonly stream: string
  readonly replicas: number
  readonly timeoutMs: number
  readonly mode: () => DeclareMode
}): EpochStore => {
  const { connection, manager, stream, timeoutMs } = options
  const bucket = epochBucket(options.replicas)
  const name = bucketStream(bucket.bucket)
  const subject = epochSubject(stream)
  const js = jetstream(connection, { timeout: timeoutMs })
  const decoder = new TextDecoder()
  let heard: ((text: string) => void) | undefined
  let listening = false
  const attempt = <A>(what: string, run: () => Promise<A>): Effect.Effect<A, LinkError> =>
    Effect.tryPromise({ try: run, catch: (cause) => apiError(cause, what) })

  return {
    read: Effect.suspend(() => declareStream(manager, bucket.shape, options.mode())).pipe(
      // requested from the leader: a replica that answers a direct get may lag behind
      Effect.andThen(
        attempt(`Reading who writes ${stream}`, () => manager.streams.getMessage(name, { last_by_subj: subject }))
      ),
      Effect.map((message) =>
        message === null ? undefined : { text: decoder.decode(message.data), revision: message.seq }
      )
    ),
    write: (text, after) =>
      attempt(`Writing who writes ${stream}`, async () => {
        try {
          const { seq } = await js.publish(subject, text, {
            expect: { lastSubjectSequence: after },
            timeout: timeoutMs,
            retries: 0
          })
          return seq
        } catch (cause) {
          if (cause instanceof JetStreamApiError && wrongLastSequence.has(cause.code)) return undefined
          throw cause
        }
      }),
    listen: (tell) => {
      heard = tell
      if (listening) return
      listening = true
      connection.subscribe(subject, {
        callback: (error, message) => {
          // Subscribing is not allowed: the next renewal finds the change, up to a second later.
          if (error === null) heard?.(message.string())
        }
      })
    }
  }
}
