import { jetstream } from "@nats-io/jetstream"
import { Kvm } from "@nats-io/kv"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Stream } from "effect"
import { attempt, JetStreamTrouble } from "./jetstream-trouble.ts"

/** One value of a bucket. `isUpdate`: it was written after the watch began; false: it was there before. */
export interface WatchedValue {
  readonly key: string
  readonly text: string
  readonly isUpdate: boolean
}

/** Values under `keys` (may end in a wildcard): first what is there, then every change. Fails with `JetStreamTrouble` when the connection ends. */
export const watchBucket = (
  connection: NatsConnection,
  bucket: string,
  keys: string
): Stream.Stream<WatchedValue, JetStreamTrouble> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const watch = yield* attempt(`Watching the KV bucket ${bucket}`, async () => {
        const kv = await new Kvm(jetstream(connection)).open(bucket)
        return await kv.watch({ key: keys })
      })
      const closed = new JetStreamTrouble({
        code: "NATS_CLOSED",
        message: `The connection to NATS closed while watching ${bucket}: start the command again when the server is back.`
      })
      connection.closed().then(
        () => watch.stop(),
        () => watch.stop()
      )
      return Stream.fromAsyncIterable(watch, () => closed).pipe(
        Stream.filter((entry) => entry.operation === "PUT"),
        Stream.map((entry) => ({ key: entry.key, text: entry.string(), isUpdate: entry.isUpdate })),
        Stream.concat(Stream.fail(closed))
      )
    })
  )

/** The value under one key; undefined when there is none. */
export const readBucketValue = (connection: NatsConnection, bucket: string, key: string) =>
  attempt(`Reading ${key} of the KV bucket ${bucket}`, async () => {
    const kv = await new Kvm(jetstream(connection, { timeout: 2000 })).open(bucket)
    const entry = await kv.get(key)
    return entry?.operation === "PUT" ? entry.string() : undefined
  })
