// A bundle must hold what serving checks: the same bars give the same bytes, and the trainer's own predictions are
// those of this program. LightGBM is not on every machine: the trainer here gives the model that it made
// as the example.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Result } from "effect"
import {
  type TrainingPlan,
  trainBundle,
  trainingParameters
} from "../../../../../src/trading/application/signals/train-bundle.ts"
import { checkBundle } from "../../../../../src/trading/domain/signal/bundle/check-bundle.ts"
import { predictRow } from "../../../../../src/trading/domain/signal/bundle/predict-row.ts"
import { syntheticMarket } from "../../../../../src/trading/domain/signal/market/synthetic-market.ts"
import { ModelTrainer, type TrainingTable } from "../../../../../src/trading/ports/model-trainer.ts"
import { exampleBundle, exampleTexts } from "../../../../support/trading/example-bundle.ts"

const plan: TrainingPlan = {
  symbols: syntheticMarket({ seed: 4, symbols: 10, days: 120, to: "2026-11-30" }),
  market: "synthetic",
  about: "a test",
  timeframe: "1Day",
  adjustment: "all",
  folds: 2,
  heldOutShare: 0.3,
  parameters: trainingParameters({ num_iterations: "7", seed: "1" }),
  say: () => Effect.void
}

/** `error` is added to the trainer's own predictions. */
const train = (tables: Array<TrainingTable>, error = 0, changed: Partial<TrainingPlan> = {}) => {
  const example = exampleBundle()
  const trainer = Layer.succeed(
    ModelTrainer,
    ModelTrainer.of({
      train: (table) => Effect.sync(() => (tables.push(table), exampleTexts().model)),
      predict: (_, rows) => Effect.succeed(Float64Array.from(rows, (row) => predictRow(example, row) + error))
    })
  )
  return Effect.provide(trainBundle({ ...plan, ...changed }), trainer)
}

describe("training", () => {
  it.effect("gives a bundle that is used, the same bytes each time, judged by earlier rows", () =>
    Effect.gen(function* () {
      const tables: Array<TrainingTable> = []
      const { manifest, texts } = yield* train(tables)
      assert.isTrue(Result.isSuccess(checkBundle(texts)))
      assert.deepStrictEqual((yield* train([])).texts, texts)
      assert.strictEqual(manifest.training.rows, 10 * (120 - 62))
      assert.deepInclude(manifest.parameters, { num_iterations: "7", seed: "42", deterministic: "true" })
      assert.match(manifest.version, /^alpha158-20261125-[0-9a-f]{8}$/)
      // Two steps that judge, each by more rows than the one before, and then all rows.
      const sizes = tables.map(({ labels }) => labels.length)
      assert.lengthOf(sizes, 3)
      assert.isTrue((sizes[0] ?? 0) < (sizes[1] ?? 0) && (sizes[1] ?? 0) < (sizes[2] ?? 0))
      assert.strictEqual(sizes[2], manifest.training.rows)
      assert.strictEqual(manifest.held_out?.rows, 10 * (58 - 40))
      assert.isBelow(manifest.expected.lowest, manifest.expected.highest)
    })
  )

  it.effect("names features that were missing, so that they may be missing later", () =>
    Effect.gen(function* () {
      const [first, ...others] = plan.symbols
      const bars = first?.bars as (typeof plan.symbols)[number]["bars"]
      const symbols = [{ symbol: "A", bars: { ...bars, vwap: bars.vwap.with(90, Number.NaN) } }, ...others]
      const { manifest } = yield* train([], 0, { symbols, folds: 0 })
      assert.deepStrictEqual(manifest.nan_policy.trained_missing, ["VWAP0"])
      assert.isNull(manifest.held_out)
    })
  )

  it.effect("writes no bundle when LightGBM predicts otherwise, or with too few rows", () =>
    Effect.gen(function* () {
      const differing = yield* Effect.flip(train([], Number.EPSILON))
      assert.deepInclude(differing, { code: "MODEL_UNUSABLE" })
      assert.match(differing.message, /^LightGBM predicts .* where this program predicts/)
      const few = yield* Effect.flip(train([], 0, { symbols: plan.symbols.slice(0, 1) }))
      assert.deepInclude(few, { code: "TRAINING_ROWS_FEW" })
    })
  )
})
