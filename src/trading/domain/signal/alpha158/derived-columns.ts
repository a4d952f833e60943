import type { BarColumns } from "./bar-columns.ts"

/** What the windows of Alpha158 are computed over. Missing and infinite values are NaN: a window skips both. */
export interface DerivedColumns {
  readonly high: Float64Array
  readonly low: Float64Array
  readonly close: Float64Array
  readonly volume: Float64Array
  /** ln(volume + 1). */
  readonly logVolume: Float64Array
  /** Close over the close before. */
  readonly closeRatio: Float64Array
  /** ln(volume over the volume before + 1). */
  readonly logVolumeRatio: Float64Array
  /** 1 where the close rose or fell, else 0, also where either close is missing. */
  readonly rose: Float64Array
  readonly fell: Float64Array
  readonly closeMoves: Moves
  readonly volumeMoves: Moves
  /** |close over the close before - 1| times volume. */
  readonly weightedMove: Float64Array
}

/** Differences to the bar before, by direction. */
export interface Moves {
  readonly up: Float64Array
  readonly down: Float64Array
  readonly size: Float64Array
}

const finite = (value: number): number => (Number.isFinite(value) ? value : Number.NaN)

const mapped = (length: number, valueAt: (at: number) => number): Float64Array => {
  const column = new Float64Array(length)
  for (let at = 0; at < length; at++) column[at] = finite(valueAt(at))
  return column
}

const movesOf = (column: Float64Array): Moves => {
  const length = column.length
  const change = (at: number) => (at === 0 ? Number.NaN : (column[at] as number) - (column[at - 1] as number))
  return {
    up: mapped(length, (at) => Math.max(change(at), 0)),
    down: mapped(length, (at) => Math.max(-change(at), 0)),
    size: mapped(length, (at) => Math.abs(change(at)))
  }
}

export const derivedColumns = ({ close, high, low, volume }: BarColumns): DerivedColumns => {
  const length = close.length
  const ratio = (column: Float64Array, at: number) =>
    at === 0 ? Number.NaN : (column[at] as number) / (column[at - 1] as number)
  return {
    high: mapped(length, (at) => high[at] as number),
    low: mapped(length, (at) => low[at] as number),
    close: mapped(length, (at) => close[at] as number),
    volume: mapped(length, (at) => volume[at] as number),
    logVolume: mapped(length, (at) => Math.log((volume[at] as number) + 1)),
    closeRatio: mapped(length, (at) => ratio(close, at)),
    logVolumeRatio: mapped(length, (at) => Math.log(ratio(volume, at) + 1)),
    // A comparison with NaN is false, also that of the first bar with nothing.
    rose: mapped(length, (at) => ((close[at] as number) > (close[at - 1] ?? Number.NaN) ? 1 : 0)),
    fell: mapped(length, (at) => ((close[at] as number) < (close[at - 1] ?? Number.NaN) ? 1 : 0)),
    closeMoves: movesOf(close),
    volumeMoves: movesOf(volume),
    weightedMove: mapped(length, (at) => Math.abs(ratio(close, at) - 1) * (volume[at] as number))
  }
}
