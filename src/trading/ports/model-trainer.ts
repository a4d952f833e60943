import { Context, type Effect, Schema } from "effect"

/** Training did not give a model. `code` is stable. */
export class TrainerError extends Schema.TaggedError<TrainerError>()("TrainerError", {
  code: Schema.Literals(["LIGHTGBM_MISSING", "LIGHTGBM_FAILED"]),
  message: Schema.String
}) {}

/** Rows to learn from, and the names of their features. */
export interface TrainingTable {
  readonly names: ReadonlyArray<string>
  readonly features: ReadonlyArray<Float64Array>
  readonly labels: ReadonlyArray<number>
}

/** Makes models. Every adapter promises: the same table and parameters give the same text. */
export class ModelTrainer extends Context.Service<
  ModelTrainer,
  {
    /** The model in LightGBM's text format. */
    readonly train: (
      table: TrainingTable,
      parameters: Readonly<Record<string, string>>
    ) => Effect.Effect<string, TrainerError>
    /** Predictions by the trainer's own evaluator: the judge of ours. */
    readonly predict: (
      model: string,
      features: ReadonlyArray<Float64Array>
    ) => Effect.Effect<Float64Array, TrainerError>
  }
>()("tickd/trading/ModelTrainer") {}
