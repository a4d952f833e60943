import { Effect, Result, Schema } from "effect"
import { sha256Hex } from "../../../kernel/sha256.ts"
import { featureFingerprint } from "../../domain/signal/alpha158/fingerprint.ts"
import { alpha158Names } from "../../domain/signal/alpha158/names.ts"
import type { BundleManifest } from "../../domain/signal/bundle/bundle.ts"
import type { BundleTexts } from "../../domain/signal/bundle/check-bundle.ts"
import type { SymbolBars } from "../../domain/signal/bundle/score-symbols.ts"
import type { MarketKind } from "../../domain/signal/market/bars-set.ts"
import { parseModel, predict } from "../../domain/signal/model/model.ts"
import { evaluate, type Outcome } from "../../domain/signal/training/evaluate.ts"
import {
  type Fold,
  labelText,
  type TrainingRow,
  testOf,
  trainingRows,
  trainOf,
  walkForward
} from "../../domain/signal/training/training-rows.ts"
import { defaultSides } from "../../domain/signal/weights.ts"
import { ModelTrainer } from "../../ports/model-trainer.ts"

/** What a bundle is made of. */
export interface TrainingPlan {
  readonly symbols: ReadonlyArray<SymbolBars>
  readonly market: MarketKind
  readonly about: string
  readonly timeframe: string
  readonly adjustment: string
  /** Steps of the walk forward that judges; 0: none. */
  readonly folds: number
  /** Share of the days, the last ones, that judge. */
  readonly heldOutShare: number
  readonly parameters: Readonly<Record<string, string>>
  /** Called with each step, to show progress. */
  readonly say: (line: string) => Effect.Effect<void>
}

/** Parameters of the reference's model; what makes a training repeatable comes last and cannot be changed. */
export const trainingParameters = (
  changes: Readonly<Record<string, string>> = {}
): Readonly<Record<string, string>> => ({
  objective: "regression",
  num_iterations: "100",
  learning_rate: "0.05",
  num_leaves: "31",
  max_depth: "6",
  feature_fraction: "0.8",
  bagging_fraction: "0.8",
  bagging_freq: "5",
  min_data_in_leaf: "20",
  lambda_l1: "0.1",
  lambda_l2: "0.1",
  ...changes,
  seed: "42",
  deterministic: "true",
  force_row_wise: "true"
})

export class TrainingError extends Schema.TaggedError<TrainingError>()("TrainingError", {
  code: Schema.Literals(["TRAINING_ROWS_FEW", "MODEL_UNUSABLE"]),
  message: Schema.String
}) {}

const rowsLeast = 100
const goldenRows = 50
const missingMost = 0.1

/** Rounded, so that the file stays small: a golden row is any row. */
const roundedRow = (row: Float64Array): Float64Array =>
  row.map((value) => (Number.isNaN(value) ? value : Number(value.toPrecision(7))))

const evenly = <A>(all: ReadonlyArray<A>, count: number): ReadonlyArray<A> =>
  Array.from({ length: Math.min(count, all.length) }, (_, at) => all[Math.floor((at * all.length) / count)] as A)

const flat = (rows: ReadonlyArray<Float64Array>): Float64Array => {
  const values = new Float64Array(rows.length * alpha158Names.length)
  for (const [at, row] of rows.entries()) values.set(row, at * alpha158Names.length)
  return values
}

/** Trains on rows and gives the model's text with our evaluator of it. */
const learn = Effect.fnUntraced(function* (rows: ReadonlyArray<TrainingRow>, plan: TrainingPlan) {
  const trainer = yield* ModelTrainer
  if (rows.length < rowsLeast) {
    return yield* new TrainingError({
      code: "TRAINING_ROWS_FEW",
      message: `${rows.length} rows with a whole history and a label, at least ${rowsLeast} are needed: give more symbols or days`
    })
  }
  const features = rows.map((row) => row.features)
  const text = yield* trainer.train(
    { names: alpha158Names, features, labels: rows.map(({ label }) => label) },
    plan.parameters
  )
  const parsed = parseModel(text)
  if (Result.isFailure(parsed)) {
    const { line, message, name } = parsed.failure
    return yield* new TrainingError({ code: "MODEL_UNUSABLE", message: `line ${line}, ${name}: ${message}` })
  }
  const model = parsed.success
  return { text, model, predict: (some: ReadonlyArray<Float64Array>) => predict(model, flat(some)) }
})

/** Predictions of the days that a fold judges, by a model that knows nothing of them. */
const judge = Effect.fnUntraced(function* (rows: ReadonlyArray<TrainingRow>, fold: Fold, plan: TrainingPlan) {
  const known = trainOf(rows, fold)
  yield* plan.say(`${fold.test.from} to ${fold.test.to}: judged by ${known.length} rows before`)
  const { predict: raw } = yield* learn(known, plan)
  const judged = testOf(rows, fold)
  const values = raw(judged.map(({ features }) => features))
  return judged.map(({ date, label, symbol }, at): Outcome => ({ date, symbol, label, raw: values[at] as number }))
})

/**
 * Trains a bundle: a walk forward that judges, then the model of all rows. Same bars and parameters give the same
 * bytes; no clock is read. The golden rows are predicted by LightGBM and by this program, which must agree to the last
 * bit.
 */
export const trainBundle = Effect.fnUntraced(function* (plan: TrainingPlan) {
  const trainer = yield* ModelTrainer
  const rows = trainingRows(plan.symbols)
  const dates = rows.map(({ date }) => date).sort()
  const folds = plan.folds === 0 ? [] : walkForward(dates, plan.folds, plan.heldOutShare)
  const outcomes = (yield* Effect.forEach(folds, (fold) => judge(rows, fold, plan))).flat()
  yield* plan.say(`${rows.length} rows of ${plan.symbols.length} symbols: training the model`)
  const learnt = yield* learn(rows, plan)
  const values = learnt.predict(rows.map(({ features }) => features))
  const chosen = evenly(rows, goldenRows).map(({ features }) => roundedRow(features))
  const ours = learnt.predict(chosen)
  const theirs = yield* trainer.predict(learnt.text, chosen)
  const differing = ours.findIndex((value, at) => value !== theirs[at])
  if (differing >= 0) {
    return yield* new TrainingError({
      code: "MODEL_UNUSABLE",
      message: `LightGBM predicts ${theirs[differing]} where this program predicts ${ours[differing]}: report it with the model`
    })
  }
  const golden = `${JSON.stringify({
    rows: chosen.map((row) => Array.from(row, (value) => (Number.isNaN(value) ? null : value))),
    predictions: [...ours]
  })}\n`
  const modelHash = sha256Hex(learnt.text)
  const [from, to] = [dates[0] as string, dates.at(-1) as string]
  const manifest: BundleManifest = {
    format: 1,
    version: `alpha158-${to.replaceAll("-", "")}-${modelHash.slice(0, 8)}`,
    market: plan.market,
    about: plan.about,
    features: { set: "alpha158", fingerprint: featureFingerprint(), names: alpha158Names },
    model: { sha256: modelHash, trees: learnt.model.trees.length },
    golden: { sha256: sha256Hex(golden), rows: chosen.length },
    training: {
      from,
      to,
      symbols: plan.symbols.length,
      rows: rows.length,
      timeframe: plan.timeframe,
      adjustment: plan.adjustment
    },
    label: labelText,
    normalisation: { kind: "none" },
    nan_policy: {
      trained_missing: alpha158Names.filter((_, at) => rows.some(({ features }) => Number.isNaN(features[at]))),
      most_share: missingMost
    },
    expected: {
      lowest: values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
      highest: values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
    },
    parameters: plan.parameters,
    held_out: outcomes.length === 0 ? null : evaluate(outcomes, defaultSides)
  }
  const texts: BundleTexts = { manifest: `${JSON.stringify(manifest, null, 1)}\n`, model: learnt.text, golden }
  return { manifest, texts }
})
