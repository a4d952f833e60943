import type { Exchange } from "../../../kernel/instrument/exchange.ts"
import { isAbsent } from "../../../kernel/instrument/price.ts"
import { lawsIn } from "../../../kernel/tick/law.ts"
import { double, recordF64, recordI32, type TickSlab, word } from "../../../kernel/tick/tick-slab.ts"
import type { TickMessage } from "./tick-schema.ts"
import { averagePrice, daily, lastPrice, levels, receivedMicros, totals } from "./tick-values.ts"

/** The single values of a tick, in the sequence of the compact form: [our key, double index of the record]. */
export const singles = [lastPrice, ...totals, ...daily, averagePrice] as const

/** Throws RangeError unless it is an exchange time: whole epoch milliseconds from 1970 to 9999. */
export const requireInstant = (ts: number): void => {
  if (!(ts >= 1000 && ts < 253_402_300_800_000 && Math.floor(ts) === ts)) {
    throw new RangeError(`A tick cannot be written: ${ts} is not an exchange time in epoch milliseconds.`)
  }
}

/** One side of the book, best level first. */
export class BookSide {
  readonly prices = new Float64Array(levels)
  readonly lots = new Int32Array(levels)
}

/**
 * One tick in numbers, created once and filled again for each tick: used between a record and the forms that are not
 * optimised for speed. An absent value is NaN; days are yyyymmdd or 0; `lastVolume` is -1 when not known.
 */
export class TickRow {
  ts = 0
  seq = 0
  recvMicros = 0
  tradingDay = 0
  actionDay = 0
  volume = 0
  lastVolume = -1
  /** Bits of `laws`. */
  flags = 0
  readonly singles = new Float64Array(singles.length)
  readonly bid = new BookSide()
  readonly ask = new BookSide()

  /** Loads a record. Throws RangeError when it has no exchange time. */
  load(slab: TickSlab, row: number): void {
    const { f64, i32 } = slab
    const d = row * recordF64
    const w = row * recordI32
    this.ts = f64[d + double.exchangeTimeMs] as number
    requireInstant(this.ts)
    this.seq = slab.seq(row)
    this.recvMicros = receivedMicros(slab, row)
    this.tradingDay = dayOf(i32[w + word.tradingDay] as number)
    this.actionDay = dayOf(i32[w + word.actionDay] as number)
    this.volume = i32[w + word.volume] as number
    this.lastVolume = i32[w + word.lastVolume] as number
    this.flags = i32[w + word.verdict] as number
    for (let i = 0; i < singles.length; i++) {
      this.singles[i] = valueOf(f64[d + (singles[i] as (typeof singles)[number])[1]] as number)
    }
    for (let level = 0; level < levels; level++) {
      this.bid.prices[level] = valueOf(f64[d + double.bidPrice1 + level] as number)
      this.bid.lots[level] = i32[w + word.bidVolume1 + level] as number
      this.ask.prices[level] = valueOf(f64[d + double.askPrice1 + level] as number)
      this.ask.lots[level] = i32[w + word.askVolume1 + level] as number
    }
  }
}

/** A price or sum as in the forms: NaN for an absent value, and no -0. */
export const valueOf = (value: number): number => (isAbsent(value) ? Number.NaN : value + 0)

/** A day as in the forms: 0 when invalid. */
export const dayOf = (yyyymmdd: number): number => (yyyymmdd >= 10_000_000 && yyyymmdd <= 99_999_999 ? yyyymmdd : 0)

/** True when the volume of a level is part of the message: it has a price, or is not 0. */
export const hasLots = (side: BookSide, level: number): boolean =>
  !Number.isNaN(side.prices[level]) || side.lots[level] !== 0

const priceKeys = (side: string) => Array.from({ length: levels }, (_, level) => `${side}_price_${level + 1}`)
const volumeKeys = (side: string) => Array.from({ length: levels }, (_, level) => `${side}_volume_${level + 1}`)
export const bookKeys = {
  bid: { prices: priceKeys("bid"), volumes: volumeKeys("bid") },
  ask: { prices: priceKeys("ask"), volumes: volumeKeys("ask") }
} as const

const putSide = (message: Record<string, unknown>, side: BookSide, keys: (typeof bookKeys)["bid"]): void => {
  for (let level = 0; level < levels; level++) {
    const price = side.prices[level] as number
    if (!Number.isNaN(price)) message[keys.prices[level] as string] = price
  }
  for (let level = 0; level < levels; level++) {
    if (hasLots(side, level)) message[keys.volumes[level] as string] = side.lots[level]
  }
}

/** The message of a row, its keys in the sequence of the schema. Not validated. */
export const messageOf = (row: TickRow, symbol: string, exchange: Exchange, feed: string): TickMessage => {
  const message: Record<string, unknown> = { symbol, exchange, datetime: new Date(row.ts).toISOString(), ts: row.ts }
  const put = (at: number): void => {
    const value = row.singles[at] as number
    if (!Number.isNaN(value)) message[(singles[at] as (typeof singles)[number])[0]] = value
  }
  if (row.tradingDay !== 0) message["trading_day"] = String(row.tradingDay)
  if (row.actionDay !== 0) message["action_day"] = String(row.actionDay)
  put(0)
  message["volume"] = row.volume
  if (row.lastVolume >= 0) message["last_volume"] = row.lastVolume
  for (let at = 1; at < singles.length - 1; at++) put(at)
  putSide(message, row.bid, bookKeys.bid)
  putSide(message, row.ask, bookKeys.ask)
  put(singles.length - 1)
  message["feed"] = feed
  message["seq"] = row.seq
  message["recv_ts"] = row.recvMicros / 1000
  const flags = lawsIn(row.flags)
  if (flags.length > 0) message["flags"] = flags
  return message as TickMessage
}
