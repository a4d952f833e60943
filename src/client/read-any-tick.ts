import { decode } from "@msgpack/msgpack"
import { decodeCompact } from "../protocol/market/tick/tick-compact-decode.ts"
import { formatOf } from "../protocol/market/tick/tick-format.ts"
import type { TickMessage } from "../protocol/market/tick/tick-schema.ts"

/** A tick, or why the message is none. */
export type ReadTick = { readonly tick: TickMessage } | { readonly reason: string }

const isText = (value: unknown): boolean => typeof value === "string" && value !== ""

/**
 * The keys that every tick has, with their types. The rest is not looked at: the daemon wrote it, and a reader that wants
 * the whole schema decodes with `TickMessage` at several microseconds a tick.
 */
const checked = (value: unknown): ReadTick => {
  const tick = (typeof value === "object" && value !== null ? value : {}) as {
    readonly [K in keyof TickMessage]?: unknown
  }
  const faulty = (["symbol", "exchange", "feed", "datetime"] as const).find((key) => !isText(tick[key]))
  if (faulty !== undefined) return { reason: `${faulty} is no text` }
  const odd = (["seq", "ts", "volume"] as const).find((key) => !Number.isSafeInteger(tick[key]))
  if (odd !== undefined) return { reason: `${odd} is no whole number` }
  return typeof tick.recv_ts === "number" ? { tick: value as TickMessage } : { reason: "recv_ts is no number" }
}

/** Reading a pickle is running it, and a stream is no place to take programs from. */
const pickled = "it is a pickle, which tickd writes and does not read: use Python's pickle.loads"

/** Reads a message of any form that tickd writes, but a pickle. Never throws. */
export const readTick = (data: Uint8Array): ReadTick => {
  try {
    switch (formatOf(data)) {
      case "json":
        return checked(JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("utf8")))
      case "compact":
        return { tick: decodeCompact(data) }
      case "msgpack":
        return checked(decode(data))
      case "pickle":
        return { reason: pickled }
      default:
        return { reason: "it is none of the forms that tickd writes" }
    }
  } catch (cause) {
    return { reason: cause instanceof Error ? cause.message : String(cause) }
  }
}
