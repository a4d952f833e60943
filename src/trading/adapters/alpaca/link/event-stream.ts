import { Clock, Effect, Fiber, Stream } from "effect"
import type { HttpClient } from "effect/http/HttpClient"
import { TracerPropagationEnabled } from "effect/http/HttpClient"
import { get } from "effect/http/HttpClientRequest"
import { systemCodeOf } from "../../../../kernel/system-fault.ts"
import type { AlpacaCounts } from "../counts.ts"
import { type AlpacaSettings, keysProblem, readKeys } from "../settings.ts"
import { Unreadable } from "../wire/fields.ts"
import { readTradeEvent } from "../wire/trade-update.ts"
import { EventCursor } from "./event-cursor.ts"
import { EventLines, type EventPart } from "./event-lines.ts"
import { type Conversation, keepConnected, type Loss } from "./keep-connected.ts"
import type { LossKind } from "./pauses.ts"
import type { SocketEvents, TextSocket } from "./text-socket.ts"
import type { UpdateOutbox } from "./update-outbox.ts"

const source = "sse"

class Ended extends Error {
  readonly kind: LossKind
  constructor(cause: string, kind: LossKind = "lost") {
    super(cause)
    this.kind = kind
  }
}

const kindOf = (status: number): LossKind =>
  status === 401 || status === 403 ? "refused" : status === 406 || status === 429 ? "crowded" : "lost"

/** `/v2/events/trades`, for ever: after a loss it goes on by the id of an event, so that the gap comes too. */
export const followEvents = Effect.fnUntraced(function* (
  client: HttpClient,
  outbox: UpdateOutbox,
  settings: AlpacaSettings,
  counts: AlpacaCounts
): Effect.fn.Return<never> {
  const clock = yield* Clock.Clock
  const run = Effect.runForkWith(yield* Effect.context<never>())
  const cursor = new EventCursor()

  /** One connection, until it ends. It always fails with why. */
  const read = Effect.fnUntraced(function* (events: SocketEvents, onPart: (part: EventPart) => void) {
    const keys = readKeys(settings.keys)
    if (typeof keys === "string") return yield* Effect.fail(new Ended(keys, "refused"))
    const resume = cursor.resumeAfter(clock.currentTimeMillisUnsafe())
    const response = yield* client.execute(
      get(`${settings.urls.trading}/v2/events/trades`, {
        urlParams: resume === undefined ? [] : [["since_id", resume]],
        headers: {
          accept: "text/event-stream",
          "user-agent": "tickd",
          "apca-api-key-id": keys.id,
          "apca-api-secret-key": keys.secret
        }
      })
    )
    const { status } = response
    if (status !== 200 || !(response.headers["content-type"] ?? "").startsWith("text/event-stream")) {
      // An id that is too old is refused as a bad request; without it the stream begins anew.
      if (status === 400 || status === 404 || status === 422) cursor.reset()
      const cause = `the stream of events was answered with HTTP ${status} and not with events`
      return yield* Effect.fail(new Ended(cause, kindOf(status)))
    }
    events.opened()
    const decoder = new TextDecoder("utf-8", { fatal: true })
    const lines = new EventLines()
    yield* Stream.runForEach(response.stream, (bytes) =>
      Effect.try({
        try: () => {
          for (const part of lines.push(decoder.decode(bytes, { stream: true }))) onPart(part)
        },
        catch: (cause) => cause
      })
    )
    return yield* Effect.fail(new Ended("the venue closed the stream of events"))
  })

  const open =
    (onPart: (part: EventPart) => Loss | undefined) =>
    (_: string, events: SocketEvents): TextSocket => {
      const fiber = run(
        read(events, (part) => {
          const loss = onPart(part)
          if (loss !== undefined) throw new Ended(loss.cause, loss.kind)
          // Any part is a sign of life.
          events.received("")
        }).pipe(
          Effect.provideService(TracerPropagationEnabled, false),
          Effect.catch((error) =>
            Effect.sync(() => {
              if (error instanceof Ended) events.lost(error.message, error.kind)
              else events.lost(`the stream of events failed: ${systemCodeOf(error).slice(0, 200)}`)
            })
          )
        )
      )
      return { send: () => undefined, close: () => void run(Fiber.interrupt(fiber)) }
    }

  let isReady = false
  const onPart = (part: EventPart): Loss | undefined => {
    if (part.type === "comment") {
      // Both are a gap of this connection; the next one begins before it.
      const isGap = /dropped|internal server error/i.test(part.text)
      return isGap ? { kind: "lost", cause: `the venue says: ${part.text.slice(0, 200)}` } : undefined
    }
    if (outbox.isFull) return { kind: "lost", cause: `the reader is too slow: ${settings.updatesMax} updates wait` }
    const event = readTradeEvent(part.text)
    if (event instanceof Unreadable) {
      counts.unreadable.updates++
      // Read again it would be the same: the recovery finds what it was.
      outbox.gap(source, `an event cannot be read: ${event.why}`)
      outbox.listening(source)
      return undefined
    }
    const nowMs = clock.currentTimeMillisUnsafe()
    if (cursor.take(event.id, nowMs)) outbox.order(source, event.update, nowMs)
    return undefined
  }
  const converse = (): Conversation => {
    isReady = false
    return {
      opened: () => {
        isReady = true
        outbox.listening(source)
      },
      received: () => undefined,
      tick: () => {
        const cause = outbox.muteCause(source, clock.currentTimeMillisUnsafe(), settings.link.silenceMs)
        if (cause === undefined) return undefined
        counts.muteSockets++
        return { kind: "lost", cause }
      },
      // Nothing can be asked: the heartbeats of the venue are its sign of life.
      probe: () => undefined,
      isReady: () => isReady
    }
  }
  return yield* keepConnected({
    url: "",
    times: { ...settings.link, silenceMs: settings.eventSilenceMs / 2 },
    open: open(onPart),
    converse,
    onConnect: () => void counts.connects.events++,
    onLoss: ({ cause }) => {
      counts.losses.events++
      outbox.lost(source, cause)
    },
    mayConnect: () => !outbox.isFull,
    credentials: () => JSON.stringify(readKeys(settings.keys)),
    keysProblem: () => keysProblem(settings.keys)
  })
})
