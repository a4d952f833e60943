// A hole, a day without trade or a split that the prices are not adjusted for is learnt as a move of the market.
import { assert, describe, it } from "@effect/vitest"
import type { BarColumns } from "../../../../../src/trading/domain/signal/alpha158/bar-columns.ts"
import { adjustForSplits, checkBars } from "../../../../../src/trading/domain/signal/market/check-bars.ts"
import { syntheticMarket } from "../../../../../src/trading/domain/signal/market/synthetic-market.ts"

const bars = syntheticMarket({ seed: 3, symbols: 1, days: 60, to: "2026-11-30" })[0]?.bars as BarColumns
const found = (changed: BarColumns) =>
  checkBars(changed).map(({ date, kind, message }) => `${date} ${kind}: ${message}`)
const day = (at: number) => bars.dates[at] as string

describe("the check of bars", () => {
  it("finds nothing in whole bars", () => assert.deepStrictEqual(found(bars), []))

  it("names holes by New York's calendar", () => {
    const without = (from: number, to: number): BarColumns => {
      const keep = (_: unknown, at: number) => at < from || at >= to
      return {
        dates: bars.dates.filter(keep),
        open: bars.open.filter(keep),
        high: bars.high.filter(keep),
        low: bars.low.filter(keep),
        close: bars.close.filter(keep),
        volume: bars.volume.filter(keep),
        vwap: bars.vwap.filter(keep)
      }
    }
    assert.deepStrictEqual(found(without(20, 21)), [`${day(21)} hole: 1 trading days missing before it: ${day(20)}`])
    assert.deepStrictEqual(found(without(20, 23)), [
      `${day(23)} hole: 3 trading days missing before it: ${day(20)} to ${day(22)}`
    ])
    const holiday = { ...bars, dates: bars.dates.with(58, "2026-11-26") }
    assert.deepStrictEqual(found(holiday), [
      "2026-11-26 not-a-trading-day: New York's exchanges are shut on it",
      "2026-11-30 hole: 1 trading days missing before it: 2026-11-27"
    ])
  })

  it("names missing values, days without trade and impossible bars", () => {
    assert.deepStrictEqual(found({ ...bars, open: bars.open.with(5, Number.NaN) }), [
      `${day(5)} missing-value: no open`
    ])
    assert.deepStrictEqual(found({ ...bars, volume: bars.volume.with(5, 0) }), [
      `${day(5)} zero-volume: nothing was traded`
    ])
    assert.match(found({ ...bars, high: bars.high.with(5, 1) })[0] ?? "", new RegExp(`^${day(5)} impossible: open`))
    assert.match(found({ ...bars, vwap: bars.vwap.with(5, 1) })[0] ?? "", /impossible: the average price 1 is outside/)
  })

  it("names a split, and finds none after the adjustment", () => {
    const raw = (factor: number): BarColumns => ({
      ...bars,
      open: bars.open.map((value, at) => (at < 30 ? value * factor : value)),
      high: bars.high.map((value, at) => (at < 30 ? value * factor : value)),
      low: bars.low.map((value, at) => (at < 30 ? value * factor : value)),
      close: bars.close.map((value, at) => (at < 30 ? value * factor : value)),
      vwap: bars.vwap.map((value, at) => (at < 30 ? value * factor : value)),
      volume: bars.volume.map((value, at) => (at < 30 ? value / factor : value))
    })
    for (const [factor, ratio] of [
      [4, "4:1"],
      [10, "10:1"],
      [1 / 2, "1:2"]
    ] as const) {
      assert.match(found(raw(factor)).join(), new RegExp(`^${day(30)} split: .* looks like a split of ${ratio}`))
      const adjusted = adjustForSplits(raw(factor), [{ date: day(30), factor }])
      assert.deepStrictEqual(found(adjusted), [])
      assert.approximately(adjusted.close[0] as number, bars.close[0] as number, 1e-9)
      assert.approximately(adjusted.volume[0] as number, bars.volume[0] as number, 1e-6)
    }
    const twice = adjustForSplits(bars, [
      { date: day(10), factor: 2 },
      { date: day(20), factor: 3 }
    ])
    assert.deepStrictEqual(
      [5, 15, 25].map((at) => Math.round((bars.close[at] as number) / (twice.close[at] as number))),
      [6, 3, 1]
    )
  })
})
