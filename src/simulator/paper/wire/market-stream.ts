import { decode, ExtensionCodec, encode, encodeTimeSpecToTimestamp } from "@msgpack/msgpack"
import type { RawData } from "ws"
import { type InstantNs, parseInstant } from "../../../kernel/time/utc-instant.ts"
import type { PaperKeys } from "../api/paper-api.ts"
import { dailyBar, intradayBar, quoteRow, tradeRow } from "../core/market-rows.ts"
import { testSymbol } from "../core/paper-market.ts"
import { msOf, newYorkDate } from "../core/venue-hours.ts"
import type { VenueState } from "../core/venue-state.ts"
import type { FaultBoard } from "../faults/fault-board.ts"
import { type Later, realLater, type VenueSocket } from "./venue-socket.ts"

const channels = ["trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds"] as const
type Channel = (typeof channels)[number]
type Wanted = Record<Channel, Set<string>>

export const feeds: ReadonlyArray<string> = ["iex", "sip", "delayed_sip", "test"]
const bufferedMax = 8 * 1024 * 1024
const authWithinMs = 10_000
const minuteMs = 60_000
const minuteNs = 60_000_000_000n

const messages: Readonly<Record<number, string>> = {
  400: "invalid syntax",
  401: "not authenticated",
  402: "auth failed",
  403: "already authenticated",
  404: "auth timeout",
  405: "symbol limit exceeded",
  406: "connection limit exceeded",
  409: "insufficient subscription",
  410: "invalid subscribe action for this feed"
}

/** A timestamp as MessagePack's own type, with its nanoseconds. */
class Stamp {
  readonly at: InstantNs
  constructor(at: InstantNs) {
    this.at = at
  }
}
const stamps = new ExtensionCodec()
stamps.register({
  type: -1,
  encode: (value) =>
    value instanceof Stamp
      ? encodeTimeSpecToTimestamp({ sec: Number(value.at / 1_000_000_000n), nsec: Number(value.at % 1_000_000_000n) })
      : null,
  decode: (data) => data
})

interface Reader {
  readonly socket: VenueSocket
  readonly feed: string
  readonly packed: boolean
  authenticated: boolean
  readonly wanted: Wanted
  stopTimer: () => void
}

interface Row {
  readonly T: string
  readonly S: string
  readonly t: string
}

export interface MarketStream {
  readonly accept: (
    socket: VenueSocket,
    how: { readonly feed: string; readonly packed: boolean; readonly authorized: boolean }
  ) => void
  /** Sends what has happened in the market up to now. */
  readonly publish: () => void
  readonly status: (symbol: string, halted: boolean) => void
  /** When the next row is due; `undefined` without a reader. */
  readonly nextDue: () => InstantNs | undefined
  readonly mute: (muted: boolean) => void
  readonly cut: () => void
}

const readFrame = (data: RawData, packed: boolean): Readonly<Record<string, unknown>> | undefined => {
  try {
    const parsed: unknown = packed ? decode(data as Buffer) : JSON.parse(String(data))
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

const namesOf = (value: unknown): ReadonlyArray<string> => (Array.isArray(value) ? value.map(String) : [])
const newWanted = (): Wanted =>
  Object.fromEntries(channels.map((channel) => [channel, new Set<string>()])) as unknown as Wanted

export const makeMarketStream = (options: {
  readonly state: VenueState
  readonly keys: PaperKeys
  readonly faults: FaultBoard
  /** Symbols of quotes and trades of one connection to iex (30, as on the free plan). */
  readonly symbolsMax: number
  readonly later?: Later
}): MarketStream => {
  const { faults, keys, later = realLater, state, symbolsMax } = options
  const readers = new Set<Reader>()
  let isMute = false
  let sentTo: InstantNs = state.clock

  const send = ({ packed, socket }: Reader, frame: ReadonlyArray<unknown>) => {
    if (socket.bufferedAmount > bufferedMax) return socket.terminate()
    if (!packed) return socket.send(JSON.stringify(frame))
    const rows = frame.map((row) => {
      const { t } = row as { readonly t?: string }
      const at = t === undefined ? undefined : parseInstant(t)
      return at === undefined ? row : { ...(row as object), t: new Stamp(at) }
    })
    socket.send(encode(rows, { extensionCodec: stamps }))
  }
  const error = (reader: Reader, code: number) => send(reader, [{ T: "error", code, msg: messages[code] }])

  const subscription = (reader: Reader) => {
    const lists = Object.fromEntries(channels.map((channel) => [channel, [...reader.wanted[channel]]]))
    const trades = [...reader.wanted.trades]
    send(reader, [{ T: "subscription", ...lists, corrections: trades, cancelErrors: trades }])
  }

  const pass = (reader: Reader, ok: boolean) => {
    reader.stopTimer()
    if (!ok) {
      error(reader, 402)
      return reader.socket.close()
    }
    const taken = [...readers].some((other) => other !== reader && other.feed === reader.feed && other.authenticated)
    if (taken || faults.take("refuse-data-406")) {
      error(reader, 406)
      return reader.socket.close()
    }
    reader.authenticated = true
    send(reader, [{ T: "success", msg: "authenticated" }])
  }

  const subscribe = (reader: Reader, frame: Readonly<Record<string, unknown>>, adds: boolean) => {
    const next = newWanted()
    for (const channel of channels) {
      const names = namesOf(frame[channel])
      if (adds) next[channel] = new Set([...reader.wanted[channel], ...names])
      else next[channel] = new Set([...reader.wanted[channel]].filter((name) => !names.includes(name)))
    }
    const count = new Set([...next.trades, ...next.quotes]).size
    if (adds && reader.feed === "iex" && count > symbolsMax) return error(reader, 405)
    if (reader.feed === "test" && channels.some((channel) => [...next[channel]].some((name) => name !== testSymbol)))
      return error(reader, 410)
    Object.assign(reader.wanted, next)
    subscription(reader)
  }

  const obey = (reader: Reader, data: RawData) => {
    const frame = readFrame(data, reader.packed)
    const action = frame?.["action"]
    if (frame === undefined || typeof action !== "string") return error(reader, 400)
    if (action === "auth") {
      if (reader.authenticated) return error(reader, 403)
      return pass(reader, frame["key"] === keys.keyId && frame["secret"] === keys.secret)
    }
    if (!reader.authenticated) return error(reader, 401)
    if (action === "subscribe" || action === "unsubscribe") return subscribe(reader, frame, action === "subscribe")
    error(reader, 400)
  }

  const wants = ({ wanted }: Reader, channel: Channel, symbol: string) =>
    wanted[channel].has(symbol) || wanted[channel].has("*")

  const symbolsOf = ({ feed }: Reader): ReadonlyArray<string> =>
    feed === "test" ? [testSymbol] : state.assets.all.map(({ symbol }) => symbol)

  const rowsOf = (reader: Reader, at: InstantNs, minuteEnds: boolean): ReadonlyArray<Row> => {
    if (reader.feed !== "test" && state.hours.phase(at) === "closed") return []
    const rows: Array<Row> = []
    for (const symbol of symbolsOf(reader)) {
      const halted = state.market.isHalted(symbol)
      if (wants(reader, "quotes", symbol)) rows.push({ T: "q", S: symbol, ...quoteRow(state, symbol, at) })
      if (wants(reader, "trades", symbol) && !halted) rows.push({ T: "t", S: symbol, ...tradeRow(state, symbol, at) })
      if (!minuteEnds) continue
      const minute = Math.floor(msOf(at) / minuteMs) * minuteMs - minuteMs
      if (wants(reader, "bars", symbol))
        rows.push({ T: "b", S: symbol, ...intradayBar(state, symbol, minute, minuteMs) })
      const day = wants(reader, "dailyBars", symbol) ? dailyBar(state, symbol, newYorkDate(at)) : undefined
      if (day !== undefined) rows.push({ T: "d", S: symbol, ...day })
    }
    return rows
  }

  const active = () => [...readers].filter(({ authenticated }) => authenticated)

  return {
    accept: (socket, how) => {
      const reader: Reader = {
        socket,
        feed: how.feed,
        packed: how.packed,
        authenticated: false,
        wanted: newWanted(),
        stopTimer: () => undefined
      }
      readers.add(reader)
      socket.on("message", (data) => obey(reader, data))
      socket.on("close", () => {
        reader.stopTimer()
        readers.delete(reader)
      })
      socket.on("error", () => socket.terminate())
      send(reader, [{ T: "success", msg: "connected" }])
      if (how.authorized) return pass(reader, true)
      reader.stopTimer = later(authWithinMs, () => {
        error(reader, 404)
        socket.close()
      })
    },
    publish: () => {
      const step = (state.clock / state.stepNs) * state.stepNs
      if (step <= sentTo) return
      // A clock that jumps skips rows, as a stream does that was not read.
      const minuteEnds = step / minuteNs > sentTo / minuteNs
      sentTo = step
      if (isMute) return
      for (const reader of active()) {
        const rows = rowsOf(reader, step, minuteEnds)
        if (rows.length > 0) send(reader, rows)
      }
    },
    status: (symbol, halted) => {
      if (isMute) return
      const [sc, sm] = halted ? ["H", "Trading Halt"] : ["T", "Trading Resumption"]
      const t = quoteRow(state, symbol, state.clock).t
      for (const reader of active())
        if (wants(reader, "statuses", symbol)) send(reader, [{ T: "s", S: symbol, sc, sm, rc: "", rm: "", t, z: "C" }])
    },
    nextDue: () => (active().length === 0 ? undefined : (state.clock / state.stepNs + 1n) * state.stepNs),
    mute: (muted) => {
      isMute = muted
    },
    cut: () => {
      for (const { socket, stopTimer } of readers) {
        stopTimer()
        socket.terminate()
      }
    }
  }
}
