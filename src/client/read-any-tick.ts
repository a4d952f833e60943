import { decode } from "@msgpack/msgpack"
import { errorText } from "../kernel/error-text.ts"
import { decodeCompact } from "../protocol/market/tick/tick-compact-decode.ts"
import type { TickMessage } from "../protocol/market/tick/tick-fields.ts"
import { formatOf } from "../protocol/market/tick/tick-format.ts"
import { type ReadTick, tickFault } from "./read-stored-tick.ts"

const checked = (value: unknown): ReadTick => {
  const reason = tickFault(value)
  return reason === undefined ? { tick: value as TickMessage } : { reason }
}

/** Unpickling executes code, and a stream must not be trusted with that. */
const pickled = "it is a pickle, which tickd writes and does not read: use Python's pickle.loads"

/** Reads a message of any form that tickd writes, except a pickle. Never throws. */
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
        return { reason: "it has none of the forms that tickd writes" }
    }
  } catch (cause) {
    return { reason: errorText(cause) }
  }
}
