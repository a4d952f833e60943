import { JetStreamApiError, jetstream, jetstreamManager } from "@nats-io/jetstream"
import { Kvm } from "@nats-io/kv"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Stream } from "effect"
import { bucketStream } from "../../protocol/control/stream-shape.ts"
import { attempt, JetStreamTrouble } from "./jetstream-trouble.ts"

/** One value of a bucket. `isUpdate`: written after the watch began; false: it was there before. */
export interface WatchedValue {
  readonly key: string
  readonly text: string
  readonly isUpdate: boolean
}

/**
 * A watch of a deleted bucket receives nothing more, not even from a new bucket: the bucket is checked at this
 * interval.
 */
const lookEveryMs = 2000
const streamNotFound = 10059

/**
 * When the bucket was created; undefined: it does not exist. A user without permission to read it keeps the first
 * answer.
 */
const createdOf = (connection: NatsConnection, bucket: string) =>
  attempt(`Reading the KV bucket ${bucket}`, async () => {
    const manager = await jetstreamManager(connection, { checkAPI: false, timeout: 2000 })
    try {
      return String((await manager.streams.info(bucketStream(bucket))).created)
    } catch (cause) {
      if (cause instanceof JetStreamApiError && cause.code === streamNotFound) return undefined
      throw cause
    }
  })

/** Watches the bucket until it is deleted or the connection ends: existing values first, then every change. */
const watchOnce = (connection: NatsConnection, bucket: string, keys: string, everyMs: number) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const created = yield* Effect.orElseSucceed(createdOf(connection, bucket), () => undefined)
      const watch = yield* attempt(`Watching the KV bucket ${bucket}`, async () => {
        const kv = await new Kvm(jetstream(connection)).open(bucket)
        return await kv.watch({ key: keys })
      })
      const looks = Effect.gen(function* () {
        while (!connection.isClosed()) {
          yield* Effect.sleep(everyMs)
          const now = yield* Effect.orElseSucceed(createdOf(connection, bucket), () => created)
          if (now === created) continue
          watch.stop()
          return
        }
      })
      yield* Effect.forkScoped(looks)
      yield* Effect.addFinalizer(() => Effect.sync(() => watch.stop()))
      connection.closed().then(
        () => watch.stop(),
        () => watch.stop()
      )
      return Stream.fromAsyncIterable(watch, () => closedError(bucket)).pipe(
        Stream.filter((entry) => entry.operation === "PUT"),
        Stream.map((entry) => ({ key: entry.key, text: entry.string(), isUpdate: entry.isUpdate }))
      )
    })
  )

const closedError = (bucket: string) =>
  new JetStreamTrouble({
    code: "NATS_CLOSED",
    message: `The connection to NATS closed while watching ${bucket}: start the command again when the server is back.`
  })

/** Waits until a deleted bucket exists again. */
const untilMade = (connection: NatsConnection, bucket: string, everyMs: number) =>
  Effect.gen(function* () {
    while (!connection.isClosed()) {
      const made = yield* Effect.orElseSucceed(createdOf(connection, bucket), () => undefined)
      if (made !== undefined) return
      yield* Effect.sleep(everyMs)
    }
    return yield* closedError(bucket)
  })

/**
 * Values under `keys` (may end in a wildcard): existing ones first, then every change. After a bucket was deleted and
 * created again, continues with the content of the new one. Fails with `JetStreamTrouble` when the connection ends.
 */
export const watchBucket = (
  connection: NatsConnection,
  bucket: string,
  keys: string,
  everyMs = lookEveryMs
): Stream.Stream<WatchedValue, JetStreamTrouble> => {
  const again: Stream.Stream<WatchedValue, JetStreamTrouble> = Stream.unwrap(
    Effect.as(
      untilMade(connection, bucket, everyMs),
      Stream.concat(
        watchOnce(connection, bucket, keys, everyMs),
        Stream.suspend(() => again)
      )
    )
  )
  return Stream.concat(watchOnce(connection, bucket, keys, everyMs), again)
}

/** The value under one key; undefined when there is none. */
export const readBucketValue = (connection: NatsConnection, bucket: string, key: string) =>
  attempt(`Reading ${key} of the KV bucket ${bucket}`, async () => {
    const kv = await new Kvm(jetstream(connection, { timeout: 2000 })).open(bucket)
    const entry = await kv.get(key)
    return entry?.operation === "PUT" ? entry.string() : undefined
  })
