import { absentFrom } from "../../../kernel/instrument/price.ts"
import { bitOf } from "../../../kernel/tick/law.ts"
import { double, word } from "../../../kernel/tick/tick-slab.ts"

const priceInLimits = bitOf("price_in_limits")
const priceOnGrid = bitOf("price_on_grid")
const bookCrossed = bitOf("book_crossed")
const levelsOrdered = bitOf("levels_ordered")

const levels = 5
/**
 * Front-ends add and multiply doubles: 3594 arrives as 3594.0000000000005. Every price tick is larger than this
 * share.
 */
const floatError = 1e-7

/** This level of a side has a quote. CZCE writes 0 where others write DBL_MAX for an empty level; both have no lots. */
const isQuoted = (price: number, lots: number): boolean => lots > 0 && price < absentFrom && price > -absentFrom

const isPrice = (value: number): boolean => value !== 0 && value < absentFrom && value > -absentFrom

const isOffGrid = (price: number, ticksPerUnit: number): boolean => {
  const steps = price * ticksPerUnit
  const off = steps - Math.round(steps)
  return off > 1e-5 || off < -1e-5
}

/**
 * Limits that the tick itself carries. Both must be valid: 0 and DBL_MAX mean "not known". Before the first trade of
 * the day the last price is from another day, and today's limits do not apply to it.
 */
const limitLaw = (f64: Float64Array, i32: Int32Array, d: number, w: number): number => {
  const upper = f64[d + double.upperLimit] as number
  const lower = f64[d + double.lowerLimit] as number
  if (!(isPrice(upper) && lower > -absentFrom && lower < upper)) return 0
  const slack = floatError * (upper < 0 ? -upper : upper)
  const last = f64[d + double.last] as number
  const hasTraded = (i32[w + word.volume] as number) > 0
  if (hasTraded && isPrice(last) && (last > upper + slack || last < lower - slack)) return priceInLimits
  const bid = f64[d + double.bidPrice1] as number
  if (isQuoted(bid, i32[w + word.bidVolume1] as number) && bid > upper + slack) return priceInLimits
  const ask = f64[d + double.askPrice1] as number
  return isQuoted(ask, i32[w + word.askVolume1] as number) && ask < lower - slack ? priceInLimits : 0
}

const isUnknown = (value: number): boolean => value === 0 || !(value < absentFrom)

/**
 * A record without trade, last price, open interest and turnover, at most with a book. Old API builds send such
 * records in the middle of a day, and a front before its initialisation sends them empty.
 */
export const isHollow = (f64: Float64Array, i32: Int32Array, d: number, w: number): boolean =>
  i32[w + word.volume] === 0 &&
  isUnknown(f64[d + double.last] as number) &&
  isUnknown(f64[d + double.openInterest] as number) &&
  isUnknown(f64[d + double.turnover] as number)

/** Neither limit is known. Every tradable contract has limits before its first quote of the day. */
const lacksLimits = (f64: Float64Array, d: number): boolean =>
  isUnknown(f64[d + double.upperLimit] as number) && isUnknown(f64[d + double.lowerLimit] as number)

/** Volume 0 is the day's volume here; false when the tick leaves the volume out. */
export const hasVolume = (f64: Float64Array, i32: Int32Array, d: number, w: number): boolean =>
  i32[w + word.volume] !== 0 || !isHollow(f64, i32, d, w) || !lacksLimits(f64, d)

/** At least one side has a quote. */
export const hasBook = (f64: Float64Array, i32: Int32Array, d: number, w: number): boolean =>
  isQuoted(f64[d + double.bidPrice1] as number, i32[w + word.bidVolume1] as number) ||
  isQuoted(f64[d + double.askPrice1] as number, i32[w + word.askVolume1] as number)

/**
 * `sign` 1: asks, which rise from level to level; -1: bids, which fall. A level behind an empty one breaks the
 * sequence.
 */
const sideOrder = (f64: Float64Array, i32: Int32Array, price: number, volume: number, sign: number): number => {
  let before = 0
  let open = true
  for (let level = 0; level < levels; level++) {
    const value = f64[price + level] as number
    if (!isQuoted(value, i32[volume + level] as number)) {
      open = false
      continue
    }
    if (!open || (level > 0 && (value - before) * sign <= 0)) return levelsOrdered
    before = value
  }
  return 0
}

/**
 * Laws that compare prices: limits, grid, crossed book, sequence of the levels.
 * `ticksPerUnit` is 1 / price tick; 0: the price tick is not known. Returns the bits of broken laws.
 */
export const bookLaws = (f64: Float64Array, i32: Int32Array, d: number, w: number, ticksPerUnit: number): number => {
  let broken = limitLaw(f64, i32, d, w)
  const bid = f64[d + double.bidPrice1] as number
  const ask = f64[d + double.askPrice1] as number
  const bidQuoted = isQuoted(bid, i32[w + word.bidVolume1] as number)
  const askQuoted = isQuoted(ask, i32[w + word.askVolume1] as number)
  if (bidQuoted && askQuoted && bid >= ask) broken |= bookCrossed
  broken |= sideOrder(f64, i32, d + double.bidPrice1, w + word.bidVolume1, -1)
  broken |= sideOrder(f64, i32, d + double.askPrice1, w + word.askVolume1, 1)
  if (ticksPerUnit > 0) {
    // Before the first trade, last may be a settlement price: an average, which is on no grid.
    const last = (i32[w + word.volume] as number) > 0 ? (f64[d + double.last] as number) : 0
    if (
      (isPrice(last) && isOffGrid(last, ticksPerUnit)) ||
      (bidQuoted && isOffGrid(bid, ticksPerUnit)) ||
      (askQuoted && isOffGrid(ask, ticksPerUnit))
    ) {
      broken |= priceOnGrid
    }
  }
  return broken
}
