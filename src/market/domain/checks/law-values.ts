import { absentFrom } from "../../../kernel/instrument/price.ts"
import { bitOf } from "../../../kernel/tick/law.ts"
import { double, word } from "../../../kernel/tick/tick-slab.ts"

const structInsane = bitOf("struct_insane")
const priceFinite = bitOf("price_finite")
const volumeNegative = bitOf("volume_negative")
const openInterestNegative = bitOf("open_interest_negative")
const pricePositive = bitOf("price_positive")

/**
 * A value that is closer to 0 than this, and not 0, is not a price: bytes of a text read as a double give 4e-317 etc.
 */
const smallest = 1e-9
/** No price is this large. Turnover and open interest, in CTP's units, stay below the second limit. */
const largestPrice = 1e9
const largestTotal = 1e18
/** Lots. The most active contract trades about ten million lots a day. */
const largestVolume = 1_000_000_000

const priceFields = Int32Array.from([
  double.last,
  double.open,
  double.high,
  double.low,
  double.upperLimit,
  double.lowerLimit,
  double.preClose,
  double.preSettlement,
  ...Array.from({ length: 10 }, (_, side) => double.bidPrice1 + side)
])
/** These and the book are prices of today, and are checked for their sign. Limits and yesterday's prices are not. */
const limitsFrom = 4
const limitsTo = 8
const totalFields = Int32Array.from([double.turnover, double.openInterest, double.average])
const openInterestAt = 1
const averageAt = 2

/**
 * Laws on single values: finite, positive, not negative, and the struct was read with the right layout.
 * DBL_MAX means "no value". Printed with ten digits, it is read back as plus infinity. NaN and minus infinity have no
 * meaning in CTP.
 * `d` and `w` are the record's offsets in `f64` and `i32`. Returns the bits of broken laws.
 */
export const valueLaws = (f64: Float64Array, i32: Int32Array, d: number, w: number): number => {
  let broken = 0
  for (let at = 0; at < priceFields.length; at++) {
    const value = f64[d + (priceFields[at] as number)] as number
    const size = value < 0 ? -value : value
    if (size >= absentFrom && value !== Number.NEGATIVE_INFINITY) continue
    if (!(size < absentFrom)) {
      broken |= priceFinite
      continue
    }
    if (size > largestPrice || (size < smallest && size > 0)) broken |= structInsane
    else if (value < 0 && (at < limitsFrom || at >= limitsTo)) broken |= pricePositive
  }
  for (let at = 0; at < totalFields.length; at++) {
    const value = f64[d + (totalFields[at] as number)] as number
    // The average is turnover divided by volume: 0 / 0 before the first trade.
    if (value !== value && at === averageAt && i32[w + word.volume] === 0) continue
    if (value !== value || value === Number.NEGATIVE_INFINITY) broken |= priceFinite
    const size = value < 0 ? -value : value
    if (size < absentFrom && (size > largestTotal || (size < smallest && size > 0))) broken |= structInsane
    else if (value < 0 && value > -absentFrom && at !== openInterestAt) broken |= pricePositive
  }
  const volume = i32[w + word.volume] as number
  if (volume < 0) broken |= volumeNegative
  if (volume > largestVolume) broken |= structInsane
  for (let at = word.bidVolume1; at < word.askVolume1 + 5; at++) {
    const lots = i32[w + at] as number
    if (lots < 0 || lots > largestVolume) broken |= structInsane
  }
  const openInterest = f64[d + double.openInterest] as number
  if (openInterest < 0 && openInterest > -absentFrom) broken |= openInterestNegative
  // 0 means "no trade yet" at CZCE. With volume above 0 it is not a price.
  if (f64[d + double.last] === 0 && volume > 0) broken |= pricePositive
  return broken
}
