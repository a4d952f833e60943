// A model that is served features other than its own predicts without a word of complaint. So a bundle is used as it
// was written, with the features that it was trained with, or not at all.
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { featureFingerprint } from "../../../../../../src/trading/domain/signal/alpha158/fingerprint.ts"
import { type BundleTexts, checkBundle } from "../../../../../../src/trading/domain/signal/bundle/check-bundle.ts"
import { predictRow } from "../../../../../../src/trading/domain/signal/bundle/predict-row.ts"
import { shadowOf } from "../../../../../../src/trading/domain/signal/bundle/shadow.ts"
import { changedTexts, exampleBundle, exampleTexts } from "../../../../../support/trading/example-bundle.ts"

const refusal = (texts: BundleTexts): string => {
  const checked = checkBundle(texts)
  return Result.isSuccess(checked) ? "used" : `${checked.failure.code} ${checked.failure.message}`
}
const nothing = () => undefined

describe("the bundle that ships", () => {
  it("is used, and says that its prices are generated", () => {
    const { golden, manifest } = exampleBundle()
    assert.strictEqual(manifest.market, "synthetic")
    assert.match(manifest.about, /generated prices/)
    assert.strictEqual(manifest.features.fingerprint, featureFingerprint())
    assert.lengthOf(golden.rows, 50)
    assert.isAbove(manifest.held_out?.ic ?? 0, 0.05)
  })
})

describe("a bundle is refused", () => {
  it("when a file was changed after it was made", () => {
    const texts = exampleTexts()
    assert.match(refusal({ ...texts, model: `${texts.model} ` }), /^BUNDLE_HASH model.txt has the hash/)
    assert.match(refusal({ ...texts, golden: `${texts.golden} ` }), /^BUNDLE_HASH golden.json has the hash/)
    assert.match(refusal({ ...texts, manifest: "{" }), /^BUNDLE_INVALID bundle.json/)
    assert.strictEqual(refusal(changedTexts(nothing)), "used")
  })

  it("when it was trained with other features", () => {
    assert.match(
      refusal(changedTexts((manifest) => void (manifest.features.fingerprint = "0".repeat(64)))),
      /^BUNDLE_FINGERPRINT the model was trained with the features 000000000000, this program computes/
    )
    assert.match(refusal(changedTexts((manifest) => void manifest.features.names.pop())), /^BUNDLE_FEATURES/)
    const model = exampleTexts().model.replace(/(?<=^feature_names=)KMID KLEN/m, "KLEN KMID")
    assert.match(
      refusal(changedTexts(nothing, { model })),
      /^BUNDLE_FEATURES model.txt has KLEN where bundle.json has KMID/
    )
  })

  it("when a golden row is predicted otherwise", () => {
    const golden = exampleTexts().golden.replace(
      /(?<="predictions":\[-?0\.\d+)\d/,
      (digit) => `${(Number(digit) + 1) % 10}`
    )
    assert.match(refusal(changedTexts(nothing, { golden })), /^BUNDLE_GOLDEN row 0 of golden.json gives/)
  })

  it("when its normalisation is another one than that of the golden rows", () => {
    const zScore = (mean: ReadonlyArray<number>) =>
      changedTexts((manifest) => {
        manifest.normalisation = { kind: "z-score", mean: [...mean], deviation: mean.map(() => 2) }
      })
    assert.match(refusal(zScore([1])), /^BUNDLE_INVALID .*normalisation/)
    assert.match(refusal(zScore(Array.from({ length: 158 }, () => 0))), /^BUNDLE_GOLDEN/)
  })

  it("when its model is damaged or has several outputs", () => {
    const model = exampleTexts().model.replace("end of trees", "")
    assert.match(refusal(changedTexts(nothing, { model })), /^BUNDLE_MODEL model.txt, line \d+/)
  })

  it("when its rows do not fit", () => {
    assert.match(
      refusal(changedTexts((manifest) => void (manifest.golden.rows = 49))),
      /^BUNDLE_INVALID golden.json has 50/
    )
    const golden = JSON.stringify({ rows: [[1]], predictions: [1] })
    const texts = changedTexts((manifest) => void (manifest.golden.rows = 1), { golden })
    assert.match(refusal(texts), /^BUNDLE_INVALID golden.json: row 0 has 1 values/)
  })
})

describe("normalisation", () => {
  it("takes the statistics of the training, and a deviation of 0 for 1", () => {
    const { manifest, model } = exampleBundle()
    const names = manifest.features.names
    const plain = Float64Array.from(names, (_, at) => at / 10)
    const moved = plain.map((value, at) => (at % 2 === 0 ? value * 4 + 3 : value + 3))
    const normalisation = {
      kind: "z-score" as const,
      mean: names.map(() => 3),
      deviation: names.map((_, at) => (at % 2 === 0 ? 4 : 0))
    }
    const same = predictRow({ manifest: { ...manifest, normalisation }, model }, moved)
    assert.approximately(same, predictRow({ manifest, model }, plain), 1e-12)
    assert.notStrictEqual(predictRow({ manifest, model }, moved), predictRow({ manifest, model }, plain))
  })
})

describe("shadow validation", () => {
  const example = exampleBundle()
  const reversed = {
    ...example,
    model: {
      ...example.model,
      trees: example.model.trees.map((tree) => ({ ...tree, leaves: tree.leaves.map((value) => -value) }))
    }
  }

  it("passes a first model, and one that agrees, on 100 samples", () => {
    assert.deepInclude(shadowOf(example, undefined), { samples: 50, correlation: null, passed: true })
    const report = shadowOf(example, example)
    assert.deepInclude(report, { samples: 100, mean_difference: 0, passed: true })
    assert.approximately(report.correlation ?? 0, 1, 1e-12)
  })

  it("refuses a model that orders the rows the other way round", () => {
    const report = shadowOf(reversed, example)
    assert.isFalse(report.passed)
    assert.match(report.reason, /^the correlation with the active model is -/)
  })

  it("refuses a model that is far from its own range", () => {
    const narrow = { ...example, manifest: { ...example.manifest, expected: { lowest: 0.5, highest: 0.6 } } }
    assert.match(shadowOf(narrow, undefined).reason, /^50 of 50 predictions are far from 0.5 to 0.6/)
  })
})
