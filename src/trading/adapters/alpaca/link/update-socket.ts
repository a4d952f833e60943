import { Clock, Effect } from "effect"
import type { AlpacaCounts } from "../counts.ts"
import { type AlpacaSettings, keysProblem, readKeys } from "../settings.ts"
import { Unreadable } from "../wire/fields.ts"
import { readTradingFrame } from "../wire/trading-frame.ts"
import { type Conversation, keepConnected, type Loss } from "./keep-connected.ts"
import type { OpenSocket } from "./text-socket.ts"
import type { UpdateOutbox } from "./update-outbox.ts"

const stream = "trade_updates"
const source = "websocket"

/**
 * Authenticate, listen, and only after the acknowledgement count as listening. An update that cannot be read is a
 * gap: `lost`, and `listening` again when the venue has answered a new `listen`, so that a recovery follows.
 */
const conversation = (
  send: (text: string) => void,
  outbox: UpdateOutbox,
  settings: AlpacaSettings,
  counts: AlpacaCounts,
  now: () => number
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
      outbox.gap(source, `a message cannot be read: ${frame.why}`)
      return undefined
    }
    switch (frame.type) {
      case "order":
        outbox.order(source, frame, now())
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
        outbox.listening(source)
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
      const cause = outbox.muteCause(source, now(), settings.link.silenceMs)
      if (cause === undefined) return undefined
      counts.muteSockets++
      return { kind: "lost", cause }
    },
    // The answer is the whole set, so this asks the program behind the socket and not only its host.
    probe: listen,
    isReady: () => isReady
  }
}

/** The WebSocket `trade_updates`, for ever: its updates go to the outbox. */
export const followSocket = (
  open: OpenSocket["Service"],
  outbox: UpdateOutbox,
  settings: AlpacaSettings,
  counts: AlpacaCounts
): Effect.Effect<never> =>
  Effect.flatMap(Clock.Clock, (clock) => {
    const now = () => clock.currentTimeMillisUnsafe()
    return keepConnected({
      url: settings.urls.updates,
      times: settings.link,
      open,
      converse: (send) => conversation(send, outbox, settings, counts, now),
      onConnect: () => void counts.connects.updates++,
      onLoss: ({ cause }) => {
        counts.losses.updates++
        outbox.lost(source, cause)
      },
      mayConnect: () => !outbox.isFull,
      credentials: () => JSON.stringify(readKeys(settings.keys)),
      keysProblem: () => keysProblem(settings.keys)
    })
  })
