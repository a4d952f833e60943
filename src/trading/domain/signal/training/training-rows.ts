import { alpha158 } from "../alpha158/alpha158.ts"
import { alpha158Names, historyBars } from "../alpha158/names.ts"
import type { SymbolBars } from "../bundle/score-symbols.ts"

/** Bars after today that the label needs: bought at the next close, sold at the one after. Qlib's default label. */
export const labelBars = 2
export const labelText = "close[+2] / close[+1] - 1"

/** One row of training: features of a day, and what came after it. */
export interface TrainingRow {
  readonly symbol: string
  readonly date: string
  /** Date of the last bar that the label needs: on or before it, the label is not known. */
  readonly knownOn: string
  readonly features: Float64Array
  readonly label: number
}

/**
 * Rows of all days with a whole history and a label; days without volume and rows with infinite values are left out, as
 * serving leaves them out.
 */
export const trainingRows = (all: ReadonlyArray<SymbolBars>): ReadonlyArray<TrainingRow> => {
  const width = alpha158Names.length
  return all.flatMap(({ bars, symbol }) => {
    const features = alpha158(bars, Math.min(historyBars, bars.dates.length))
    const rows: Array<TrainingRow> = []
    for (let at = historyBars; at + labelBars < bars.dates.length; at++) {
      const row = features.subarray((at - historyBars) * width, (at - historyBars + 1) * width)
      const label = (bars.close[at + labelBars] as number) / (bars.close[at + 1] as number) - 1
      if (!Number.isFinite(label) || bars.volume[at] === 0) continue
      if (row.some((value) => Math.abs(value) === Number.POSITIVE_INFINITY)) continue
      rows.push({
        symbol,
        date: bars.dates[at] as string,
        knownOn: bars.dates[at + labelBars] as string,
        features: row,
        label
      })
    }
    return rows
  })
}

/** Days `[from, to]`, both included. */
export interface Span {
  readonly from: string
  readonly to: string
}

/** One step of a walk forward: what is learnt from, and the days after it that judge. */
export interface Fold {
  readonly train: Span
  readonly test: Span
}

/**
 * Walk forward: the last `share` of the days is cut into `folds` parts, and each is judged by what was known before it.
 * Training always begins with the first day.
 */
export const walkForward = (dates: ReadonlyArray<string>, folds: number, share: number): ReadonlyArray<Fold> => {
  const sorted = [...new Set(dates)].sort()
  const first = Math.max(1, Math.floor(sorted.length * (1 - share)))
  return Array.from({ length: folds }, (_, fold) => {
    const from = first + Math.floor(((sorted.length - first) * fold) / folds)
    const to = first + Math.floor(((sorted.length - first) * (fold + 1)) / folds) - 1
    return {
      train: { from: sorted[0] as string, to: sorted[from - 1] as string },
      test: { from: sorted[from] as string, to: sorted[to] as string }
    }
  }).filter(({ test }) => test.from !== undefined && test.to !== undefined && test.from <= test.to)
}

/** Rows to learn from: their labels are known before the first day that judges. */
export const trainOf = (rows: ReadonlyArray<TrainingRow>, { test, train }: Fold): ReadonlyArray<TrainingRow> =>
  rows.filter(({ date, knownOn }) => date >= train.from && date <= train.to && knownOn < test.from)

export const testOf = (rows: ReadonlyArray<TrainingRow>, { test }: Fold): ReadonlyArray<TrainingRow> =>
  rows.filter(({ date }) => date >= test.from && date <= test.to)
