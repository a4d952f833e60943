import { Effect, Stream } from "effect"
import { ItemBuffer } from "../../../../kernel/item-buffer.ts"
import type { VenueUpdate } from "../../../ports/venue.ts"
import type { AlpacaCounts } from "../counts.ts"
import { type AlpacaSettings, readKeys } from "../settings.ts"
import { Unreadable } from "../wire/fields.ts"
import { readTradingFrame } from "../wire/trading-frame.ts"
import { type Conversation, keepConnected, type Loss } from "./keep-connected.ts"
import type { OpenSocket } from "./text-socket.ts"

const stream = "trade_updates"

/** What the reader gets, bounded. */
class Outbox {
  readonly items = new ItemBuffer<VenueUpdate, never>()
  private isListening = false
  private lastCause = ""
  private readonly max: number
  constructor(max: number) {
    this.max = max
  }
  get isFull(): boolean {
    return this.items.length >= this.max
  }
  order(update: VenueUpdate): void {
    this.items.push(update)
  }
  listening(): void {
    if (this.isListening) return
    this.isListening = true
    this.lastCause = ""
    this.items.push({ type: "listening" })
  }
  /** The same cause again, without a connection between, is not news. */
  lost(cause: string): void {
    if (!this.isListening && cause === this.lastCause) return
    this.isListening = false
    this.lastCause = cause
    this.items.push({ type: "lost", cause })
  }
}

/**
 * Authenticate, listen, and only after the acknowledgement count as listening. An update that cannot be read is a
 * gap: `lost`, and `listening` again when the venue has answered a new `listen`, so that a recovery follows.
 */
const conversation = (
  send: (text: string) => void,
  outbox: Outbox,
  settings: AlpacaSettings,
  counts: AlpacaCounts
): Conversation => {
  let isReady = false
  let hasGap = false
  const listen = () => send(JSON.stringify({ action: "listen", data: { streams: [stream] } }))

  const received = (text: string): Loss | undefined => {
    if (outbox.isFull) return { kind: "lost", cause: `the reader is too slow: ${settings.updatesMax} updates wait` }
    const frame = readTradingFrame(text)
    if (frame instanceof Unreadable) {
      counts.unreadable.updates++
      hasGap = true
      outbox.lost(`a message cannot be read: ${frame.why}`)
      return undefined
    }
    switch (frame.type) {
      case "order":
        outbox.order(frame)
        return undefined
      case "authorized":
        listen()
        return undefined
      case "unauthorized":
        return { kind: "refused", cause: "the venue refuses the keys of the update stream" }
      case "listening":
        if (!frame.streams.includes(stream)) return { kind: "lost", cause: `the venue does not give ${stream}` }
        isReady = true
        hasGap = false
        outbox.listening()
        return undefined
      case "error":
        return { kind: "lost", cause: `the venue says: ${frame.message.slice(0, 200)}` }
      case "unknown":
        counts.unknown.updates++
        return undefined
    }
  }

  return {
    opened: () => {
      const keys = readKeys(settings.keys)
      const data = typeof keys === "string" ? {} : { key_id: keys.id, secret_key: keys.secret }
      send(JSON.stringify({ action: "authenticate", data }))
    },
    received,
    tick: () => {
      if (hasGap) listen()
      return undefined
    },
    // The answer is the whole set, so this asks the program behind the socket and not only its host.
    probe: listen,
    isReady: () => isReady
  }
}

/** The updates of orders, as the port promises them. Each run of the stream has a connection of its own. */
export const tradeUpdates = (
  open: OpenSocket["Service"],
  settings: AlpacaSettings,
  counts: AlpacaCounts
): Stream.Stream<VenueUpdate> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const outbox = new Outbox(settings.updatesMax)
      const link = keepConnected({
        url: settings.urls.updates,
        times: settings.link,
        open,
        converse: (send) => conversation(send, outbox, settings, counts),
        onConnect: () => void counts.connects.updates++,
        onLoss: ({ cause }) => {
          counts.losses.updates++
          outbox.lost(cause)
        },
        mayConnect: () => !outbox.isFull,
        credentials: () => JSON.stringify(readKeys(settings.keys))
      })
      yield* Effect.forkScoped(link)
      return Stream.fromIterableEffectRepeat(outbox.items.take)
    })
  )
