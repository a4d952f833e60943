import { Clock, Effect, type Scope } from "effect"
import { monotonicOf } from "../../../kernel/time/monotonic.ts"
import { type LinkOptions, type OpenLink, openLink } from "./link.ts"
import type { PublisherFatal } from "./publish-errors.ts"
import type { Payload } from "./publish-window.ts"
import { PublisherCore } from "./publisher-core.ts"
import type { PublisherCallbacks, PublisherCounts } from "./publisher-events.ts"
import { type RunOptions, runPublisher } from "./publisher-reconnect.ts"
import { type WriterFence, writerBackoffCapMs } from "./writer-fence.ts"

export type { IsSuperseded, PublisherCounts, PublisherEvent } from "./publisher-events.ts"

export interface AckedPublisherOptions extends PublisherCallbacks {
  /** A connection that does not reconnect by itself (`reconnect: false`); the publisher opens the next one. */
  readonly connect: LinkOptions["connect"]
  readonly stream: LinkOptions["stream"]
  /**
   * Called with the differences of a stream that is used although it differs, where that loses or garbles no message.
   * Omit: every difference is refused at the start.
   */
  readonly onDifferent?: LinkOptions["onDifferent"]
  readonly inboxPrefix?: string
  /** Maximum number of retained messages, and so of messages in flight. */
  readonly window?: number
  readonly ackTimeoutMs?: number
  readonly backoffMs?: number
  readonly backoffCapMs?: number
  readonly quietMs?: number
  readonly requestTimeoutMs?: number
  /** The right to write the stream. Omit: other writers are not excluded. */
  readonly fence?: WriterFence
  /** Reads the end of the stream once before anything is sent. */
  readonly firstLook?: RunOptions["firstLook"]
  /** Omit: every cause that an operator must fix ends `run` before the stream was reached once. */
  readonly endsAtStart?: RunOptions["endsAtStart"]
  /** Reads what another writer stored, each time the stream is taken back from it. */
  readonly lookBack?: RunOptions["lookBack"]
  /** For tests: replaces the real connection. */
  readonly openLink?: OpenLink
}

/**
 * Acknowledged publishing: each message is stored exactly once and in sequence, over lost connections and restarts of
 * the server. One publisher is the only writer of its messages, and no two messages may be equal in subject and
 * bytes. `room` and `send` are synchronous and allocate no promise, timer or header block for a message.
 */
export interface AckedPublisher {
  /** Number of messages that `send` accepts now; 0 while the link is not up. */
  readonly room: () => number
  /**
   * Throws when there is no room. `payload` must not change until `onStored`, which is called with `stampMs`, `token`
   * and `feedSeq`.
   */
  readonly send: (
    subject: string,
    payload: Payload,
    stampMs: number,
    token: number,
    feedSeq?: number,
    receivedMs?: number
  ) => void
  readonly counts: () => PublisherCounts
  readonly awaitRoom: Effect.Effect<void>
  /** Completes when every accepted message is stored. The caller sets the deadline; the counts show the rest. */
  readonly drained: Effect.Effect<void>
  /** Keeps the connection, forever. Run it once at a time; it may be run again after it ended. */
  readonly run: Effect.Effect<never, PublisherFatal, Scope.Scope>
}

/** Makes a publisher. Nothing happens before `run`. Uses Effect's Clock and Random. */
export const makeAckedPublisher = (options: AckedPublisherOptions): Effect.Effect<AckedPublisher> =>
  Effect.map(assemblePublisher(options), ({ publisher }) => publisher)

/** A publisher and its synchronous half, for parts that wrap it. */
export const assemblePublisher = (
  options: AckedPublisherOptions
): Effect.Effect<{ readonly core: PublisherCore; readonly publisher: AckedPublisher }> =>
  Effect.gen(function* () {
    const clock = yield* Clock.clockWith(Effect.succeed)
    const window = options.window ?? 2048
    const core = new PublisherCore({
      window,
      wallMs: () => clock.currentTimeMillisUnsafe(),
      monotonicMs: () => monotonicOf(clock),
      callbacks: options,
      leaseOver: options.fence?.leaseOver
    })
    const link =
      options.openLink ??
      openLink({
        connect: options.connect,
        stream: options.stream,
        window,
        fenced: options.fence !== undefined,
        ...(options.onDifferent !== undefined && { onDifferent: options.onDifferent }),
        ...(options.inboxPrefix !== undefined && { inboxPrefix: options.inboxPrefix }),
        ...(options.requestTimeoutMs !== undefined && { requestTimeoutMs: options.requestTimeoutMs })
      })
    const publisher: AckedPublisher = {
      room: () => core.room(),
      send: (subject, payload, stampMs, token, feedSeq, receivedMs) =>
        core.send(subject, payload, stampMs, token, feedSeq, receivedMs),
      counts: () => core.counts(),
      awaitRoom: core.until(() => core.room() > 0),
      drained: core.until(() => core.window.retained === 0),
      run: runPublisher(core, {
        openLink: link,
        ackTimeoutMs: options.ackTimeoutMs ?? 5000,
        backoffMs: options.backoffMs ?? 100,
        backoffCapMs: options.backoffCapMs ?? (options.fence === undefined ? 5000 : writerBackoffCapMs),
        quietMs: options.quietMs ?? 100,
        quietLooks: 50,
        ...(options.fence !== undefined && { fence: options.fence }),
        ...(options.firstLook !== undefined && { firstLook: options.firstLook }),
        ...(options.endsAtStart !== undefined && { endsAtStart: options.endsAtStart }),
        ...(options.lookBack !== undefined && { lookBack: options.lookBack })
      })
    }
    return { core, publisher }
  })
