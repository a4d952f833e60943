import { JetStreamApiError, jetstream, jetstreamManager } from "@nats-io/jetstream"
import { Kvm, type KvWatchEntry } from "@nats-io/kv"
import type { NatsConnection } from "@nats-io/transport-node"
import { Cause, Effect, type Scope } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import { monotonicMs } from "../../../kernel/time/monotonic.ts"
import { addStream } from "../../../platform/nats/add-stream.ts"
import { bucketStream } from "../../../protocol/control/stream-shape.ts"
import { safetyBucketName, safetyBucketShape, safetySubject } from "../../../protocol/trading/safety.ts"
import { type BucketEntry, type BucketListener, SafetyBucket } from "../../ports/safety-bucket.ts"
import { SafetyStateError } from "../../ports/safety-state.ts"

export interface SafetyBucketOptions {
  readonly connection: NatsConnection
  /** Nodes of the cluster that store it. */
  readonly replicas: number
  /** Time limit of one request. */
  readonly timeoutMs: number
  /** Interval of the confirmations; well below the heartbeat of the view. */
  readonly confirmEveryMs: number
}

const wrongLastSequence: ReadonlySet<number> = new Set([10071, 10164])
const streamNotFound = 10059
const nameTaken = 10058
/** A watch that is this many confirmations behind is opened again. */
const behindMax = 2
const reopenMs = 200
const stream = bucketStream(safetyBucketName)
const decoder = new TextDecoder()

const failureOf = (what: string, cause: unknown): SafetyStateError => {
  const isMissing =
    (cause instanceof JetStreamApiError && cause.code === streamNotFound) ||
    /no responders|jetstream is not enabled/i.test(errorText(cause))
  return isMissing
    ? new SafetyStateError({
        reason: "missing",
        message: `${what}: the KV bucket ${safetyBucketName} is not there, or has no leader: initialise it, or check the cluster.`
      })
    : new SafetyStateError({
        reason: "unreachable",
        message: `${what}: ${errorText(cause)}. Check NATS, then read the state: the change may have arrived.`
      })
}

const attempt = <A>(what: string, run: () => Promise<A>): Effect.Effect<A, SafetyStateError> =>
  Effect.tryPromise({ try: run, catch: (cause) => failureOf(what, cause) })

const entryOf = ({ key, operation, revision, value }: KvWatchEntry): BucketEntry => ({
  key,
  text: operation === "PUT" ? decoder.decode(value) : undefined,
  revision
})

/** The bucket in NATS KV, over a connection that reconnects by itself. */
export const makeSafetyBucket = (options: SafetyBucketOptions) => {
  const { confirmEveryMs, connection, replicas, timeoutMs } = options
  const js = jetstream(connection, { timeout: timeoutMs })
  const manager = attempt("Opening the JetStream API", () =>
    jetstreamManager(connection, { checkAPI: false, timeout: timeoutMs })
  )

  const publish = (what: string, key: string, text: string, after: number | undefined) =>
    attempt(what, async () => {
      try {
        const expect = after === undefined ? {} : { expect: { lastSubjectSequence: after } }
        return (await js.publish(safetySubject(key), text, { ...expect, timeout: timeoutMs, retries: 0 })).seq
      } catch (cause) {
        if (cause instanceof JetStreamApiError && wrongLastSequence.has(cause.code)) return undefined
        throw cause
      }
    })

  /** One watch, until it is behind, the bucket is another one, or the link breaks. */
  const watch = Effect.fnUntraced(function* (
    listener: BucketListener
  ): Effect.fn.Return<void, SafetyStateError, Scope.Scope> {
    const api = yield* manager
    // Answered by the leader, as every question about a stream.
    const info = attempt("Confirming the safety states", () => api.streams.info(stream))
    const { created } = yield* info
    const entries = yield* Effect.acquireRelease(
      attempt("Watching the safety states", async () => (await new Kvm(js).open(safetyBucketName)).watch()),
      (open) => Effect.sync(() => open.stop())
    )
    /** Newest revision of each key, and the newest of all: what the watch has delivered. */
    const revisions = new Map<string, number>()
    let seen = 0
    let waiting: { readonly upTo: number; readonly askedMs: number } | undefined
    const settle = (): void => {
      if (waiting === undefined || seen < waiting.upTo) return
      listener.confirmed(waiting.askedMs)
      waiting = undefined
    }
    listener.began()
    yield* Effect.forkScoped(
      Effect.promise(async () => {
        for await (const entry of entries) {
          listener.entry(entryOf(entry))
          revisions.set(entry.key, entry.revision)
          seen = Math.max(seen, entry.revision)
          settle()
        }
      })
    )
    for (let behind = 0; behind < behindMax; ) {
      const askedMs = yield* monotonicMs
      const { created: now, state } = yield* info
      const known = [...revisions.values()].filter((revision) => revision <= state.last_seq).length
      // Another bucket of the same name, or messages that were purged behind the watch.
      if (now !== created || state.messages < known) break
      // The oldest question that is open stays: a later one would never be answered by a slow watch.
      waiting ??= { upTo: state.last_seq, askedMs }
      settle()
      behind = waiting === undefined ? 0 : behind + 1
      yield* Effect.sleep(confirmEveryMs)
    }
    listener.lost("the watch of the safety states fell behind, or its bucket was replaced")
  })

  return SafetyBucket.of({
    read: Effect.fnUntraced(function* (key) {
      const api = yield* manager
      // Requested from the leader: a replica that answers a direct get may lag behind.
      const message = yield* attempt(`Reading ${key}`, () =>
        api.streams.getMessage(stream, { last_by_subj: safetySubject(key) })
      )
      if (message === null) return undefined
      const isDeleted = message.header.get("KV-Operation") !== ""
      return { key, text: isDeleted ? undefined : decoder.decode(message.data), revision: message.seq }
    }),
    write: (key, text, after) => publish(`Writing ${key}`, key, text, after),
    renew: (key, text) => Effect.map(publish(`Renewing ${key}`, key, text, undefined), (revision) => revision ?? 0),
    create: Effect.gen(function* () {
      const api = yield* manager
      yield* attempt(`Creating the KV bucket ${safetyBucketName}`, async () => {
        try {
          await addStream(api, safetyBucketShape(replicas))
        } catch (cause) {
          // It is there with other settings: `tickd streams` shows the difference.
          if (!(cause instanceof JetStreamApiError) || cause.code !== nameTaken) throw cause
        }
      })
    }),
    follow: (listener) =>
      Effect.scoped(
        Effect.gen(function* () {
          let brokenLink: (() => void) | undefined
          // One reader of the link's changes for all watches: the client keeps each for ever.
          yield* Effect.forkScoped(
            Effect.promise(async () => {
              for await (const { type } of connection.status()) {
                if (type !== "disconnect" && type !== "close") continue
                listener.lost("the link to NATS is down")
                brokenLink?.()
              }
            })
          )
          const linkBreaks = Effect.callback<void>((resume) => {
            brokenLink = () => resume(Effect.void)
          })
          while (true) {
            yield* Effect.raceFirst(Effect.scoped(watch(listener)), linkBreaks).pipe(
              Effect.catchCause((cause) => Effect.sync(() => listener.lost(errorText(Cause.squash(cause)))))
            )
            yield* Effect.sleep(reopenMs)
          }
        })
      )
  })
}
