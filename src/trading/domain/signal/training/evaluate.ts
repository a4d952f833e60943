import type { HeldOut } from "../bundle/bundle.ts"
import { type SideCounts, weighSignals } from "../weights.ts"
import { correlation, rankCorrelation } from "./correlation.ts"

/** One symbol on one day: what was predicted, and what came. */
export interface Outcome {
  readonly date: string
  readonly symbol: string
  readonly raw: number
  readonly label: number
}

/** Outcomes of one day after the other; a day needs this many symbols for a correlation. */
const symbolsLeast = 3
const tenths = 10

const mean = (values: ReadonlyArray<number>): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length

/** Half of what the weights of one day differ from those of the day before, over the capital of one side. */
const turnoverOf = (before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): number => {
  let moved = 0
  for (const symbol of new Set([...before.keys(), ...now.keys()])) {
    moved += Math.abs((now.get(symbol) ?? 0) - (before.get(symbol) ?? 0))
  }
  return moved / 4
}

/** Information coefficient, its ratio, turnover and returns of the tenths, over the days of the outcomes. */
export const evaluate = (outcomes: ReadonlyArray<Outcome>, sides: SideCounts): HeldOut => {
  const days = Map.groupBy(outcomes, ({ date }) => date)
  const dates = [...days.keys()].sort()
  const daily: Array<number> = []
  const ranked: Array<number> = []
  const turnovers: Array<number> = []
  const returns: Array<Array<number>> = Array.from({ length: tenths }, () => [])
  let weights: ReadonlyMap<string, number> | undefined
  for (const date of dates) {
    const rows = days.get(date) as ReadonlyArray<Outcome>
    const raws = rows.map(({ raw }) => raw)
    const labels = rows.map(({ label }) => label)
    if (rows.length >= symbolsLeast) {
      // A day on which all predictions are equal says nothing: 0, and not left out.
      daily.push(correlation(raws, labels) || 0)
      ranked.push(rankCorrelation(raws, labels) || 0)
    }
    const now = new Map(weighSignals(rows, sides).map(({ symbol, weight }) => [symbol, weight]))
    if (weights !== undefined) turnovers.push(turnoverOf(weights, now))
    weights = now
    const order = rows.toSorted((a, b) => a.raw - b.raw || (a.symbol < b.symbol ? -1 : 1))
    for (const [place, { label }] of order.entries()) {
      returns[Math.floor((place * tenths) / order.length)]?.push(label)
    }
  }
  const ic = mean(daily)
  const deviation = Math.sqrt(mean(daily.map((value) => (value - ic) ** 2)))
  return {
    from: dates[0] ?? "1970-01-01",
    to: dates.at(-1) ?? "1970-01-01",
    days: dates.length,
    rows: outcomes.length,
    ic,
    rank_ic: mean(ranked),
    ic_ratio: deviation === 0 ? 0 : ic / deviation,
    turnover: mean(turnovers),
    decile_returns: returns.map(mean)
  }
}
