// A model that has seen the future is worthless and looks brilliant. The label begins after the features end, training
// ends before the days that judge, and a label of other days must not be predicted.
import { assert, describe, it } from "@effect/vitest"
import { predictRow } from "../../../../../../src/trading/domain/signal/bundle/predict-row.ts"
import type { SymbolBars } from "../../../../../../src/trading/domain/signal/bundle/score-symbols.ts"
import { checkBars } from "../../../../../../src/trading/domain/signal/market/check-bars.ts"
import { syntheticMarket } from "../../../../../../src/trading/domain/signal/market/synthetic-market.ts"
import {
  averageRanks,
  correlation,
  rankCorrelation
} from "../../../../../../src/trading/domain/signal/training/correlation.ts"
import { evaluate } from "../../../../../../src/trading/domain/signal/training/evaluate.ts"
import {
  type TrainingRow,
  testOf,
  trainingRows,
  trainOf,
  walkForward
} from "../../../../../../src/trading/domain/signal/training/training-rows.ts"
import { exampleBundle } from "../../../../../support/trading/example-bundle.ts"

const settings = { seed: 9, symbols: 20, days: 130, to: "2026-11-30" }
const market = syntheticMarket(settings)
const rows = trainingRows(market)
const sides = { top: 3, bottom: 3 }

describe("the synthetic market", () => {
  it("is the same for the same settings, has no fault, and trades on New York's days", () => {
    assert.deepStrictEqual(syntheticMarket(settings), market)
    assert.notDeepEqual(syntheticMarket({ ...settings, seed: 10 }), market)
    for (const { bars } of market) assert.deepStrictEqual(checkBars(bars), [])
    assert.strictEqual(market[0]?.bars.dates.at(-1), "2026-11-30")
    assert.notInclude(market[0]?.bars.dates ?? [], "2026-11-26")
  })
})

describe("rows of training", () => {
  it("have the label of the bar after next over the next, and a history of 60 bars", () => {
    const { bars, symbol } = market[0] as SymbolBars
    const own = rows.filter((row) => row.symbol === symbol)
    assert.lengthOf(own, 130 - 60 - 2)
    const first = own[0] as TrainingRow
    assert.strictEqual(first.date, bars.dates[60])
    assert.strictEqual(first.knownOn, bars.dates[62])
    assert.strictEqual(first.label, (bars.close[62] as number) / (bars.close[61] as number) - 1)
  })

  it("know nothing of later bars: other prices after a day change its label and no feature", () => {
    const { bars, symbol } = market[0] as SymbolBars
    const at = 100
    const close = bars.close.map((value, place) => (place > at ? value * (1 + place / 1000) : value))
    const other = trainingRows([{ symbol, bars: { ...bars, close } }])
    const own = rows.filter((row) => row.symbol === symbol)
    for (let row = 0; row <= at - 60; row++) assert.deepStrictEqual(other[row]?.features, own[row]?.features)
    assert.notStrictEqual(other[at - 60]?.label, own[at - 60]?.label)
    assert.strictEqual(other[at - 62]?.label, own[at - 62]?.label)
  })

  it("leave out days that serving leaves out", () => {
    const { bars, symbol } = market[0] as SymbolBars
    const volume = bars.volume.with(80, 0)
    const open = bars.open.with(90, 0)
    const dates = trainingRows([{ symbol, bars: { ...bars, volume, open } }]).map(({ date }) => date)
    assert.notIncludeMembers(dates, [bars.dates[80] as string, bars.dates[90] as string])
    assert.lengthOf(dates, 66)
    assert.lengthOf(trainingRows([{ symbol, bars: { ...bars, dates: bars.dates.slice(0, 30) } }]), 0)
  })
})

describe("the walk forward", () => {
  const dates = [...new Set(rows.map(({ date }) => date))].sort()
  const folds = walkForward(dates, 3, 0.3)

  it("judges each of the last days once, by earlier days only", () => {
    assert.lengthOf(folds, 3)
    const judged = folds.flatMap((fold) => [...new Set(testOf(rows, fold).map(({ date }) => date))])
    assert.deepStrictEqual(judged, dates.slice(-judged.length))
    assert.strictEqual(judged.length, dates.length - Math.floor(dates.length * 0.7))
    for (const fold of folds) {
      const known = trainOf(rows, fold)
      assert.isAbove(known.length, 500)
      for (const { knownOn } of known) assert.isTrue(knownOn < fold.test.from)
      // The label of the two days before the first judge is not known yet.
      const last = known
        .map(({ date }) => date)
        .sort()
        .at(-1)
      assert.strictEqual(last, dates[dates.indexOf(fold.test.from) - 3])
    }
  })
})

describe("the example model", () => {
  const bundle = exampleBundle()
  const raws = rows.map(({ features }) => predictRow(bundle, features))
  /** The score with labels that are `shift` days later. */
  const scoreOf = (shift: number) => {
    const labels = new Map(rows.map(({ date, label, symbol }) => [`${symbol} ${date}`, label]))
    const days = [...new Set(rows.map(({ date }) => date))].sort()
    return evaluate(
      rows.flatMap(({ date, symbol }, at) => {
        const label = labels.get(`${symbol} ${days[days.indexOf(date) + shift]}`)
        return label === undefined ? [] : [{ date, symbol, raw: raws[at] as number, label }]
      }),
      sides
    )
  }

  it("predicts a market of another seed, and its score collapses when the label is shifted", () => {
    const own = scoreOf(0)
    assert.isAbove(own.ic, 0.08)
    assert.isAbove(own.rank_ic, 0.08)
    assert.isAbove((own.decile_returns[9] ?? 0) - (own.decile_returns[0] ?? 0), 0.002)
    for (const shift of [12, 20, 30]) assert.isBelow(Math.abs(scoreOf(shift).ic), own.ic / 2)
  })
})

describe("the evaluation", () => {
  it("has the correlations of a book", () => {
    assert.approximately(correlation([1, 2, 3, 4], [2, 1, 4, 3]), 0.6, 1e-12)
    assert.isNaN(correlation([1, 1], [1, 2]))
    assert.isNaN(correlation([1], [1]))
    assert.deepStrictEqual(averageRanks([3, 1, 3, 2]), [3.5, 1, 3.5, 2])
    assert.approximately(rankCorrelation([1, 10, 100], [3, 2, 1]), -1, 1e-12)
  })

  it("counts turnover and tenths", () => {
    const day = (date: string, sign: number) =>
      Array.from({ length: 10 }, (_, at) => ({ date, symbol: `S${at}`, raw: at * sign, label: at / 100 }))
    const same = evaluate([...day("2026-01-02", 1), ...day("2026-01-05", 1)], sides)
    assert.deepInclude(same, { days: 2, rows: 20, turnover: 0, from: "2026-01-02", to: "2026-01-05" })
    assert.approximately(same.ic, 1, 1e-12)
    assert.deepStrictEqual(
      same.decile_returns.map((value) => Math.round(value * 100)),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    )
    const turned = evaluate([...day("2026-01-02", 1), ...day("2026-01-05", -1)], sides)
    // Both sides are sold and bought again: the whole capital of one side, twice over two sides.
    assert.approximately(turned.turnover, 1, 1e-12)
    assert.approximately(turned.ic, 0, 1e-12)
    assert.deepInclude(evaluate([], sides), { days: 0, ic: 0, turnover: 0 })
  })
})
