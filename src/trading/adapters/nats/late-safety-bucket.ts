import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Layer } from "effect"
import { SafetyBucket } from "../../ports/safety-bucket.ts"
import { SafetyStateError } from "../../ports/safety-state.ts"
import { makeSafetyBucket, type SafetyBucketOptions } from "./safety-bucket.ts"

type Bucket = (typeof SafetyBucket)["Service"]

const away = new SafetyStateError({
  reason: "unreachable",
  message: "NATS is not connected: nothing was read or changed. Check NATS_URL, and whether the server runs."
})
const lookEveryMs = 100

/**
 * The bucket over a connection that comes, goes and comes again. Without one every request fails, and the view of the
 * states is lost.
 * @param connection undefined while there is none
 */
export const layer = (
  connection: () => NatsConnection | undefined,
  options: Omit<SafetyBucketOptions, "connection">
): Layer.Layer<SafetyBucket> =>
  Layer.sync(SafetyBucket, () => {
    let known: { readonly of: NatsConnection; readonly bucket: Bucket } | undefined
    const present = (): Bucket | undefined => {
      const open = connection()
      if (open === undefined || open.isClosed()) return undefined
      if (known?.of !== open) known = { of: open, bucket: makeSafetyBucket({ ...options, connection: open }) }
      return known.bucket
    }
    const over = <A>(act: (bucket: Bucket) => Effect.Effect<A, SafetyStateError>) =>
      Effect.suspend(() => {
        const bucket = present()
        return bucket === undefined ? Effect.fail(away) : act(bucket)
      })
    const isGone = (bucket: Bucket) =>
      Effect.gen(function* () {
        while (present() === bucket) yield* Effect.sleep(lookEveryMs)
      })
    return SafetyBucket.of({
      read: (key) => over((bucket) => bucket.read(key)),
      write: (key, text, after) => over((bucket) => bucket.write(key, text, after)),
      renew: (key, text) => over((bucket) => bucket.renew(key, text)),
      create: over((bucket) => bucket.create),
      follow: (listener) =>
        Effect.gen(function* () {
          while (true) {
            const bucket = present()
            if (bucket === undefined) listener.lost("NATS is not connected")
            else yield* Effect.raceFirst(bucket.follow(listener), isGone(bucket))
            yield* Effect.sleep(lookEveryMs)
          }
        })
    })
  })
