import { Effect, Result } from "effect"
import { Command, Flag } from "effect/cli"
import { present } from "../../cli/invocation.ts"
import { jsonFlag } from "../../cli/terminal/flags.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import { parseRowsText } from "../../trading/adapters/models/rows-text.ts"
import { parseModel, predict } from "../../trading/domain/signal/model/model.ts"
import { readInput, readOrPlace } from "./input-file.ts"
import { activate, list, rollback, show, verify } from "./model-registry.ts"
import { train } from "./model-train.ts"
import { type ShownNumber, shownNumber } from "./shown-number.ts"

interface Predictions {
  /** One number a row, or one list a row for a model of several classes. */
  readonly predictions: ReadonlyArray<ShownNumber | ReadonlyArray<ShownNumber>>
}

/** A model file, or a sentence with the line that is wrong. */
const readModel = Effect.fnUntraced(function* (path: string) {
  const parsed = parseModel(yield* readInput(path))
  if (Result.isSuccess(parsed)) return parsed.success
  const { kind, line, message, name } = parsed.failure
  return yield* new UserError({
    code: kind === "damaged" ? "MODEL_DAMAGED" : "MODEL_UNSUPPORTED",
    exitCode: exitCodes.badInput,
    message: `${path}, line ${line}, ${name}: ${message}`
  })
})

const render = ({ predictions }: Predictions): string =>
  predictions.map((one) => (typeof one === "object" && one !== null ? one.join("\t") : String(one))).join("\n")

const predictVerb = Command.make(
  "predict",
  {
    file: Flag.String("file").pipe(Flag.withDescription("Model of LightGBM, its text format v3 or v4")),
    rows: Flag.String("rows").pipe(
      Flag.withDescription("Features separated by tabs, one row a line, without label and header; nan is missing")
    ),
    json: jsonFlag
  },
  ({ file, json, rows: rowsPath }) =>
    Effect.gen(function* () {
      const model = yield* readModel(file)
      const text = yield* readInput(rowsPath)
      const rows = yield* readOrPlace(rowsPath, "ROWS_INVALID", parseRowsText(text, model.featureNames.length))
      const values = Array.from(predict(model, rows), shownNumber)
      const { outputs } = model.objective
      const predictions =
        outputs === 1
          ? values
          : Array.from({ length: values.length / outputs }, (_, row) =>
              values.slice(row * outputs, (row + 1) * outputs)
            )
      yield* present<Predictions>(json, { predictions }, render)
    })
).pipe(Command.withDescription("Predict rows with a model file, in full precision"))

/** `tickd model predict|train|list|show|verify|activate|rollback`. */
export const command = Command.make("model").pipe(
  Command.withDescription("Models of LightGBM"),
  Command.withSubcommands([predictVerb, train, list, show, verify, activate, rollback])
)
