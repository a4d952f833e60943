/** A symbol and what the model says of it. */
export interface Prediction {
  readonly symbol: string
  /** As the model gave it; finite. */
  readonly raw: number
}

/**
 * What is published of a symbol. `raw` is the model's forecast in the unit of its label; `score` is that number among
 * those of the same day, with mean 0 and deviation `scoreDeviation`: no forecast, whatever its size.
 */
export interface WeightedSignal extends Prediction {
  readonly score: number
  /** 1 is the best; equal scores share a rank, and no rank is left out. */
  readonly rank: number
  /** Positive: buy. In shares of the capital of one side. */
  readonly weight: number
}

/** Deviation of the scores of one day. Source: the reference's signal service. */
export const scoreDeviation = 0.02

/**
 * Mean 0 and deviation 0.02 over the values, the deviation being that of a population. One value is left as it is,
 * equal values become 0.
 */
export const standardise = (values: ReadonlyArray<number>): ReadonlyArray<number> => {
  if (values.length < 2) return [...values]
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
  const first = values[0] as number
  // The deviation of equal values may be a rounding error and not 0.
  if (deviation === 0 || values.every((value) => value === first)) return values.map(() => 0)
  return values.map((value) => ((value - mean) / deviation) * scoreDeviation)
}

/** Places of the values, the largest first: 1, 2, … without a hole; equal values share a place. */
export const denseRank = (values: ReadonlyArray<number>): ReadonlyArray<number> => {
  const places = new Map([...new Set(values)].sort((a, b) => b - a).map((value, at) => [value, at + 1]))
  return values.map((value) => places.get(value) as number)
}

export interface SideCounts {
  readonly top: number
  readonly bottom: number
}

/** Defaults of the reference. */
export const defaultSides: SideCounts = { top: 3, bottom: 3 }

const isCount = (value: number): boolean => Number.isInteger(value) && value >= 0

/**
 * Weights of a portfolio of the best `top` and the worst `bottom`: +1/top and -1/bottom each, 0 for the others. A side
 * of 0 holds nothing. Equal scores are taken in the order of their symbols.
 *
 * Where both sides claim a symbol, it is bought and not sold. The other shorts keep -1/bottom, and the longs are scaled
 * so that both sides have the same sum. No short left: all weights are 0, since one side alone is no hedge.
 * Source: the reference, its later version.
 *
 * Throws for a count that is negative or no whole number: a caller checks its request before.
 */
export const sideWeights = (
  signals: ReadonlyArray<{ readonly symbol: string; readonly score: number }>,
  { bottom, top }: SideCounts
): ReadonlyArray<number> => {
  if (!isCount(top) || !isCount(bottom)) throw new RangeError(`top ${top} and bottom ${bottom} must be 0 or more`)
  const order = signals
    .map((_, at) => at)
    .sort((a, b) => {
      const [left, right] = [signals[a] as (typeof signals)[number], signals[b] as (typeof signals)[number]]
      return right.score - left.score || (left.symbol < right.symbol ? -1 : left.symbol > right.symbol ? 1 : 0)
    })
  const longs = order.slice(0, top)
  const claimed = bottom === 0 ? [] : order.slice(-bottom)
  const shorts = claimed.filter((at) => !longs.includes(at))
  const weights = signals.map(() => 0)
  const overlaps = shorts.length < claimed.length
  if (overlaps && shorts.length === 0) return weights
  const sold = 1 / bottom
  const bought = overlaps ? (sold * shorts.length) / longs.length : 1 / top
  for (const at of longs) weights[at] = bought
  for (const at of shorts) weights[at] = -sold
  return weights
}

/** Scores, ranks and weights of one day, in the order of the predictions. */
export const weighSignals = (
  predictions: ReadonlyArray<Prediction>,
  sides: SideCounts = defaultSides
): ReadonlyArray<WeightedSignal> => {
  const scores = standardise(predictions.map(({ raw }) => raw))
  const ranks = denseRank(scores)
  const scored = predictions.map((prediction, at) => ({ ...prediction, score: scores[at] as number }))
  const weights = sideWeights(scored, sides)
  return scored.map((one, at) => ({ ...one, rank: ranks[at] as number, weight: weights[at] as number }))
}
