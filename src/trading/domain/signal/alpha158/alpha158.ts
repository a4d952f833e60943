import { type BarColumns, sliceBars } from "./bar-columns.ts"
import { type DerivedColumns, derivedColumns, type Moves } from "./derived-columns.ts"
import { alpha158Names, barFeatures, epsilon, flatDeviation, historyBars, windowOperators, windows } from "./names.ts"
import {
  correlationOf,
  deviationOf,
  extremeOf,
  fitLine,
  type Line,
  meanOf,
  placeOf,
  quantileOf,
  rankOf,
  sortInto,
  sumOf
} from "./window.ts"

const width = alpha158Names.length

/** Column of an operator's first window. */
const columnOf = (operator: (typeof windowOperators)[number]): number =>
  barFeatures.length + windowOperators.indexOf(operator) * windows.length
const column = Object.fromEntries(windowOperators.map((operator) => [operator, columnOf(operator)])) as Readonly<
  Record<(typeof windowOperators)[number], number>
>

/** Features of one bar alone, in the order of `barFeatures`. */
const writeBar = (out: Float64Array, offset: number, bars: BarColumns, today: number): void => {
  const open = bars.open[today] as number
  const high = bars.high[today] as number
  const low = bars.low[today] as number
  const close = bars.close[today] as number
  const range = high - low + epsilon
  const top = high - Math.max(open, close)
  const bottom = Math.min(open, close) - low
  const shift = 2 * close - high - low
  out[offset] = (close - open) / open
  out[offset + 1] = (high - low) / open
  out[offset + 2] = (close - open) / range
  out[offset + 3] = top / open
  out[offset + 4] = top / range
  out[offset + 5] = bottom / open
  out[offset + 6] = bottom / range
  out[offset + 7] = shift / open
  out[offset + 8] = shift / range
  out[offset + 9] = open / close
  out[offset + 10] = high / close
  out[offset + 11] = low / close
  out[offset + 12] = (bars.vwap[today] as number) / close
}

/** What the rows of one call share, so that a row allocates nothing. */
const sorted = new Float64Array(historyBars)
const line: Line = { slope: 0, r2: 0, residual: 0 }

/** One window of one row. */
interface Window {
  readonly all: DerivedColumns
  /** Close and volume of the newest bar as they came: only windows take an infinite value for a missing one. */
  readonly close: number
  readonly volume: number
  /** The bars `[from, to)`; `length` is what the window would have in a long history. */
  readonly from: number
  readonly to: number
  readonly length: number
  /** Where its value of the first operator's first window would be written. */
  readonly slot: number
}

/** Up, down and net share of all moves, at `at`, and at the same window of the two operators that follow. */
const writeMoves = (out: Float64Array, at: number, moves: Moves, from: number, to: number): void => {
  const up = sumOf(moves.up, from, to)
  const down = sumOf(moves.down, from, to)
  const all = sumOf(moves.size, from, to) + epsilon
  out[at] = up / all
  out[at + windows.length] = down / all
  out[at + 2 * windows.length] = (up - down) / all
}

/** Trend, level and spread of the close. */
const writeClose = (out: Float64Array, { all, close, from, length, slot, to }: Window): void => {
  const mean = meanOf(all.close, from, to)
  const deviation = deviationOf(all.close, from, to, mean)
  out[slot + column.MA] = mean / close
  out[slot + column.STD] = deviation / close
  fitLine(line, all.close, from, to, length)
  out[slot + column.BETA] = line.slope / close
  out[slot + column.RSQR] = deviation <= flatDeviation ? Number.NaN : line.r2
  out[slot + column.RESI] = line.residual / close
  const count = sortInto(sorted, all.close, from, to)
  out[slot + column.QTLU] = quantileOf(sorted, count, 0.8) / close
  out[slot + column.QTLD] = quantileOf(sorted, count, 0.2) / close
  out[slot + column.RANK] = rankOf(all.close, from, to)
  const isFlat = (other: Float64Array) => deviationOf(other, from, to, meanOf(other, from, to)) <= flatDeviation
  out[slot + column.CORR] =
    deviation <= flatDeviation || isFlat(all.logVolume) ? Number.NaN : correlationOf(all.close, all.logVolume, from, to)
  out[slot + column.CORD] =
    isFlat(all.closeRatio) || isFlat(all.logVolumeRatio)
      ? Number.NaN
      : correlationOf(all.closeRatio, all.logVolumeRatio, from, to)
}

/** Highest and lowest, and where they stand. */
const writeExtremes = (out: Float64Array, { all, close, from, length, slot, to }: Window): void => {
  const highest = extremeOf(all.high, from, to, 1)
  const lowest = extremeOf(all.low, from, to, -1)
  const highestAt = placeOf(all.high, from, to, 1)
  const lowestAt = placeOf(all.low, from, to, -1)
  out[slot + column.MAX] = highest / close
  out[slot + column.MIN] = lowest / close
  out[slot + column.RSV] = (close - lowest) / (highest - lowest + epsilon)
  out[slot + column.IMAX] = highestAt / length
  out[slot + column.IMIN] = lowestAt / length
  out[slot + column.IMXD] = (highestAt - lowestAt) / length
}

/** Volume, and the moves of close and volume by direction. */
const writeMovement = (out: Float64Array, { all, from, slot, to, volume }: Window): void => {
  const rose = meanOf(all.rose, from, to)
  const fell = meanOf(all.fell, from, to)
  out[slot + column.CNTP] = rose
  out[slot + column.CNTN] = fell
  out[slot + column.CNTD] = rose - fell
  writeMoves(out, slot + column.SUMP, all.closeMoves, from, to)
  writeMoves(out, slot + column.VSUMP, all.volumeMoves, from, to)
  const mean = meanOf(all.volume, from, to)
  out[slot + column.VMA] = mean / (volume + epsilon)
  out[slot + column.VSTD] = deviationOf(all.volume, from, to, mean) / (volume + epsilon)
  const weighted = meanOf(all.weightedMove, from, to)
  out[slot + column.WVMA] = deviationOf(all.weightedMove, from, to, weighted) / (weighted + epsilon)
}

/**
 * Alpha158 of the bars from `from` on: rows of 158 float64 values, one after the other, in the order of
 * `alpha158Names`. Research and serving both call this function.
 * A row depends on its own bar and the 60 before it, never on a later one; the same bars give the same bytes. Windows
 * are shorter at the beginning of the history: values appear from the first bar.
 * Shape: NaN is missing; ±Infinity is a division by 0.
 * Source: microsoft/qlib, `contrib/data/loader.py` and `data/ops.py`, in float64 and without running sums.
 */
export const alpha158 = (bars: BarColumns, from = 0): Float64Array => {
  const first = Math.max(0, from - historyBars)
  const used = first === 0 ? bars : sliceBars(bars, first)
  const all = derivedColumns(used)
  const count = used.dates.length
  const out = new Float64Array(Math.max(0, count - (from - first)) * width)
  for (let today = from - first; today < count; today++) {
    const offset = (today - (from - first)) * width
    const close = used.close[today] as number
    const volume = used.volume[today] as number
    writeBar(out, offset, used, today)
    for (let at = 0; at < windows.length; at++) {
      const length = windows[at] as number
      const slot = offset + at
      const window = { all, close, volume, from: Math.max(0, today - length + 1), to: today + 1, length, slot }
      out[slot + column.ROC] = (used.close[today - length] ?? Number.NaN) / close
      writeClose(out, window)
      writeExtremes(out, window)
      writeMovement(out, window)
    }
  }
  return out
}
