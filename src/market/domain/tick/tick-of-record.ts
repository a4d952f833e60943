import type { Exchange } from "../../../kernel/instrument/exchange.ts"
import { isAbsent } from "../../../kernel/instrument/price.ts"
import { lawsIn } from "../../../kernel/tick/law.ts"
import { double, recordF64, recordI32, type TickSlab, word } from "../../../kernel/tick/tick-slab.ts"
import type { BookLevel, DomainTick } from "./tick.ts"

const values = [
  ["lastPrice", double.last],
  ["turnover", double.turnover],
  ["openInterest", double.openInterest],
  ["upperLimit", double.upperLimit],
  ["lowerLimit", double.lowerLimit],
  ["openPrice", double.open],
  ["highPrice", double.high],
  ["lowPrice", double.low],
  ["preClose", double.preClose],
  ["preSettlement", double.preSettlement],
  ["averagePrice", double.average]
] as const

/**
 * A record that the laws have passed, as the object of the domain. Allocates, so for tools, rules and tests; the line
 * itself goes on with records. A level that says nothing (no price, no lots) ends its side.
 */
export const tickOfRecord = (
  slab: TickSlab,
  row: number,
  instrument: { readonly id: string; readonly exchange: Exchange },
  feed: string
): DomainTick => {
  const d = row * recordF64
  const w = row * recordI32
  const { f64, i32, u32 } = slab
  const side = (price: number, volume: number): ReadonlyArray<BookLevel> => {
    const levels: Array<BookLevel> = []
    for (let level = 0; level < 5; level++) {
      const quoted = f64[d + price + level] as number
      const volumeLots = i32[w + volume + level] as number
      if (isAbsent(quoted) && volumeLots === 0) break
      levels.push(isAbsent(quoted) ? { volumeLots } : { price: quoted, volumeLots })
    }
    return levels
  }
  const optional: { -readonly [Key in (typeof values)[number][0] | "tradingDay" | "lastVolumeLots"]?: number } = {}
  for (const [key, at] of values) {
    const value = f64[d + at] as number
    if (!isAbsent(value)) optional[key] = value
  }
  const tradingDay = i32[w + word.tradingDay] as number
  if (tradingDay > 0) optional.tradingDay = tradingDay
  const lastVolumeLots = i32[w + word.lastVolume] as number
  if (lastVolumeLots >= 0) optional.lastVolumeLots = lastVolumeLots
  return {
    instrumentId: instrument.id,
    exchange: instrument.exchange,
    feed,
    sequence: slab.seq(row),
    exchangeTimeMs: f64[d + double.exchangeTimeMs] as number,
    receivedMs: ((u32[w + word.recvNsHigh] as number) * 4_294_967_296 + (u32[w + word.recvNsLow] as number)) / 1e6,
    volumeLots: i32[w + word.volume] as number,
    bids: side(double.bidPrice1, word.bidVolume1),
    asks: side(double.askPrice1, word.askVolume1),
    flags: lawsIn(u32[w + word.verdict] as number),
    ...optional
  }
}
