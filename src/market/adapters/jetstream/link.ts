import { randomBytes } from "node:crypto"
import { jetstreamManager } from "@nats-io/jetstream"
import { errors, headers, type Msg, type NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { inboxPrefixOf, socketOf } from "../../../platform/nats/nats-internals.ts"
import { type StreamOptions, streamShape } from "../../../protocol/market/streams.ts"
import { type EpochStore, makeEpochStore } from "./epoch-store.ts"
import { makeFrameWriter } from "./frame-writer.ts"
import { readRefusal, slotOf, storedSeq } from "./publish-ack.ts"
import { classifyRefusal, LinkError, type Refusal } from "./publish-errors.ts"
import type { Payload } from "./publish-window.ts"
import { apiError, type DeclareMode, declareStream, type StreamTail, tailOf } from "./tick-stream.ts"

/** A message as the stream holds it. */
export interface StoredMessage {
  readonly seq: number
  readonly subject: string
  readonly data: Uint8Array
  /** When the server stored it, epoch milliseconds of its clock; absent in a twin that keeps none. */
  readonly storedMs?: number
}

/** What a link tells its owner, synchronously, from the socket's callback. */
export interface LinkEvents {
  /** The message in `slot` is stored under `seq`. */
  stored(slot: number, seq: number): void
  refused(slot: number, refusal: Refusal): void
  /** The server denies something this connection needs; no answer will come for it. */
  denied(message: string): void
  closed(reason: string): void
}

/** One connection to the stream: it lives until it breaks and is never mended. Answers of an earlier link never arrive here. */
export interface Link {
  readonly isClosed: () => boolean
  /**
   * Sends without waiting; the answer comes as `stored` or `refused`, and only when it is `asked` for. Throws when the
   * client library refuses it.
   */
  publish(slot: number, subject: string, payload: Payload, asked: boolean): void
  /** The same, refused by the server unless the stream's last sequence is `lastSeq`. */
  publishAfter(slot: number, subject: string, payload: Payload, lastSeq: number): void
  /** The stream, declared again when it is gone. */
  readonly declareStream: Effect.Effect<StreamTail, LinkError>
  readonly tail: Effect.Effect<StreamTail, LinkError>
  /** Undefined: there is no message with this sequence (any more). */
  read(seq: number): Effect.Effect<StoredMessage | undefined, LinkError>
  /** The newest message of a subject; undefined: there is none. */
  lastOf(subject: string): Effect.Effect<StoredMessage | undefined, LinkError>
  /** Ends the connection at once. `hard` also takes back what is still on its way out of this host. */
  destroy(hard: boolean): void
  /** Where the epoch of the stream's writer is kept; absent where nothing is fenced. */
  readonly epochs?: EpochStore
}

export type OpenLink = (events: LinkEvents) => Effect.Effect<Link, LinkError>

export interface LinkOptions {
  /** Opens one connection that does not reconnect by itself. */
  readonly connect: Effect.Effect<
    NatsConnection,
    { readonly code: string; readonly message: string; readonly retryable: boolean }
  >
  readonly stream: StreamOptions
  /** Limits that differ from `stream` are accepted, and this is called once with them; omit: they are refused at the first link. */
  readonly onDifferent?: ((message: string) => void) | undefined
  /** The writer of the stream is fenced. */
  readonly fenced?: boolean
  readonly inboxPrefix?: string
  /** Patience with one request to the JetStream API. */
  readonly requestTimeoutMs?: number
  readonly window: number
}

/** Patience with a sign of life: two of them fit into the time after which the link is given up for want of one. */
const epochTimeoutMs = 1500

const statusOf = (message: Msg): number => message.headers?.code ?? 0

/** Opens links over the official client: `connect`, a reply inbox of its own, answers read in the callback. */
export const openLink = (options: LinkOptions): OpenLink => {
  const config = streamShape(options.stream)
  // Whatever this daemon has found right once, its operator may change under it, unless it breaks the line.
  const declared = new Set<string>()
  const { onDifferent } = options
  const modeOf = (name: string): DeclareMode =>
    declared.has(name) || (onDifferent !== undefined && name === config.name) ? "breaking" : "all"
  const noteDifferent = (message: string) => {
    if (!declared.has(config.name)) onDifferent?.(message)
  }
  return (events) =>
    Effect.gen(function* () {
      const connection = yield* options.connect.pipe(
        Effect.mapError(({ code, message, retryable }) => new LinkError({ code, message, retryable }))
      )
      const inbox = `${options.inboxPrefix ?? inboxPrefixOf(connection)}.${randomBytes(12).toString("hex")}.`
      // one string a slot for the life of the link, instead of one a message
      const replies = Array.from({ length: options.window }, (_, slot) => `${inbox}${slot}`)
      // the same as bytes, with the blank that stands behind a reply subject
      const replyBytes = replies.map((reply) => Buffer.from(`${reply} `))
      const frames = makeFrameWriter(connection)
      const counts = new Float64Array(options.window)
      let closed = false
      let destroyed = false

      connection.subscribe(`${inbox}*`, {
        callback: (error, message) => {
          if (destroyed) return
          if (error !== null)
            return events.denied(`The reply inbox is refused (${error.message}): allow subscribing to ${inbox}>.`)
          const slot = slotOf(message.subject, inbox.length)
          const { data } = message
          const seq = storedSeq(data)
          frames?.answered(counts[slot] ?? 0)
          if (seq > 0) events.stored(slot, seq)
          else events.refused(slot, classifyRefusal(readRefusal(data, statusOf(message))))
        }
      })
      const watchStatus = async () => {
        for await (const status of connection.status()) {
          if (status.type !== "error" || !(status.error instanceof errors.PermissionViolationError)) continue
          const { operation, subject } = status.error
          if (operation === "publish" && !destroyed) {
            events.denied(`This NATS user may not publish to ${subject}: allow it in the server's permissions.`)
          }
        }
      }
      watchStatus().catch(() => {})
      connection.closed().then(
        (error) => {
          closed = true
          if (!destroyed) events.closed(error instanceof Error ? error.message : "the server closed the connection")
        },
        () => {}
      )

      const manager = yield* Effect.tryPromise({
        try: () => jetstreamManager(connection, { checkAPI: false, timeout: options.requestTimeoutMs ?? 2000 }),
        catch: (cause) => apiError(cause, "Opening the JetStream API")
      })
      // asked of the stream's leader: a direct get may be answered by a replica that lags behind
      const readMessage = (what: { readonly seq: number } | { readonly last_by_subj: string }, name: string) =>
        Effect.tryPromise({
          try: async (): Promise<StoredMessage | undefined> => {
            const message = await manager.streams.getMessage(config.name, what)
            if (message === null) return undefined
            const { seq, subject, data, time } = message
            return { seq, subject, data, storedMs: time.getTime() }
          },
          catch: (cause) => apiError(cause, `Reading ${name} of stream ${config.name}`)
        })
      return {
        isClosed: () => closed || connection.isClosed(),
        publish: (slot, subject, payload, asked) => {
          if (frames !== undefined) {
            const bytes = typeof payload === "string" ? Buffer.from(payload) : payload
            const count = frames.publish(subject, bytes, asked ? replyBytes[slot] : undefined)
            if (asked) counts[slot] = count
            return
          }
          connection.publish(subject, payload, asked ? { reply: replies[slot] as string } : {})
        },
        publishAfter: (slot, subject, payload, lastSeq) => {
          const condition = headers()
          frames?.flush()
          condition.set("Nats-Expected-Last-Sequence", String(lastSeq))
          connection.publish(subject, payload, { reply: replies[slot] as string, headers: condition })
        },
        declareStream: Effect.suspend(() => declareStream(manager, config, modeOf(config.name), noteDifferent)).pipe(
          Effect.tap(() => Effect.sync(() => void declared.add(config.name)))
        ),
        tail: Effect.tryPromise({
          try: () => manager.streams.info(config.name),
          catch: (cause) => apiError(cause, `Reading stream ${config.name}`)
        }).pipe(Effect.map(tailOf)),
        read: (seq) => readMessage({ seq }, `message ${seq}`),
        lastOf: (subject) => readMessage({ last_by_subj: subject }, `the last message of ${subject}`),
        destroy: (hard) => {
          destroyed = true
          try {
            if (hard) socketOf(connection)?.resetAndDestroy()
          } catch {
            // a socket under TLS cannot be reset; closing it is the best there is
          }
          // not awaited: closing can hang on a socket that nobody reads
          connection.close().catch(() => {})
        },
        ...(options.fenced === true && {
          epochs: makeEpochStore({
            connection,
            manager,
            stream: config.name,
            replicas: config.num_replicas,
            timeoutMs: epochTimeoutMs,
            mode: () => modeOf(config.name)
          })
        })
      } satisfies Link
    })
}

export const lostLink = (reason: string): LinkError =>
  new LinkError({ code: "LINK_LOST", retryable: true, message: `The connection to NATS was lost (${reason}).` })
