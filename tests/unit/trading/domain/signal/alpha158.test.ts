// Research and serving call one function. What must hold of it without any oracle: units, bounds, and that a row knows
// nothing of later bars or of where the history begins.
import { assert, describe, it } from "@effect/vitest"
import { alpha158 } from "../../../../../src/trading/domain/signal/alpha158/alpha158.ts"
import { type BarColumns, sliceBars } from "../../../../../src/trading/domain/signal/alpha158/bar-columns.ts"
import { featureFingerprint } from "../../../../../src/trading/domain/signal/alpha158/fingerprint.ts"
import { alpha158Names, historyBars } from "../../../../../src/trading/domain/signal/alpha158/names.ts"
import { agree, goldenSeries } from "../../../../support/trading/alpha-golden.ts"

const width = 158
const { series } = goldenSeries()
const columnsOf = (pattern: RegExp) => alpha158Names.flatMap((name, at) => (pattern.test(name) ? [at] : []))
const rowOf = (rows: Float64Array, at: number) => rows.subarray(at * width, (at + 1) * width)
const scaled = (bars: BarColumns, prices: number, volume: number): BarColumns => ({
  dates: bars.dates,
  open: bars.open.map((value) => value * prices),
  high: bars.high.map((value) => value * prices),
  low: bars.low.map((value) => value * prices),
  close: bars.close.map((value) => value * prices),
  volume: bars.volume.map((value) => value * volume),
  vwap: bars.vwap.map((value) => value * prices)
})

describe("Alpha158", () => {
  it("gives the newest row the same bytes from its own 61 bars as from the whole history", () => {
    for (const { bars } of series) {
      const whole = alpha158(bars)
      for (let at = historyBars; at < bars.dates.length; at++) {
        const newest = alpha158(sliceBars(bars, at - historyBars, at + 1), historyBars)
        assert.deepStrictEqual(newest, rowOf(whole, at))
        assert.deepStrictEqual(alpha158(bars, at).subarray(0, width), rowOf(whole, at))
      }
    }
  })

  it("changes no earlier row when a bar is appended", () => {
    for (const { bars } of series) {
      const whole = alpha158(bars)
      for (let count = 1; count < bars.dates.length; count += 5) {
        assert.deepStrictEqual(alpha158(sliceBars(bars, 0, count)), whole.subarray(0, count * width))
      }
    }
  })

  it("does not know the unit of the price", () => {
    // The smallest addend of a denominator and the bound of a flat window are absolute; a price of 100 is far from both
    const bars = series[0]?.bars as BarColumns
    const [plain, larger] = [alpha158(bars), alpha158(scaled(bars, 8, 1))]
    const exact = new Set(columnsOf(/^(?!K.*2$|RSV|SUM|WVMA)/))
    for (const [at, value] of plain.entries()) {
      const other = larger[at] as number
      if (exact.has(at % width)) assert.isTrue(Object.is(other, value), alpha158Names[at % width])
      else assert.isTrue(agree(other, value), alpha158Names[at % width])
    }
  })

  it("counts rises and falls to 1 at most, and shares of moves to 1", () => {
    for (const { bars } of series) {
      const rows = alpha158(bars)
      for (let at = 0; at < bars.dates.length; at++) {
        const row = rowOf(rows, at)
        for (const [up, down] of [
          ["CNTP", "CNTN"],
          ["SUMP", "SUMN"],
          ["VSUMP", "VSUMN"]
        ] as const) {
          for (const length of [5, 10, 20, 30, 60]) {
            const value = (name: string) => row[alpha158Names.indexOf(`${name}${length}`)] as number
            const sum = value(up) + value(down)
            if (up === "CNTP") assert.isAtMost(sum, 1)
            // Moves of a penny stock are not far above the smallest addend.
            else if (!Number.isNaN(sum) && sum !== 0) assert.approximately(sum, 1, 1e-6)
          }
        }
      }
    }
  })

  it("has values from the first bar", () => {
    const rows = alpha158(series[1]?.bars as BarColumns)
    const first = rowOf(rows, 0)
    const missing = alpha158Names.filter((_, at) => Number.isNaN(first[at] as number))
    assert.deepStrictEqual(
      [...new Set(missing.map((name) => name.replace(/\d+$/, "")))],
      ["ROC", "STD", "BETA", "RSQR", "RESI", "CORR", "CORD", "SUMP", "SUMN", "SUMD", "VSTD", "WVMA"].concat([
        "VSUMP",
        "VSUMN",
        "VSUMD"
      ])
    )
  })

  it("takes no bars", () => {
    assert.lengthOf(alpha158(sliceBars(series[0]?.bars as BarColumns, 0, 0)), 0)
  })

  // A change here means: every model must be trained again. Change it together with the operator that changed, and say
  // so in docs/CHANGELOG.md.
  it("has the fingerprint that models were trained with", () => {
    assert.strictEqual(featureFingerprint(), "0d144cacaa7fb5cdd21b205c987484515f8a5533e097751b3823e946c14cefd1")
  })
})
