import { isAbsent } from "../../../kernel/instrument/price.ts"
import { lawsIn } from "../../../kernel/tick/law.ts"
import { double, recordF64, recordI32, type TickSlab, word } from "../../../kernel/tick/tick-slab.ts"
import { ByteSink, type Part, partOf } from "../../control/byte-sink.ts"
import { keptPart, makeDayText, makeInstantText } from "../../control/time-text.ts"
import {
  averagePrice,
  daily,
  lastPrice,
  lastVolume,
  levels,
  type RecordNames,
  receivedMicros,
  totals
} from "./tick-values.ts"

/** Writes records as the JSON of `TickMessage`, in bytes: five levels in 1.0 us, one in 0.6 us. */
export interface TickWriter {
  /**
   * JSON of one record. `row` is a row of `slab` that passed the laws: its instrument index is in the directory and
   * its exchange time is whole epoch milliseconds; `feedIndex` is an index in `feedNames`.
   * Throws RangeError when that does not hold: it is a bug of the caller, and an incomplete message must not be
   * published. Returned bytes are never written again.
   */
  readonly write: (slab: TickSlab, row: number, feedIndex: number) => Uint8Array
}

/** Kept for an instrument between its ticks. `daily` was written from `dailyValues`. */
interface Written {
  readonly head: Part
  readonly dailyValues: Float64Array
  daily: Part
}

/** Upper bound of a message's bytes after its head: 43 keys of 17 bytes, numbers of 24, and the names of all laws. */
const mostBehindHead = 4096

const keyOf = (key: string): Part => partOf(`,"${key}":`)
const levelKeys = (key: string): ReadonlyArray<Part> =>
  Array.from({ length: levels }, (_, level) => keyOf(`${key}_${level + 1}`))

const lastKey = keyOf(lastPrice[0])
const turnoverKey = keyOf(totals[0][0])
const openInterestKey = keyOf(totals[1][0])
const averageKey = keyOf(averagePrice[0])
const dailyAt = Int32Array.from(daily, ([, at]) => at)
const bidPriceKeys = levelKeys("bid_price")
const bidVolumeKeys = levelKeys("bid_volume")
const askPriceKeys = levelKeys("ask_price")
const askVolumeKeys = levelKeys("ask_volume")

const optional = (sink: ByteSink, key: Part, value: number): void => {
  if (isAbsent(value)) return
  sink.put(key)
  sink.number(value)
}

const dailyPart = (f64: Float64Array, at: number, written: Written): Part => {
  const values = written.dailyValues
  let same = true
  for (let i = 0; i < values.length; i++) {
    const value = f64[at + (dailyAt[i] as number)] as number
    if (values[i] !== value) {
      values[i] = value
      same = false
    }
  }
  if (same) return written.daily
  let text = ""
  for (const [i, [key]] of daily.entries()) {
    const value = values[i] as number
    if (!isAbsent(value)) text += `,"${key}":${value}`
  }
  written.daily = partOf(text)
  return written.daily
}

/** Five prices, then their five volumes: the key of a volume is absent with its price unless the volume is not 0. */
const putSide = (
  sink: ByteSink,
  slab: TickSlab,
  price: number,
  volume: number,
  priceKeys: ReadonlyArray<Part>,
  volumeKeys: ReadonlyArray<Part>
): void => {
  for (let level = 0; level < levels; level++)
    optional(sink, priceKeys[level] as Part, slab.f64[price + level] as number)
  for (let level = 0; level < levels; level++) {
    const lots = slab.i32[volume + level] as number
    if (lots === 0 && isAbsent(slab.f64[price + level] as number)) continue
    sink.put(volumeKeys[level] as Part)
    sink.number(lots)
  }
}

/** End of a message. Few combinations of laws occur, so each is written once and cached. */
const makeFlags = (): ((bits: number) => Part) => {
  const none = partOf("}")
  const kept = new Map<number, Part>()
  return (bits) => {
    if (bits === 0) return none
    let bytes = kept.get(bits)
    if (bytes === undefined) {
      const names = lawsIn(bits)
      bytes = names.length === 0 ? none : partOf(`,"flags":${JSON.stringify(names)}}`)
      kept.set(bits, bytes)
    }
    return bytes
  }
}

/** Receive time: whole microseconds since 1970 as milliseconds with up to three decimals. */
const putMicros = (sink: ByteSink, micros: number): void => {
  const millis = Math.floor(micros / 1000)
  sink.digits(millis)
  const rest = micros - millis * 1000
  if (rest !== 0) sink.fraction(rest)
}

const volumeKey = keyOf("volume")
const lastVolumeKey = keyOf(lastVolume[0])
const recvKey = keyOf("recv_ts")

export const makeTickWriter = ({ directory, feedNames }: RecordNames): TickWriter => {
  const sink = new ByteSink()
  const written: Array<Written> = []
  const feeds = feedNames.map((name) => partOf(`,"feed":${JSON.stringify(name)},"seq":`))
  const instant = keptPart(makeInstantText())
  const tradingDay = keptPart(makeDayText("trading_day"))
  const actionDay = keptPart(makeDayText("action_day"))
  const flags = makeFlags()

  const firstSight = (index: number): Written => {
    const instrument = directory.at(index)
    if (instrument === undefined) throw new RangeError(`A tick cannot be written: no instrument has index ${index}.`)
    const head = partOf(`{"symbol":${JSON.stringify(instrument.id)},"exchange":"${instrument.exchange}","datetime":"`)
    // NaN differs from every value, so the first tick writes its own bytes.
    const entry = { head, dailyValues: new Float64Array(dailyAt.length).fill(Number.NaN), daily: partOf("") }
    written[index] = entry
    return entry
  }

  return {
    write: (slab, row, feedIndex) => {
      const { f64, i32 } = slab
      const d = row * recordF64
      const w = row * recordI32
      const index = i32[w + word.instrument] as number
      const entry = written[index] ?? firstSight(index)
      const feed = feeds[feedIndex]
      if (feed === undefined) throw new RangeError(`A tick cannot be written: no feed has index ${feedIndex}.`)
      const time = instant(f64[d + double.exchangeTimeMs] as number)
      sink.begin(entry.head.length + feed.length + mostBehindHead)
      sink.put(entry.head)
      sink.put(time)
      sink.put(tradingDay(i32[w + word.tradingDay] as number))
      sink.put(actionDay(i32[w + word.actionDay] as number))
      optional(sink, lastKey, f64[d + lastPrice[1]] as number)
      sink.put(volumeKey)
      sink.number(i32[w + word.volume] as number)
      const grown = i32[w + lastVolume[1]] as number
      if (grown >= 0) {
        sink.put(lastVolumeKey)
        sink.number(grown)
      }
      optional(sink, turnoverKey, f64[d + totals[0][1]] as number)
      optional(sink, openInterestKey, f64[d + totals[1][1]] as number)
      sink.put(dailyPart(f64, d, entry))
      putSide(sink, slab, d + double.bidPrice1, w + word.bidVolume1, bidPriceKeys, bidVolumeKeys)
      putSide(sink, slab, d + double.askPrice1, w + word.askVolume1, askPriceKeys, askVolumeKeys)
      optional(sink, averageKey, f64[d + averagePrice[1]] as number)
      sink.put(feed)
      sink.number(slab.seq(row))
      sink.put(recvKey)
      putMicros(sink, receivedMicros(slab, row))
      sink.put(flags(i32[w + word.verdict] as number))
      return sink.message()
    }
  }
}
