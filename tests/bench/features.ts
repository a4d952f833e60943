// What signals cost: Alpha158 of one symbol beside the oracle in plain Python, a prediction of the example model, and
// 500 symbols from bars to weights.
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { alpha158 } from "../../src/trading/domain/signal/alpha158/alpha158.ts"
import { type BarColumns, sliceBars } from "../../src/trading/domain/signal/alpha158/bar-columns.ts"
import { historyBars } from "../../src/trading/domain/signal/alpha158/names.ts"
import { goldenRow } from "../../src/trading/domain/signal/bundle/check-bundle.ts"
import { scoreSymbols } from "../../src/trading/domain/signal/bundle/score-symbols.ts"
import { syntheticMarket } from "../../src/trading/domain/signal/market/synthetic-market.ts"
import { predict } from "../../src/trading/domain/signal/model/model.ts"
import { weighSignals } from "../../src/trading/domain/signal/weights.ts"
import { fractionsOf } from "../support/seeded-random.ts"
import { exampleBundle } from "../support/trading/example-bundle.ts"
import { median } from "./statistics.ts"
import type { Measured, Suite } from "./suite.ts"

const bulkBars = 2500

/** Ten years of one symbol. */
const makeBars = (count: number): BarColumns => {
  const random = fractionsOf(158)
  const closes: Array<number> = []
  for (let price = 100; closes.length < count; closes.push(price)) price *= 1 + (random() - 0.5) * 0.04
  const close = Float64Array.from(closes, (price) => Math.round(price * 100) / 100)
  const open = close.map((price) => Math.round(price * (1 + (random() - 0.5) * 0.02) * 100) / 100)
  return {
    dates: closes.map((_, at) => String(at)),
    open,
    high: close.map((price, at) => Math.max(price, open[at] as number) * (1 + random() * 0.01)),
    low: close.map((price, at) => Math.min(price, open[at] as number) * (1 - random() * 0.01)),
    close,
    volume: close.map(() => Math.round(1e6 * (0.5 + random()))),
    vwap: close.map((price, at) => (price + (open[at] as number)) / 2)
  }
}

/** Microseconds of one call, median of `rounds` after `warm` calls. */
const microseconds = (warm: number, rounds: number, call: () => unknown): number => {
  for (let at = 0; at < warm; at++) call()
  return median(
    Array.from({ length: rounds }, () => {
      const began = performance.now()
      call()
      return (performance.now() - began) * 1000
    })
  )
}

/** Undefined without python3. */
const oracleMicroseconds = (): number | undefined => {
  const oracle = fileURLToPath(new URL("../golden/alpha158/oracle.py", import.meta.url))
  const { status, stdout } = spawnSync("python3", [oracle, "--time", "300"], { encoding: "utf8" })
  return status === 0 ? (JSON.parse(stdout) as { readonly us_row: number }).us_row : undefined
}

/** Milliseconds from the bars of 500 symbols to their weights, with the example model. */
const signalsMilliseconds = (): number => {
  const market = syntheticMarket({ seed: 5, symbols: 500, days: 70, to: "2026-11-30" })
  const bundle = exampleBundle()
  const asOf = market[0]?.bars.dates.at(-1) ?? ""
  return microseconds(1, 5, () => weighSignals(scoreSymbols(bundle, market, asOf).predictions)) / 1000
}

const measure = (): Measured => {
  const bars = makeBars(bulkBars)
  const newest = sliceBars(bars, 0, historyBars + 1)
  const cold = microseconds(0, 1, () => alpha158(newest, historyBars))
  const row = microseconds(3, 7, () => alpha158(bars)) / bulkBars
  const single = microseconds(50, 201, () => alpha158(newest, historyBars))
  const bundle = exampleBundle()
  const rows = new Float64Array(bundle.golden.rows.flatMap((one) => [...goldenRow(one)]))
  const predictions = microseconds(20, 51, () => predict(bundle.model, rows)) / bundle.golden.rows.length
  const signals = signalsMilliseconds()
  const oracle = oracleMicroseconds()
  return {
    rows: [
      ["newest row from 61 bars", `${single.toFixed(1)} us (${cold.toFixed(0)} us the first time in a process)`],
      [`a row in bulk, ${bulkBars} bars`, `${row.toFixed(1)} us`],
      [`a prediction, ${bundle.model.trees.length} trees`, `${predictions.toFixed(1)} us`],
      ["500 symbols from bars to weights", `${signals.toFixed(0)} ms`],
      ["a row of the oracle in plain Python", oracle === undefined ? "no python3 here" : `${oracle.toFixed(0)} us`]
    ],
    figures: {
      features_us_newest: Number(single.toFixed(1)),
      features_us_newest_cold: Math.round(cold),
      features_us_row: Number(row.toFixed(2)),
      predict_us_row: Number(predictions.toFixed(2)),
      signals_500_symbols_ms: Math.round(signals),
      ...(oracle === undefined ? {} : { features_us_row_python: Math.round(oracle) })
    }
  }
}

export const suite: Suite = {
  name: "features",
  about: "Alpha158 beside plain Python, a prediction, 500 symbols from bars to weights",
  run: () => Effect.sync(measure)
}
