import type { Law } from "../../../kernel/tick/law.ts"
import { laws } from "../../../kernel/tick/law.ts"
import { compactMagic } from "./tick-format.ts"

export const compactVersion = 1

/** Offsets in bytes from the start of a message; documented for consumers in docs/reference/tick.md. */
export const compactAt = {
  levels: 4,
  symbolBytes: 5,
  exchangeBytes: 6,
  feedBytes: 7,
  seq: 8,
  recvNs: 16,
  ts: 24,
  flags: 32,
  tradingDay: 36,
  actionDay: 40,
  volume: 44,
  lastVolume: 48,
  reserved: 52,
  singles: 56,
  book: 144
} as const

/** Bytes of one level: two prices and two volumes. */
export const levelBytes = 24

/** Magic and version as the first word of a little-endian message. */
export const compactHead = compactMagic[0] | (compactMagic[1] << 8) | (compactMagic[2] << 16) | (compactVersion << 24)

/**
 * Bits of `flags` in version 1, the first for bit 0. Independent of the sequence of `laws`, which may change: a new
 * law is added at the end, and none is ever removed, so that the meaning of a message never changes.
 */
export const compactFlags: ReadonlyArray<Law> = [
  "struct_insane",
  "price_finite",
  "volume_negative",
  "open_interest_negative",
  "price_positive",
  "price_in_limits",
  "price_on_grid",
  "book_crossed",
  "levels_ordered",
  "time_fell",
  "volume_fell",
  "turnover_fell",
  "receive_time_bounds",
  "trading_hours",
  "snapshot",
  "book_only"
]

const placeOfLaw = laws.map((law) => compactFlags.indexOf(law))
const lawOfPlace = compactFlags.map((law) => laws.indexOf(law))

const mapBits = (bits: number, places: ReadonlyArray<number>): number => {
  let mapped = 0
  for (const [at, place] of places.entries()) if ((bits & (1 << at)) !== 0 && place >= 0) mapped |= 1 << place
  return mapped
}

/** Bits of a verdict as `flags` of a message. */
export const flagsOfVerdict = (bits: number): number => (bits === 0 ? 0 : mapBits(bits, placeOfLaw))

/** `flags` of a message as bits of a verdict; undefined: it has a bit that this version does not know. */
export const verdictOfFlags = (flags: number): number | undefined =>
  flags >>> compactFlags.length === 0 ? mapBits(flags, lawOfPlace) : undefined
