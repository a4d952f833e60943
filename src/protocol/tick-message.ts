import { lawsIn } from "../domain/law.ts"
import { isAbsent } from "../domain/price.ts"
import { double, recordF64, recordI32, type TickSlab, word } from "../domain/tick-slab.ts"
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
import { makeDayText, makeInstantText, makeMicroText } from "./time-text.ts"

/** Writes records as the JSON of `TickMessage`: five levels in 1.4 us, one in 0.7 us (3.0 us when every number is new). */
export interface TickWriter {
  /**
   * JSON of one record. `row` is a row of `slab` that the laws have passed: its instrument index is known to the
   * directory and its exchange time is whole epoch milliseconds; `feedIndex` is a position in `feedNames`.
   * Throws RangeError when that does not hold: it is a bug of the caller, and half a message must not be published.
   */
  readonly write: (slab: TickSlab, row: number, feedIndex: number) => string
}

/** What is kept of an instrument between its ticks. `dailyValues` are those that `dailyText` was written from. */
interface Written {
  readonly head: string
  readonly dailyValues: Float64Array
  dailyText: string
}

const keyOf = (key: string): string => `,"${key}":`
const levelKeys = (key: string): ReadonlyArray<string> =>
  Array.from({ length: levels }, (_, level) => keyOf(`${key}_${level + 1}`))

const lastKey = keyOf(lastPrice[0])
const turnoverKey = keyOf(totals[0][0])
const openInterestKey = keyOf(totals[1][0])
const averageKey = keyOf(averagePrice[0])
const dailyKeys = daily.map(([key]) => keyOf(key))
const dailyAt = Int32Array.from(daily, ([, at]) => at)
const bidPriceKeys = levelKeys("bid_price")
const bidVolumeKeys = levelKeys("bid_volume")
const askPriceKeys = levelKeys("ask_price")
const askVolumeKeys = levelKeys("ask_volume")

/** Number text is JavaScript's own, which is JSON's: the shortest that reads back the same, and "0" for -0. */
const optional = (key: string, value: number): string => (isAbsent(value) ? "" : key + value)

const dailyText = (f64: Float64Array, at: number, written: Written): string => {
  const values = written.dailyValues
  let same = true
  for (let i = 0; i < values.length; i++) {
    const value = f64[at + (dailyAt[i] as number)] as number
    if (values[i] !== value) {
      values[i] = value
      same = false
    }
  }
  if (same) return written.dailyText
  let text = ""
  for (let i = 0; i < values.length; i++) text += optional(dailyKeys[i] as string, values[i] as number)
  written.dailyText = text
  return text
}

/** Five prices, then their five volumes: the key of a volume goes with its price unless the volume says something. */
const sideText = (
  slab: TickSlab,
  price: number,
  volume: number,
  priceKeys: ReadonlyArray<string>,
  volumeKeys: ReadonlyArray<string>
): string => {
  let prices = ""
  let volumes = ""
  for (let level = 0; level < levels; level++) {
    const value = slab.f64[price + level] as number
    const lots = slab.i32[volume + level] as number
    if (isAbsent(value)) {
      if (lots !== 0) volumes += (volumeKeys[level] as string) + lots
    } else {
      prices += (priceKeys[level] as string) + value
      volumes += (volumeKeys[level] as string) + lots
    }
  }
  return prices + volumes
}

/** End of a message. Few combinations of laws occur, so each is written once and kept. */
const makeFlagsText = (): ((bits: number) => string) => {
  const texts = new Map<number, string>()
  return (bits) => {
    if (bits === 0) return "}"
    let text = texts.get(bits)
    if (text === undefined) {
      const names = lawsIn(bits)
      text = names.length === 0 ? "}" : `,"flags":${JSON.stringify(names)}}`
      texts.set(bits, text)
    }
    return text
  }
}

const lastVolumeKey = keyOf(lastVolume[0])
const grown = (lots: number): string => (lots < 0 ? "" : lastVolumeKey + lots)

export const makeTickWriter = ({ directory, feedNames }: RecordNames): TickWriter => {
  const written: Array<Written> = []
  const feedTexts = feedNames.map((name) => `,"feed":${JSON.stringify(name)},"seq":`)
  const instantText = makeInstantText()
  const recvText = makeMicroText()
  const tradingDayText = makeDayText("trading_day")
  const actionDayText = makeDayText("action_day")
  const flagsText = makeFlagsText()

  const firstSight = (index: number): Written => {
    const instrument = directory.at(index)
    if (instrument === undefined) throw new RangeError(`A tick cannot be written: no instrument has index ${index}.`)
    const head = `{"symbol":${JSON.stringify(instrument.id)},"exchange":"${instrument.exchange}","datetime":"`
    // NaN differs from every value, so the first tick writes its own text.
    const entry = { head, dailyValues: new Float64Array(dailyAt.length).fill(Number.NaN), dailyText: "" }
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
      const feedText = feedTexts[feedIndex]
      if (feedText === undefined) throw new RangeError(`A tick cannot be written: no feed has index ${feedIndex}.`)
      return (
        entry.head +
        instantText(f64[d + double.exchangeTimeMs] as number) +
        tradingDayText(i32[w + word.tradingDay] as number) +
        actionDayText(i32[w + word.actionDay] as number) +
        optional(lastKey, f64[d + lastPrice[1]] as number) +
        ',"volume":' +
        (i32[w + word.volume] as number) +
        grown(i32[w + lastVolume[1]] as number) +
        optional(turnoverKey, f64[d + totals[0][1]] as number) +
        optional(openInterestKey, f64[d + totals[1][1]] as number) +
        dailyText(f64, d, entry) +
        sideText(slab, d + double.bidPrice1, w + word.bidVolume1, bidPriceKeys, bidVolumeKeys) +
        sideText(slab, d + double.askPrice1, w + word.askVolume1, askPriceKeys, askVolumeKeys) +
        optional(averageKey, f64[d + averagePrice[1]] as number) +
        feedText +
        slab.seq(row) +
        ',"recv_ts":' +
        recvText(receivedMicros(slab, row)) +
        flagsText(i32[w + word.verdict] as number)
      )
    }
  }
}
