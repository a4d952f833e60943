import { Schema } from "effect"
import type { Model } from "../model/model.ts"

const Text = Schema.String
const Names = Schema.Array(Schema.String)
const Finite = Schema.Number.check(Schema.isFinite())
const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Day = Schema.String.check(Schema.isPattern(/^\d{4}-\d{2}-\d{2}$/))

/** How the model did on days that it did not see, see `evaluate.ts`. */
export const HeldOut = Schema.Struct({
  from: Day,
  to: Day,
  days: Count,
  rows: Count,
  /** Mean over the days of the correlation of predictions and labels, and of their ranks. */
  ic: Finite,
  rank_ic: Finite,
  /** Mean of the daily ICs over their deviation. */
  ic_ratio: Finite,
  /** Share of the capital of one side that is traded on a day. */
  turnover: Finite,
  /** Mean label of the tenths of the symbols, the worst first. */
  decile_returns: Schema.Array(Finite)
})
export type HeldOut = typeof HeldOut.Type

/**
 * `bundle.json`: what a model is, and what may be given to it.
 * Identity: `version`, the name of the folder. Hashes are SHA-256 of the file's bytes, in hexadecimal.
 */
export const BundleManifest = Schema.Struct({
  format: Schema.Literal(1),
  version: Text,
  /** `synthetic`: made of generated prices, and refused where real money trades. */
  market: Schema.Literals(["real", "synthetic"]),
  about: Text,
  features: Schema.Struct({ set: Schema.Literal("alpha158"), fingerprint: Text, names: Names }),
  model: Schema.Struct({ sha256: Text, trees: Count }),
  golden: Schema.Struct({ sha256: Text, rows: Count }),
  training: Schema.Struct({ from: Day, to: Day, symbols: Count, rows: Count, timeframe: Text, adjustment: Text }),
  label: Text,
  /** Statistics of the training rows, applied before the model. Trees need none. */
  normalisation: Schema.Union([
    Schema.Struct({ kind: Schema.Literal("none") }),
    Schema.Struct({ kind: Schema.Literal("z-score"), mean: Schema.Array(Finite), deviation: Schema.Array(Finite) })
  ]),
  nan_policy: Schema.Struct({
    /** Features that were missing in some row of the training; NaN in any other one skips the symbol. */
    trained_missing: Names,
    /** Largest share of missing features of a row. */
    most_share: Finite
  }),
  /** Predictions of the training rows. One that is further out than the width of this range is not published. */
  expected: Schema.Struct({ lowest: Finite, highest: Finite }),
  parameters: Schema.Record(Schema.String, Schema.String),
  held_out: Schema.NullOr(HeldOut)
})
export type BundleManifest = typeof BundleManifest.Type

/** `golden.json`: rows and what the model gave for them when it was made; null is missing. */
export const BundleGolden = Schema.Struct({
  rows: Schema.Array(Schema.Array(Schema.NullOr(Schema.Number))),
  predictions: Schema.Array(Schema.Number)
})
export type BundleGolden = typeof BundleGolden.Type

/** A bundle that was checked: its model gives its golden predictions with the features of this program. */
export interface Bundle {
  readonly manifest: BundleManifest
  readonly model: Model
  readonly golden: BundleGolden
}

/** Why a bundle is not used. Stable: operators and tests read them. */
export const bundleCodes = [
  "BUNDLE_FILE_MISSING",
  "BUNDLE_INVALID",
  "BUNDLE_HASH",
  "BUNDLE_MODEL",
  "BUNDLE_FEATURES",
  "BUNDLE_FINGERPRINT",
  "BUNDLE_GOLDEN"
] as const
export type BundleCode = (typeof bundleCodes)[number]

export class BundleError extends Schema.TaggedError<BundleError>()("BundleError", {
  code: Schema.Literals(bundleCodes),
  message: Schema.String
}) {}
