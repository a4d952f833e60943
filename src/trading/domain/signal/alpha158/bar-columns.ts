/**
 * Daily bars of one symbol by column, oldest first; adjusted prices in USD, volume in shares.
 * A missing value is NaN. All columns have the length of `dates`.
 */
export interface BarColumns {
  /** `yyyy-mm-dd`, strictly ascending. */
  readonly dates: ReadonlyArray<string>
  readonly open: Float64Array
  readonly high: Float64Array
  readonly low: Float64Array
  readonly close: Float64Array
  readonly volume: Float64Array
  readonly vwap: Float64Array
}

/** The numeric columns, in the order of a file. */
export const barFields = ["open", "high", "low", "close", "volume", "vwap"] as const
export type BarField = (typeof barFields)[number]

/** Bars from `from` to before `to`, without a copy. */
export const sliceBars = (bars: BarColumns, from: number, to: number = bars.dates.length): BarColumns => ({
  dates: bars.dates.slice(from, to),
  open: bars.open.subarray(from, to),
  high: bars.high.subarray(from, to),
  low: bars.low.subarray(from, to),
  close: bars.close.subarray(from, to),
  volume: bars.volume.subarray(from, to),
  vwap: bars.vwap.subarray(from, to)
})
