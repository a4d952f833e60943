import { decodeCompact } from "../protocol/market/tick/tick-compact-decode.ts"
import type { TickMessage } from "../protocol/market/tick/tick-fields.ts"
import { formatOf } from "../protocol/market/tick/tick-format.ts"

/** A tick, or why the message is none. */
export type ReadTick = { readonly tick: TickMessage } | { readonly reason: string }

/** Turns the bytes of a stored message into a tick. Must not throw. */
export type TickDecoder = (data: Uint8Array) => ReadTick

const isText = (value: unknown): value is string => typeof value === "string" && value !== ""

/**
 * The keys that every tick has, with their types: a consumer can rely on identity, time and place. The optional values
 * are not looked at: the daemon writes them, and JSON holds no NaN or infinity. The schema `TickMessage` checks
 * every field, at several microseconds a tick.
 */
export const tickFault = (value: unknown): string | undefined => {
  if (typeof value !== "object" || value === null) return "it is no JSON object"
  const tick = value as { readonly [K in keyof TickMessage]?: unknown }
  if (!isText(tick.symbol)) return "symbol is no text"
  if (!isText(tick.exchange)) return "exchange is no text"
  if (!isText(tick.feed)) return "feed is no text"
  if (!isText(tick.datetime)) return "datetime is no text"
  if (!Number.isSafeInteger(tick.seq)) return "seq is no whole number"
  if (!Number.isSafeInteger(tick.ts)) return "ts is no whole number"
  if (!Number.isSafeInteger(tick.volume)) return "volume is no whole number"
  if (typeof tick.recv_ts !== "number") return "recv_ts is no number"
  return undefined
}

/** Messages written with `TICK_SERIALIZER` json or compact, told apart by their first byte. The others need a decoder given. */
export const readStoredTick: TickDecoder = (data) => {
  const format = formatOf(data)
  try {
    if (format === "compact") return { tick: decodeCompact(data) }
    if (format === "msgpack" || format === "pickle")
      return { reason: `it is ${format}, which this client does not read: give ticks a decode function for it` }
    const value: unknown = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("utf8"))
    const reason = tickFault(value)
    return reason === undefined ? { tick: value as TickMessage } : { reason }
  } catch (cause) {
    return { reason: format === "compact" && cause instanceof Error ? cause.message : "it is not JSON" }
  }
}
