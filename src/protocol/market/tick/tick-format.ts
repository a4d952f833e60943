import { Schema } from "effect"
import type { TickSlab } from "../../../kernel/tick/tick-slab.ts"

/** The forms of a tick, by their names in `TICK_SERIALIZER`. A stream holds one of them. */
export const tickFormats = ["json", "compact", "msgpack", "pickle"] as const
export type TickFormat = (typeof tickFormats)[number]

/** Content type of a stream's messages, in its metadata under `tickd.content_type`. */
export const contentTypes: Readonly<Record<TickFormat, string>> = {
  json: "application/json",
  compact: "application/vnd.tickd.compact",
  msgpack: "application/vnd.msgpack",
  pickle: "application/vnd.tickd.pickle"
}

/** Version of each form, under `tickd.schema`: raised when a reader of the previous one would misread it. */
export const tickSchemaVersion = "1"

/** Keys of the stream's metadata that describe its content to consumers. */
export const metadataKeys = { contentType: "tickd.content_type", schema: "tickd.schema" } as const

/** Writes records in one of the forms. */
export interface TickSerializer {
  readonly name: TickFormat
  readonly contentType: string
  /**
   * One record as the payload of a message. `row` is a row of `slab` that passed the laws: its instrument index is in
   * the directory and its exchange time is whole epoch milliseconds; `feedIndex` is an index in the feed names.
   * Guarantee: returned bytes are never written again, so a publisher may retain them.
   * Throws RangeError when a record cannot be written: an incomplete message must not be published.
   */
  readonly write: (slab: TickSlab, row: number, feedIndex: number) => Uint8Array
}

/**
 * A message that cannot be read. `TICK_MALFORMED`: it is damaged or has another form. `TICK_VERSION_UNKNOWN`: a newer
 * tickd wrote it.
 */
export class TickFormatError extends Schema.TaggedError<TickFormatError>()("TickFormatError", {
  code: Schema.Literals(["TICK_MALFORMED", "TICK_VERSION_UNKNOWN"]),
  message: Schema.String
}) {}

/** First bytes of a compact message, before its version. */
export const compactMagic = [0x54, 0x4b, 0x43] as const

const isCompact = (bytes: Uint8Array): boolean => compactMagic.every((byte, at) => bytes[at] === byte)

/**
 * The form of a message by its first bytes, without decoding it; undefined: unknown. JSON begins with `{`, compact
 * with `TKC`, pickle with 0x80 and a protocol number, and msgpack with the head of a map that is not empty, which
 * distinguishes it from a pickle.
 */
export const formatOf = (bytes: Uint8Array): TickFormat | undefined => {
  const first = bytes[0]
  if (first === undefined) return undefined
  if (first === 0x7b) return "json"
  if (first === 0x54) return isCompact(bytes) ? "compact" : undefined
  if (first === 0x80) return (bytes[1] ?? 0) >= 2 && (bytes[1] ?? 0) <= 5 ? "pickle" : undefined
  if ((first > 0x80 && first <= 0x8f) || first === 0xde || first === 0xdf) return "msgpack"
  return undefined
}
