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

/** A message as stored in the stream. */
export interface StoredMessage {
  readonly seq: number
  readonly subject: string
  readonly data: Uint8Array
  /** Time of storing, epoch milliseconds of the server's clock; absent in a simulation without one. */
  readonly storedMs?: number
}

/** Events of a link, reported synchronously from the socket's callback. */
export interface LinkEvents {
  /** The message in `slot` is stored under `seq`. */
  stored(slot: number, seq: number): void
  refused(slot: number, refusal: Refusal): void
  /** The server denies something that this connection needs; no answer will arrive for it. */
  denied(message: string): void
  closed(reason: string): void
}

/**
 * One connection to the stream: it exists until it breaks and never reconnects. Answers of an earlier link never
 * arrive here.
 */
export interface Link {
  readonly isClosed: () => boolean
  /**
   * Sends without waiting. The answer arrives as `stored` or `refused`, and only when it is `asked` for. Throws when
   * the client library refuses the message.
   */
  publish(slot: number, subject: string, payload: Payload, asked: boolean): void
  /** The same, but the server refuses it unless the stream's last sequence is `lastSeq`. */
  publishAfter(slot: number, subject: string, payload: Payload, lastSeq: number): void
  /** Declares the stream, and creates it again when it is gone. */
  readonly declareStream: Effect.Effect<StreamTail, LinkError>
  readonly tail: Effect.Effect<StreamTail, LinkError>
  /** Undefined: no message has this sequence (any more). */
  read(seq: number): Effect.Effect<StoredMessage | undefined, LinkError>
  /** The newest message of a subject; undefined: none. */
  lastOf(subject: string): Effect.Effect<StoredMessage | undefined, LinkError>
  /** Ends the connection at once. `hard` also discards what is still on its way out of this host. */
  destroy(hard: boolean): void
  /** Store of the writer's epoch; absent without a fence. */
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
  /** Called once with limits that differ from `stream` and are accepted; omit: the first link refuses them. */
  readonly onDifferent?: ((message: string) => void) | undefined
  /** The writer of the stream is fenced. */
  readonly fenced?: boolean
  readonly inboxPrefix?: string
  /** Time limit of one request to the JetStream API. */
  readonly requestTimeoutMs?: number
  readonly window: number
}

/** Time limit of one renewal. Two of them fit into the time after which an unconfirmed link is given up. */
const epochTimeoutMs = 1500

const statusOf = (message: Msg): number => message.headers?.code ?? 0

/** Opens links with the official client: `connect`, a separate reply inbox, answers read in the callback. */
export const openLink = (options: LinkOptions): OpenLink => {
  const config = streamShape(options.stream)
  // Streams that were right once: an operator may change them under the running daemon, unless that breaks the line.
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
      // one string for each slot of the link, instead of one for each message
      const replies = Array.from({ length: options.window }, (_, slot) => `${inbox}${slot}`)
      // the same as bytes, with the blank that follows a reply subject
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
      // requested from the stream's leader: a replica that answers a direct get may lag behind
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
            // a socket under TLS cannot be reset, so it is closed
          }
          // not awaited: closing can block on a socket that is not read any more
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
