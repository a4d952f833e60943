import { spawn } from "node:child_process"
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { Effect, Layer } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import { boundToThisProcess } from "../../../platform/process/bound-child.ts"
import { ModelTrainer, TrainerError } from "../../ports/model-trainer.ts"

/** Where the command-line program of LightGBM may be. */
export interface LightGbmPlaces {
  /** Named by the operator; nothing else is tried then. */
  readonly named: string | undefined
  /** The variable PATH. */
  readonly path: string
  /** What `deploy/dev/lightgbm.sh` builds. */
  readonly built: string
}

const canRun = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The program, or undefined. */
export const findLightGbm = ({ built, named, path }: LightGbmPlaces): string | undefined => {
  const places = path.split(delimiter).filter((folder) => folder !== "")
  const candidates = named === undefined ? [...places.map((folder) => join(folder, "lightgbm")), built] : [named]
  return candidates.find(canRun)
}

const failed = (message: string) => new TrainerError({ code: "LIGHTGBM_FAILED", message })

/** Runs the program in a folder; its last lines explain a failure. */
const run = (program: string, folder: string, parameters: ReadonlyArray<string>): Effect.Effect<void, TrainerError> =>
  Effect.callback<void, TrainerError>((resume) => {
    const bound = boundToThisProcess("SIGKILL", program, [
      ...parameters,
      "verbosity=0",
      "num_threads=1",
      "precise_float_parser=true"
    ])
    const child = spawn(bound.program, bound.args, {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: { OMP_NUM_THREADS: "1" }
    })
    let said = ""
    const keep = (chunk: Buffer) => {
      said = (said + chunk.toString("utf8")).slice(-4000)
    }
    child.stdout.on("data", keep)
    child.stderr.on("data", keep)
    child.on("error", (cause) => resume(Effect.fail(failed(`${program} cannot be started: ${errorText(cause)}`))))
    child.on("close", (code, signal) => {
      if (code === 0) return resume(Effect.void)
      const last = said.trim().split("\n").slice(-3).join(" | ")
      return resume(Effect.fail(failed(`${program} ended with ${code ?? signal}: ${last}`)))
    })
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

const cell = (value: number): string => (Number.isNaN(value) ? "nan" : String(value))

/** A folder that is gone afterwards, whatever happened. */
const inFolder = <A>(body: (folder: string) => Effect.Effect<A, TrainerError>) =>
  Effect.acquireUseRelease(
    Effect.try({
      try: () => mkdtempSync(join(tmpdir(), "tickd-model-")),
      catch: (cause) => failed(`no folder for the training: ${errorText(cause)}`)
    }),
    body,
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )

const written = (path: string, text: string) =>
  Effect.try({ try: () => writeFileSync(path, text), catch: (cause) => failed(`${path}: ${errorText(cause)}`) })
const readBack = (path: string) =>
  Effect.try({ try: () => readFileSync(path, "utf8"), catch: (cause) => failed(`${path}: ${errorText(cause)}`) })

/** LightGBM as a program: tables as text with every digit, one thread, fixed seeds. */
export const layer = (places: LightGbmPlaces): Layer.Layer<ModelTrainer, TrainerError> =>
  Layer.effect(
    ModelTrainer,
    Effect.gen(function* () {
      const program = findLightGbm(places)
      if (program === undefined) {
        return yield* new TrainerError({
          code: "LIGHTGBM_MISSING",
          message: `${places.named ?? "The program lightgbm"} is not here: 'bash deploy/dev/lightgbm.sh' builds it in about 2.5 minutes, or name it with --lightgbm`
        })
      }
      return ModelTrainer.of({
        train: ({ features, labels, names }, parameters) =>
          inFolder((folder) =>
            Effect.gen(function* () {
              const rows = features.map(
                (row, at) => `${cell(labels[at] as number)}\t${Array.from(row, cell).join("\t")}`
              )
              yield* written(join(folder, "train.tsv"), `label\t${names.join("\t")}\n${rows.join("\n")}\n`)
              yield* run(program, folder, [
                "task=train",
                "data=train.tsv",
                "header=true",
                "label_column=name:label",
                "output_model=model.txt",
                ...Object.entries(parameters).map(([name, value]) => `${name}=${value}`)
              ])
              return yield* readBack(join(folder, "model.txt"))
            })
          ),
        predict: (model, features) =>
          inFolder((folder) =>
            Effect.gen(function* () {
              yield* written(join(folder, "model.txt"), model)
              const rows = features.map((row) => Array.from(row, cell).join("\t"))
              yield* written(join(folder, "rows.tsv"), `${rows.join("\n")}\n`)
              yield* run(program, folder, [
                "task=predict",
                "data=rows.tsv",
                "input_model=model.txt",
                "output_result=predictions.txt"
              ])
              const text = yield* readBack(join(folder, "predictions.txt"))
              return Float64Array.from(text.trim().split("\n"), Number)
            })
          )
      })
    })
  )
