import { Result, Schema } from "effect"
import { sha256Hex } from "../../../../kernel/sha256.ts"
import { featureFingerprint } from "../alpha158/fingerprint.ts"
import { alpha158Names } from "../alpha158/names.ts"
import { parseModel } from "../model/model.ts"
import { type Bundle, type BundleCode, BundleError, BundleGolden, BundleManifest } from "./bundle.ts"
import { predictRow } from "./predict-row.ts"

/** The texts of the three files. */
export interface BundleTexts {
  readonly manifest: string
  readonly model: string
  readonly golden: string
}

const decodeManifest = Schema.decodeUnknownResult(Schema.fromJsonString(BundleManifest))
const decodeGolden = Schema.decodeUnknownResult(Schema.fromJsonString(BundleGolden))

const fail = (code: BundleCode, message: string) => Result.fail(new BundleError({ code, message }))

const sameNames = (left: ReadonlyArray<string>, right: ReadonlyArray<string>): number =>
  right.findIndex((name, at) => left[at] !== name)

/**
 * Checks a bundle in full: files as they were written, features of this program, and each golden row predicted as when
 * it was made. One difference refuses the bundle: a model that is served features other than its own is silently wrong.
 */
export const checkBundle = (texts: BundleTexts): Result.Result<Bundle, BundleError> => {
  const decoded = decodeManifest(texts.manifest)
  if (Result.isFailure(decoded)) return fail("BUNDLE_INVALID", `bundle.json: ${decoded.failure.message}`)
  const manifest = decoded.success
  for (const [file, text, sum] of [
    ["model.txt", texts.model, manifest.model.sha256],
    ["golden.json", texts.golden, manifest.golden.sha256]
  ] as const) {
    const found = sha256Hex(text)
    if (found !== sum) return fail("BUNDLE_HASH", `${file} has the hash ${found}, bundle.json says ${sum}`)
  }
  const { fingerprint, names } = manifest.features
  if (names.length !== alpha158Names.length || sameNames(alpha158Names, names) >= 0) {
    return fail("BUNDLE_FEATURES", `bundle.json has other features than Alpha158: ${names.length} names`)
  }
  if (fingerprint !== featureFingerprint()) {
    return fail(
      "BUNDLE_FINGERPRINT",
      `the model was trained with the features ${fingerprint.slice(0, 12)}, this program computes ${featureFingerprint().slice(0, 12)}: train it again`
    )
  }
  const parsed = parseModel(texts.model)
  if (Result.isFailure(parsed)) {
    const { line, message, name } = parsed.failure
    return fail("BUNDLE_MODEL", `model.txt, line ${line}, ${name}: ${message}`)
  }
  const model = parsed.success
  if (model.objective.outputs !== 1) return fail("BUNDLE_MODEL", "model.txt has several classes, one output is served")
  const other = sameNames(model.featureNames, names)
  if (other >= 0 || model.featureNames.length !== names.length) {
    return fail("BUNDLE_FEATURES", `model.txt has ${model.featureNames[other]} where bundle.json has ${names[other]}`)
  }
  const { normalisation } = manifest
  if (
    normalisation.kind === "z-score" &&
    (normalisation.mean.length !== names.length || normalisation.deviation.length !== names.length)
  ) {
    return fail("BUNDLE_INVALID", "bundle.json: normalisation has not one mean and one deviation for each feature")
  }
  const read = decodeGolden(texts.golden)
  if (Result.isFailure(read)) return fail("BUNDLE_INVALID", `golden.json: ${read.failure.message}`)
  const golden = read.success
  if (golden.rows.length !== golden.predictions.length || golden.rows.length !== manifest.golden.rows) {
    return fail("BUNDLE_INVALID", `golden.json has ${golden.rows.length} rows, ${manifest.golden.rows} are expected`)
  }
  for (const [at, row] of golden.rows.entries()) {
    if (row.length !== names.length) return fail("BUNDLE_INVALID", `golden.json: row ${at} has ${row.length} values`)
    const value = predictRow({ manifest, model }, goldenRow(row))
    if (value !== golden.predictions[at]) {
      return fail("BUNDLE_GOLDEN", `row ${at} of golden.json gives ${value} and not ${golden.predictions[at]}`)
    }
  }
  return Result.succeed({ manifest, model, golden })
}

/** Values of a golden row: null is NaN. */
export const goldenRow = (row: ReadonlyArray<number | null>): Float64Array =>
  Float64Array.from(row, (value) => value ?? Number.NaN)
