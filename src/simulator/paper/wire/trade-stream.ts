import type { RawData } from "ws"
import type { PaperKeys } from "../api/paper-api.ts"
import type { VenueEvent } from "../core/event-log.ts"
import type { Delivery } from "../faults/delivery.ts"
import { type Later, realLater, type VenueSocket } from "./venue-socket.ts"

/** A reader that lets this much pile up is cut off: it would take the whole memory. */
const bufferedMax = 8 * 1024 * 1024
const holdMs = 100

interface Reader {
  readonly socket: VenueSocket
  authorized: boolean
  listening: boolean
}

/** The WebSocket `trade_updates`: JSON text in binary frames, as the paper venue sends it. No replay. */
export interface TradeStream {
  readonly accept: (socket: VenueSocket) => void
  readonly publish: (event: VenueEvent) => void
  /** Sockets stay open and answer pings, and no event is sent. */
  readonly mute: (muted: boolean) => void
  /** Ends all connections. */
  readonly cut: () => number
  readonly readers: () => number
}

const readFrame = (
  data: RawData
): { readonly action?: unknown; readonly data?: Record<string, unknown> } | undefined => {
  try {
    const parsed: unknown = JSON.parse(String(data))
    return typeof parsed === "object" && parsed !== null ? parsed : undefined
  } catch {
    return undefined
  }
}

/** @param onSent called with each event that is sent, after the faults and also while the socket is mute */
export const makeTradeStream = (
  keys: PaperKeys,
  delivery: Delivery,
  later: Later = realLater,
  onSent: (event: VenueEvent) => void = () => undefined
): TradeStream => {
  const readers = new Set<Reader>()
  let isMute = false
  let release: () => void = () => undefined

  const send = ({ socket }: Reader, frame: unknown) => {
    if (socket.bufferedAmount > bufferedMax) return socket.terminate()
    socket.send(Buffer.from(JSON.stringify(frame)))
  }

  const authenticate = (reader: Reader, data: Record<string, unknown>) => {
    const key = data["key_id"]
    reader.authorized = key === keys.keyId && data["secret_key"] === keys.secret
    const status = reader.authorized ? "authorized" : "unauthorized"
    send(reader, { stream: "authorization", data: { action: "authenticate", status } })
  }

  const listen = (reader: Reader, data: Record<string, unknown>) => {
    if (!reader.authorized) {
      send(reader, { stream: "authorization", data: { action: "listen", status: "unauthorized" } })
      return
    }
    const asked = Array.isArray(data["streams"]) ? data["streams"] : []
    reader.listening = asked.includes("trade_updates")
    send(reader, { stream: "listening", data: { streams: reader.listening ? ["trade_updates"] : [] } })
  }

  const obey = (reader: Reader, raw: RawData) => {
    const frame = readFrame(raw)
    const data = frame?.data ?? {}
    // An older form of the message has the keys at the top of `data`, too.
    if (frame?.action === "authenticate" || frame?.action === "auth") return authenticate(reader, { ...frame, ...data })
    if (frame?.action === "listen") return listen(reader, data)
    send(reader, { action: "error", data: { error_message: "unknown action" } })
  }

  const broadcast = (events: ReadonlyArray<VenueEvent>) => {
    for (const event of events) onSent(event)
    if (isMute) return
    for (const event of events)
      for (const reader of readers) {
        if (reader.listening) send(reader, { stream: "trade_updates", data: event.data })
      }
  }

  return {
    accept: (socket) => {
      const reader: Reader = { socket, authorized: false, listening: false }
      readers.add(reader)
      socket.on("message", (data) => obey(reader, data))
      socket.on("close", () => void readers.delete(reader))
      socket.on("error", () => socket.terminate())
    },
    publish: (event) => {
      broadcast(delivery.next(event))
      release()
      // What a fault holds back does arrive when nothing follows it.
      if (delivery.isHolding()) release = later(holdMs, () => broadcast(delivery.flush()))
    },
    mute: (muted) => {
      isMute = muted
    },
    cut: () => {
      const count = readers.size
      release()
      for (const { socket } of readers) socket.terminate()
      return count
    },
    readers: () => readers.size
  }
}
