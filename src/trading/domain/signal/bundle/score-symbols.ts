import { alpha158 } from "../alpha158/alpha158.ts"
import { type BarColumns, sliceBars } from "../alpha158/bar-columns.ts"
import { historyBars } from "../alpha158/names.ts"
import type { Prediction } from "../weights.ts"
import type { Bundle } from "./bundle.ts"
import { predictRow } from "./predict-row.ts"

export interface SymbolBars {
  readonly symbol: string
  readonly bars: BarColumns
}

/** Why a symbol has no prediction. Stable: clients and alerts read them. */
export const skipCodes = [
  "BARS_MISSING",
  "BARS_STALE",
  "HISTORY_SHORT",
  "VOLUME_ZERO",
  "FEATURE_INFINITE",
  "NAN_OUTSIDE_POLICY",
  "NAN_ABOVE_BOUND",
  "PREDICTION_OUT_OF_RANGE"
] as const
export type SkipCode = (typeof skipCodes)[number]

/** `message`: one sentence that names the value and the bound. */
export interface Skipped {
  readonly symbol: string
  readonly code: SkipCode
  readonly message: string
}

export type Scored = { readonly prediction: Prediction } | { readonly skipped: Skipped }

const listed = (names: ReadonlyArray<string>): string =>
  names.length <= 5 ? names.join(", ") : `${names.slice(0, 5).join(", ")} and ${names.length - 5} more`

/**
 * Predicts one symbol as of a day, or gives the reason why not: nothing is filled in. The policy is checked before the
 * model, since a model that saw no NaN in training takes it for 0 without a word (LightGBM #6139).
 */
export const scoreSymbol = (bundle: Bundle, { bars, symbol }: SymbolBars, asOf: string): Scored => {
  const skip = (code: SkipCode, message: string): Scored => ({ skipped: { symbol, code, message } })
  const { expected, features, nan_policy: policy } = bundle.manifest
  let at = bars.dates.length - 1
  // Later bars are not known as of that day.
  while (at >= 0 && (bars.dates[at] as string) > asOf) at--
  if (at < 0) return skip("BARS_MISSING", `there is no bar up to ${asOf}`)
  if (bars.dates[at] !== asOf) return skip("BARS_STALE", `the newest bar is of ${bars.dates[at]}, not of ${asOf}`)
  if (at < historyBars) return skip("HISTORY_SHORT", `${at + 1} bars, ${historyBars + 1} are needed`)
  if (bars.volume[at] === 0) return skip("VOLUME_ZERO", `the bar of ${asOf} has no volume`)
  const row = alpha158(sliceBars(bars, at - historyBars, at + 1), historyBars)
  const named = (is: (value: number) => boolean) => features.names.filter((_, index) => is(row[index] as number))
  const infinite = named((value) => Math.abs(value) === Number.POSITIVE_INFINITY)
  if (infinite.length > 0) return skip("FEATURE_INFINITE", `a division by 0 in ${listed(infinite)}`)
  const missing = named(Number.isNaN)
  const untrained = missing.filter((name) => !policy.trained_missing.includes(name))
  if (untrained.length > 0) {
    return skip("NAN_OUTSIDE_POLICY", `${listed(untrained)} missing, which never was in training`)
  }
  const share = missing.length / features.names.length
  if (share > policy.most_share) {
    return skip(
      "NAN_ABOVE_BOUND",
      `${missing.length} features missing: a share of ${share.toFixed(3)}, at most ${policy.most_share}`
    )
  }
  const raw = predictRow(bundle, row)
  const width = expected.highest - expected.lowest
  if (!(raw >= expected.lowest - width && raw <= expected.highest + width)) {
    return skip("PREDICTION_OUT_OF_RANGE", `${raw} is far from ${expected.lowest} to ${expected.highest}`)
  }
  return { prediction: { symbol, raw } }
}

/** Predictions and skipped symbols of one day, in the order given. */
export const scoreSymbols = (bundle: Bundle, all: ReadonlyArray<SymbolBars>, asOf: string) => {
  const scored = all.map((one) => scoreSymbol(bundle, one, asOf))
  return {
    predictions: scored.flatMap((one) => ("prediction" in one ? [one.prediction] : [])),
    skipped: scored.flatMap((one) => ("skipped" in one ? [one.skipped] : []))
  }
}
