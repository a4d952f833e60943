// S23: LightGBM takes NaN for 0 where training had none missing (lightgbm-org/LightGBM#6139). A value that is missing
// must skip the symbol with a reason: the order that a wrong score makes costs money.
import { assert, describe, it } from "@effect/vitest"
import type { BarColumns } from "../../../../../../src/trading/domain/signal/alpha158/bar-columns.ts"
import {
  scoreSymbol,
  scoreSymbols,
  skipCodes
} from "../../../../../../src/trading/domain/signal/bundle/score-symbols.ts"
import { syntheticMarket } from "../../../../../../src/trading/domain/signal/market/synthetic-market.ts"
import { predict } from "../../../../../../src/trading/domain/signal/model/model.ts"
import { exampleBundle } from "../../../../../support/trading/example-bundle.ts"

const bundle = exampleBundle()
const all = syntheticMarket({ seed: 77, symbols: 3, days: 80, to: "2026-11-30" })
const first = all[0]?.bars as BarColumns
const asOf = first.dates.at(-1) as string
const seen = new Set<string>()

/** The outcome for the first symbol with one value changed `back` bars before the newest. */
const outcome = (
  field: "open" | "close" | "volume" | "vwap" | "high",
  value: number,
  back = 0,
  day = asOf,
  use = bundle
) => {
  const column = first[field].slice()
  column[column.length - 1 - back] = value
  return said(scoreSymbol(use, { symbol: "A", bars: { ...first, [field]: column } }, day))
}
const said = (scored: ReturnType<typeof scoreSymbol>): string => {
  if ("prediction" in scored) return "predicted"
  seen.add(scored.skipped.code)
  return `${scored.skipped.code} ${scored.skipped.message}`
}

describe("S23: a symbol is predicted with whole data, or skipped with a reason", () => {
  it("is predicted as of a day, and later bars change nothing", () => {
    const { predictions, skipped } = scoreSymbols(bundle, all, asOf)
    assert.lengthOf(predictions, 3)
    assert.deepStrictEqual(skipped, [])
    const before = first.dates.at(-5) as string
    const cut = all.map(({ bars, symbol }) => ({
      symbol,
      bars: { ...bars, dates: bars.dates.slice(0, -4) }
    }))
    assert.deepStrictEqual(scoreSymbols(bundle, all, before), scoreSymbols(bundle, cut, before))
  })

  it("is skipped for NaN that training did not have, and never scored as 0", () => {
    assert.match(outcome("vwap", Number.NaN), /^NAN_OUTSIDE_POLICY VWAP0 missing, which never was in training/)
    assert.match(outcome("open", Number.NaN), /^NAN_OUTSIDE_POLICY KMID, KLEN, KMID2, KUP, KUP2 and 4 more missing/)
    assert.match(outcome("close", Number.NaN), /^NAN_OUTSIDE_POLICY/)
    assert.match(outcome("close", Number.NaN, 5), /^NAN_OUTSIDE_POLICY ROC5 missing/)
    // What would have happened: the model takes it without a word.
    const row = new Float64Array(158).fill(Number.NaN)
    assert.isTrue(Number.isFinite(predict(bundle.model, row)[0] as number))
  })

  it("is predicted with NaN that training had, up to the bound of the policy", () => {
    const policy = (most_share: number) => ({
      ...bundle,
      manifest: { ...bundle.manifest, nan_policy: { trained_missing: ["VWAP0"], most_share } }
    })
    assert.strictEqual(outcome("vwap", Number.NaN, 0, asOf, policy(0.1)), "predicted")
    assert.match(
      outcome("vwap", Number.NaN, 0, asOf, policy(0.001)),
      /^NAN_ABOVE_BOUND 1 features missing: a share of 0.006/
    )
  })

  it("is skipped for a division by 0", () => {
    assert.match(outcome("open", 0), /^FEATURE_INFINITE a division by 0 in KMID, KLEN, KUP, KLOW/)
  })

  it("is skipped for a bar without volume, old bars, a short history, no bars", () => {
    assert.match(outcome("volume", 0), /^VOLUME_ZERO/)
    assert.match(
      outcome("close", 100, 0, "2026-12-01"),
      /^BARS_STALE the newest bar is of 2026-11-30, not of 2026-12-01/
    )
    assert.match(outcome("close", 100, 0, first.dates[59]), /^HISTORY_SHORT 60 bars, 61 are needed/)
    assert.notMatch(outcome("close", 100, 0, first.dates[60]), /^HISTORY/)
    assert.match(outcome("close", 100, 0, "2020-01-01"), /^BARS_MISSING/)
  })

  it("is skipped when the prediction is far from what training gave", () => {
    const narrow = { ...bundle, manifest: { ...bundle.manifest, expected: { lowest: 0.2, highest: 0.3 } } }
    assert.match(said(scoreSymbol(narrow, all[0] as (typeof all)[number], asOf)), /^PREDICTION_OUT_OF_RANGE/)
  })

  it("has seen every reason", () => assert.deepStrictEqual([...seen].sort(), [...skipCodes].sort()))
})
