import { Exchange } from "../../../kernel/instrument/exchange.ts"
import { compactAt, compactVersion, levelBytes, verdictOfFlags } from "./tick-compact-layout.ts"
import { formatOf, TickFormatError } from "./tick-format.ts"
import { type BookSide, dayOf, messageOf, requireInstant, singles, TickRow, valueOf } from "./tick-row.ts"
import type { TickMessage } from "./tick-schema.ts"
import { levels, microsOf } from "./tick-values.ts"

const malformed = (what: string): TickFormatError =>
  new TickFormatError({
    code: "TICK_MALFORMED",
    message: `A compact tick cannot be read: ${what}; pass the unchanged bytes of a message from a tickd stream.`
  })

const unknownVersion = (what: string): TickFormatError =>
  new TickFormatError({
    code: "TICK_VERSION_UNKNOWN",
    message: `A compact tick ${what}: read it with the version of tickd that wrote it, or a newer one.`
  })

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
const textOf = (bytes: Uint8Array, from: number, to: number): string => {
  try {
    return decoder.decode(bytes.subarray(from, to))
  } catch {
    throw malformed("a name in it is not UTF-8")
  }
}

const isExchange = (text: string): text is Exchange => (Exchange.literals as ReadonlyArray<string>).includes(text)

const readSide = (view: DataView, side: BookSide, pricesAt: number, lotsAt: number, depth: number): void => {
  side.prices.fill(Number.NaN)
  side.lots.fill(0)
  for (let level = 0; level < depth; level++) {
    side.prices[level] = valueOf(view.getFloat64(pricesAt + 8 * level, true))
    side.lots[level] = view.getInt32(lotsAt + 4 * level, true)
  }
}

/** Reused: decoding is synchronous, and a message copies all values out of it. */
const row = new TickRow()

/**
 * Decodes a compact message to the same message as the JSON form, key by key.
 * Throws `TickFormatError`: `TICK_VERSION_UNKNOWN` when a newer tickd wrote it, `TICK_MALFORMED` when it is damaged.
 */
export const decodeCompact = (bytes: Uint8Array): TickMessage => {
  if (formatOf(bytes) !== "compact") throw malformed("it does not begin with TKC")
  if (bytes[3] !== compactVersion) {
    throw unknownVersion(`has version ${bytes[3] ?? "none"} and this tickd reads ${compactVersion}`)
  }
  if (bytes.length < compactAt.book) throw malformed(`it has ${bytes.length} bytes of at least ${compactAt.book}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const depth = view.getUint8(compactAt.levels)
  if (depth > levels) throw malformed(`it has ${depth} levels`)
  const textsAt = compactAt.book + depth * levelBytes
  const exchangeAt = textsAt + view.getUint8(compactAt.symbolBytes)
  const feedAt = exchangeAt + view.getUint8(compactAt.exchangeBytes)
  const end = feedAt + view.getUint8(compactAt.feedBytes)
  if (bytes.length !== end) throw malformed(`it has ${bytes.length} bytes of ${end}`)
  const exchange = textOf(bytes, exchangeAt, feedAt)
  if (!isExchange(exchange)) throw malformed(`${JSON.stringify(exchange)} is not an exchange`)
  const flags = verdictOfFlags(view.getUint32(compactAt.flags, true))
  if (flags === undefined) throw unknownVersion("has a flag that this tickd does not know")

  row.ts = view.getUint32(compactAt.ts, true) + view.getInt32(compactAt.ts + 4, true) * 4_294_967_296
  try {
    requireInstant(row.ts)
  } catch {
    throw malformed(`${row.ts} is not an exchange time`)
  }
  row.seq = view.getUint32(compactAt.seq, true) + view.getUint32(compactAt.seq + 4, true) * 4_294_967_296
  row.recvMicros = microsOf(view.getUint32(compactAt.recvNs + 4, true), view.getUint32(compactAt.recvNs, true))
  row.flags = flags
  row.tradingDay = dayOf(view.getInt32(compactAt.tradingDay, true))
  row.actionDay = dayOf(view.getInt32(compactAt.actionDay, true))
  row.volume = view.getInt32(compactAt.volume, true)
  row.lastVolume = view.getInt32(compactAt.lastVolume, true)
  for (let i = 0; i < singles.length; i++) {
    row.singles[i] = valueOf(view.getFloat64(compactAt.singles + 8 * i, true))
  }
  const lotsAt = compactAt.book + 16 * depth
  readSide(view, row.bid, compactAt.book, lotsAt, depth)
  readSide(view, row.ask, compactAt.book + 8 * depth, lotsAt + 4 * depth, depth)
  return messageOf(row, textOf(bytes, textsAt, exchangeAt), exchange, textOf(bytes, feedAt, end))
}
