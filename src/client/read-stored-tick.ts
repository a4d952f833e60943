import { decodeCompact } from "../protocol/market/tick/tick-compact-decode.ts"
import type { TickMessage } from "../protocol/market/tick/tick-fields.ts"
import { formatOf } from "../protocol/market/tick/tick-format.ts"

/** A tick, or why the message is not one. */
export type ReadTick = { readonly tick: TickMessage } | { readonly reason: string }

/** Converts the bytes of a stored message to a tick. Must not throw. */
export type TickDecoder = (data: Uint8Array) => ReadTick

const isText = (value: unknown): value is string => typeof value === "string" && value !== ""

/**
 * Checks the keys that every tick has, with their types, so that a consumer can rely on identity, time and sequence.
 * The optional values are not checked: the daemon writes them, and JSON holds no NaN or infinity. The schema
 * `TickMessage` checks every field, at several microseconds a tick.
 */
export const tickFault = (value: unknown): string | undefined => {
  if (typeof value !== "object" || value === null) return "it is not a JSON object"
  const tick = value as { readonly [K in keyof TickMessage]?: unknown }
  if (!isText(tick.symbol)) return "symbol is not a string"
  if (!isText(tick.exchange)) return "exchange is not a string"
  if (!isText(tick.feed)) return "feed is not a string"
  if (!isText(tick.datetime)) return "datetime is not a string"
  if (!Number.isSafeInteger(tick.seq)) return "seq is not an integer"
  if (!Number.isSafeInteger(tick.ts)) return "ts is not an integer"
  if (!Number.isSafeInteger(tick.volume)) return "volume is not an integer"
  if (typeof tick.recv_ts !== "number") return "recv_ts is not a number"
  return undefined
}

/**
 * Messages written with `TICK_SERIALIZER` json or compact, distinguished by their first byte. Other forms need a
 * decoder.
 */
export const readStoredTick: TickDecoder = (data) => {
  const format = formatOf(data)
  try {
    if (format === "compact") return { tick: decodeCompact(data) }
    if (format === "msgpack" || format === "pickle")
      return { reason: `it is ${format}, which this client does not decode: set the option decode` }
    const value: unknown = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("utf8"))
    const reason = tickFault(value)
    return reason === undefined ? { tick: value as TickMessage } : { reason }
  } catch (cause) {
    return { reason: format === "compact" && cause instanceof Error ? cause.message : "it is not JSON" }
  }
}
