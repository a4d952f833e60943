// Statistics of a window `[from, to)` of a column. NaN is missing and skipped; no column holds an infinite value here.
// Each window is computed from its own values: a running sum would make a row depend on where the history begins.

export const countOf = (column: Float64Array, from: number, to: number): number => {
  let count = 0
  for (let at = from; at < to; at++) if (column[at] === column[at]) count++
  return count
}

/** Sum of what is there; nothing there: NaN. */
export const sumOf = (column: Float64Array, from: number, to: number): number => {
  let sum = 0
  let count = 0
  for (let at = from; at < to; at++) {
    const value = column[at] as number
    if (value === value) {
      sum += value
      count++
    }
  }
  return count === 0 ? Number.NaN : sum
}

export const meanOf = (column: Float64Array, from: number, to: number): number =>
  sumOf(column, from, to) / countOf(column, from, to)

/** Standard deviation of a sample, from its `mean`; fewer than two values: NaN. */
export const deviationOf = (column: Float64Array, from: number, to: number, mean: number): number => {
  let squares = 0
  let count = 0
  for (let at = from; at < to; at++) {
    const value = column[at] as number
    if (value === value) {
      squares += (value - mean) * (value - mean)
      count++
    }
  }
  return count < 2 ? Number.NaN : Math.sqrt(squares / (count - 1))
}

/**
 * Where the largest value stands, the oldest bar of the window being 1. The first of equals; the first missing value
 * wins over all, as in numpy. Nothing there: NaN. `sign` -1 finds the smallest.
 */
export const placeOf = (column: Float64Array, from: number, to: number, sign: 1 | -1): number => {
  let best = Number.NEGATIVE_INFINITY
  let place = 0
  let missing = 0
  for (let at = from; at < to; at++) {
    const value = (column[at] as number) * sign
    if (value !== value) {
      if (missing === 0) missing = at - from + 1
    } else if (place === 0 || value > best) {
      best = value
      place = at - from + 1
    }
  }
  if (place === 0) return Number.NaN
  return missing === 0 ? place : missing
}

/** The largest value there, with `sign` -1 the smallest; nothing there: NaN. */
export const extremeOf = (column: Float64Array, from: number, to: number, sign: 1 | -1): number => {
  let best = Number.NaN
  for (let at = from; at < to; at++) {
    const value = column[at] as number
    if (value === value && !(value * sign <= best * sign)) best = value
  }
  return best
}

/** Place of the newest value among those of the window, as a share of their number; ties take their mean place. */
export const rankOf = (column: Float64Array, from: number, to: number): number => {
  const newest = column[to - 1] as number
  if (newest !== newest) return Number.NaN
  let less = 0
  let equal = 0
  let count = 0
  for (let at = from; at < to; at++) {
    const value = column[at] as number
    if (value === value) {
      count++
      if (value < newest) less++
      else if (value === newest) equal++
    }
  }
  return (less + (equal + 1) / 2) / count
}

/** Sorts what is there into `into`, ascending, and returns its number. */
export const sortInto = (into: Float64Array, column: Float64Array, from: number, to: number): number => {
  let count = 0
  for (let at = from; at < to; at++) {
    const value = column[at] as number
    if (value !== value) continue
    let place = count
    while (place > 0 && (into[place - 1] as number) > value) {
      into[place] = into[place - 1] as number
      place--
    }
    into[place] = value
    count++
  }
  return count
}

/** Linear interpolation between the two neighbours of the place `(count - 1) * share`. */
export const quantileOf = (sorted: Float64Array, count: number, share: number): number => {
  if (count === 0) return Number.NaN
  const place = (count - 1) * share
  const below = Math.floor(place)
  const low = sorted[below] as number
  if (below + 1 >= count) return low
  return low + ((sorted[below + 1] as number) - low) * (place - below)
}

/** A straight line through a window. */
export interface Line {
  slope: number
  /** Squared correlation; not checked for a flat window here. */
  r2: number
  /** Newest value less its fitted value. */
  residual: number
}

/**
 * Regression on the place in the window, the newest bar standing at `length` even when the window is shorter; missing
 * bars are skipped. Fewer than two values: NaN.
 */
export const fitLine = (line: Line, column: Float64Array, from: number, to: number, length: number): void => {
  const first = length - (to - from) + 1
  let count = 0
  let sumX = 0
  let sumY = 0
  for (let at = from; at < to; at++) {
    const value = column[at] as number
    if (value === value) {
      count++
      sumX += first + at - from
      sumY += value
    }
  }
  if (count < 2) {
    line.slope = Number.NaN
    line.r2 = Number.NaN
    line.residual = Number.NaN
    return
  }
  const meanX = sumX / count
  const meanY = sumY / count
  let xx = 0
  let xy = 0
  let yy = 0
  for (let at = from; at < to; at++) {
    const value = column[at] as number
    if (value === value) {
      const x = first + at - from - meanX
      const y = value - meanY
      xx += x * x
      xy += x * y
      yy += y * y
    }
  }
  line.slope = xy / xx
  line.r2 = (xy * xy) / (xx * yy)
  line.residual = (column[to - 1] as number) - (meanY + line.slope * (length - meanX))
}

/** Correlation over the bars where both are there; not checked for a flat window here. */
export const correlationOf = (left: Float64Array, right: Float64Array, from: number, to: number): number => {
  let count = 0
  let sumX = 0
  let sumY = 0
  for (let at = from; at < to; at++) {
    const x = left[at] as number
    const y = right[at] as number
    if (x === x && y === y) {
      count++
      sumX += x
      sumY += y
    }
  }
  if (count < 2) return Number.NaN
  const meanX = sumX / count
  const meanY = sumY / count
  let xx = 0
  let xy = 0
  let yy = 0
  for (let at = from; at < to; at++) {
    const x = left[at] as number
    const y = right[at] as number
    if (x === x && y === y) {
      xx += (x - meanX) * (x - meanX)
      xy += (x - meanX) * (y - meanY)
      yy += (y - meanY) * (y - meanY)
    }
  }
  return xy / Math.sqrt(xx * yy)
}
