import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import { type KV, Kvm } from "@nats-io/kv"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { defaultBytesOf } from "../../protocol/control/stream-bytes.ts"
import type { StreamShape } from "../../protocol/control/stream-shape.ts"
import { bucketStream } from "../../protocol/control/stream-shape.ts"
import { orUnbounded } from "./add-stream.ts"
import { attempt, reportDifferences, type StepReports, untilDone } from "./jetstream-trouble.ts"

/**
 * Keys whose value has changed since it was last written. Holds no values: the newest is read at the time of writing.
 */
export class ChangedKeys {
  private readonly keys = new Set<string>()
  /** Taken and not yet written. */
  private readonly inHand = new Set<string>()
  private wake: (() => void) | undefined

  /** Number of keys that are not written yet. */
  get size(): number {
    return this.keys.size + this.inHand.size
  }

  add(key: string): void {
    this.keys.add(key)
    const { wake } = this
    this.wake = undefined
    wake?.()
  }

  /** All keys to be written now, including those that an interrupted writer left. */
  take(): ReadonlyArray<string> {
    for (const key of this.keys) this.inHand.add(key)
    this.keys.clear()
    return [...this.inHand]
  }

  written(key: string): void {
    this.inHand.delete(key)
  }

  /** Calls once, as soon as there is a key. Returns a function that cancels it. */
  whenFilled(call: () => void): () => void {
    if (this.size > 0) call()
    else this.wake = call
    return () => {
      if (this.wake === call) this.wake = undefined
    }
  }
}

const openBucket = (connection: NatsConnection, bucket: string, replicas: number, maxAgeMs: number) =>
  attempt(`Opening the KV bucket ${bucket}`, () => {
    const create = (maxBytes: number) =>
      new Kvm(jetstream(connection, { timeout: 2000 })).create(bucket, {
        history: 1,
        replicas,
        ttl: maxAgeMs,
        maxValueSize: 65_536,
        max_bytes: maxBytes,
        description: "newest snapshot of each machine of each tickd"
      })
    const bytes = defaultBytesOf(bucketStream(bucket)) ?? -1
    return orUnbounded(
      bytes > 0,
      () => create(bytes),
      () => create(-1)
    )
  })

/**
 * Removes the keys under `prefix` that no part of this run writes: values of a previous run would look current
 * forever. The keys are read from the stream's own list, because reading a bucket needs permissions that a writer may
 * not have.
 */
export const sweepBucket = (options: {
  readonly connection: NatsConnection
  readonly kv: KV
  readonly bucket: string
  readonly prefix: string
  readonly isWritten: (key: string) => boolean
}) =>
  attempt(`Sweeping the KV bucket ${options.bucket}`, async () => {
    const { connection, kv, bucket, prefix, isWritten } = options
    const subjects = `$KV.${bucket}.`
    const manager = await jetstreamManager(connection, { checkAPI: false, timeout: 2000 })
    const { state } = await manager.streams.info(`KV_${bucket}`, { subjects_filter: `${subjects}${prefix}>` })
    const left = Object.keys(state.subjects ?? {}).map((subject) => subject.slice(subjects.length))
    for (const key of left) if (!isWritten(key)) await kv.purge(key)
  })

/**
 * Writes changed keys, forever: the first change at once, further ones `gapMs` later with the value of that moment.
 * So a key is written at most once in `gapMs`, and its last change is always written.
 */
export const runStateBucket = Effect.fnUntraced(function* (options: {
  readonly connection: NatsConnection
  readonly bucket: string
  /** Declared shape of its stream; differences are reported. */
  readonly shape?: StreamShape
  /** Nodes of the cluster that store it. Omit for 1. */
  readonly replicas?: number
  /** Age at which an unwritten value is removed; set when the bucket is created. 0: never. */
  readonly maxAgeMs: number
  readonly changed: ChangedKeys
  /** The newest value of a key; undefined when there is none. */
  readonly valueOf: (key: string) => string | undefined
  readonly gapMs: number
  /** Runs once the bucket is open, before the first value is written. */
  readonly first?: (kv: KV) => Effect.Effect<void>
  readonly reports: StepReports
}) {
  const { connection, bucket, changed, reports, replicas = 1, maxAgeMs } = options
  const filled = Effect.callback<void>((resume) => {
    const takeBack = changed.whenFilled(() => resume(Effect.void))
    return Effect.sync(takeBack)
  })
  const write = (kv: KV, key: string) =>
    Effect.suspend(() => {
      const value = options.valueOf(key)
      return value === undefined
        ? Effect.void
        : Effect.asVoid(attempt(`Writing ${key} to the KV bucket ${bucket}`, () => kv.put(key, value)))
    }).pipe(
      // A deleted bucket is created again before the next attempt.
      Effect.tapError(() => Effect.ignore(openBucket(connection, bucket, replicas, maxAgeMs)))
    )

  const kv = yield* untilDone(openBucket(connection, bucket, replicas, maxAgeMs), reports)
  const { shape } = options
  if (shape !== undefined) {
    const reading = attempt(`Reading the KV bucket ${bucket}`, async () => (await kv.status()).streamInfo.config)
    reportDifferences(yield* untilDone(reading, reports), shape, reports)
  }
  if (options.first !== undefined) yield* options.first(kv)
  while (true) {
    yield* filled
    for (const key of changed.take()) {
      yield* untilDone(write(kv, key), reports)
      changed.written(key)
    }
    yield* Effect.sleep(options.gapMs)
  }
})
