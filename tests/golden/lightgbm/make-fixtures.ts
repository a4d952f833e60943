// Models that LightGBM itself trains, rows, and its own predictions of them. Run it only to make them again:
//   node tests/golden/lightgbm/make-fixtures.ts "$(bash deploy/dev/lightgbm.sh)"
// The result is committed: no check needs LightGBM.
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { sha256Hex } from "../../../src/kernel/sha256.ts"
import { fractionsOf } from "../../support/seeded-random.ts"

const program = process.argv[2] ?? ""
const features = 8
const trainingRows = 400
const rowCount = 50

/** One model to train. `label` sees the row; `missing` is the share of cells without a value. */
interface Plan {
  readonly parameters: ReadonlyArray<string>
  readonly label: (row: ReadonlyArray<number>, chance: number) => number
  /** While training. Predicted rows always have missing values. */
  readonly missing: number
}

const smooth = (row: ReadonlyArray<number>, chance: number): number =>
  (row[2] ?? 0) * 2 - Math.abs(row[3] ?? 0) + ((row[0] ?? 0) % 3) + (chance - 0.5)
const known = (value: number) => (Number.isNaN(value) ? 0.3 : value)
const steady: Plan["label"] = (row, chance) => smooth(row.map(known), chance)
const yes: Plan["label"] = (row, chance) => (steady(row, chance) > 0.6 ? 1 : 0)
const three: Plan["label"] = (row, chance) => Math.min(2, Math.max(0, Math.round(steady(row, chance))))
const count: Plan["label"] = (row, chance) => Math.max(0, Math.round(steady(row, chance) * 2))

const plans: Readonly<Record<string, Plan>> = {
  regression: { parameters: ["objective=regression"], label: steady, missing: 0.1 },
  "no-missing": { parameters: ["objective=regression"], label: steady, missing: 0 },
  rf: {
    parameters: ["objective=regression", "boosting=rf", "bagging_freq=1", "bagging_fraction=0.7"],
    label: steady,
    missing: 0.1
  },
  "rf-binary": {
    parameters: ["objective=binary", "boosting=rf", "bagging_freq=1", "bagging_fraction=0.7"],
    label: yes,
    missing: 0.1
  },
  dart: { parameters: ["objective=regression", "boosting=dart", "drop_rate=0.5"], label: steady, missing: 0.1 },
  binary: {
    parameters: ["objective=binary", "categorical_feature=0,1", "min_data_per_group=5", "cat_smooth=1", "sigmoid=1.3"],
    label: yes,
    missing: 0.1
  },
  multiclass: { parameters: ["objective=multiclass", "num_class=3", "num_trees=4"], label: three, missing: 0.1 },
  multiclassova: { parameters: ["objective=multiclassova", "num_class=3", "num_trees=4"], label: three, missing: 0.1 },
  "zero-missing": { parameters: ["objective=regression", "zero_as_missing=true"], label: steady, missing: 0.1 },
  sqrt: { parameters: ["objective=regression", "reg_sqrt=true"], label: steady, missing: 0.1 },
  l1: { parameters: ["objective=regression_l1"], label: steady, missing: 0.1 },
  poisson: { parameters: ["objective=poisson"], label: count, missing: 0.1 },
  tweedie: { parameters: ["objective=tweedie"], label: count, missing: 0.1 },
  "cross-entropy": { parameters: ["objective=cross_entropy"], label: yes, missing: 0.1 },
  "one-leaf": { parameters: ["objective=regression", "min_data_in_leaf=300"], label: steady, missing: 0.1 },
  linear: { parameters: ["objective=regression", "linear_tree=true", "num_trees=2"], label: steady, missing: 0 }
}

const random = fractionsOf(8)
const rowOf = (missing: number): ReadonlyArray<number> =>
  Array.from({ length: features }, (_, at) => {
    if (random() < missing) return Number.NaN
    if (at < 2) return Math.floor(random() * 40)
    // Zeros and both signs, in a few digits so that every reader of a text gets the same number.
    return random() < 0.15 ? 0 : Math.round((random() - 0.5) * 4000) / 1000
  })
/** What a model did not see in training: categories that are new, negative, no whole number. */
const strange = [-1, -0.5, 39.9, 1000, 3e9, 31, 32, 63, 64, 65, 70, 95, 96]
/** Around what LightGBM takes for zero, 1e-35. */
const tiny = [1e-36, -1e-36, 1e-35, -1e-35, 2e-35, -2e-35]

/** Rows that stand exactly on a threshold of the model. */
const onThresholds = (model: string, rows: ReadonlyArray<ReadonlyArray<number>>) => {
  const all = (key: string) =>
    [...model.matchAll(new RegExp(`^${key}=(.*)$`, "gm"))].flatMap(([, line = ""]) => line.split(" ").map(Number))
  const nodes = all("threshold").map((threshold, at) => ({ threshold, feature: all("split_feature")[at] ?? 0 }))
  return rows.map((row, at) => {
    const node = nodes[(at * 7) % nodes.length]
    return node === undefined || at % 2 === 0 ? row : row.with(node.feature, node.threshold)
  })
}
const textOf = (rows: ReadonlyArray<ReadonlyArray<number>>) =>
  `${rows.map((row) => row.map((value) => (Number.isNaN(value) ? "nan" : String(value))).join("\t")).join("\n")}\n`

const folder = mkdtempSync(join(tmpdir(), "fixtures-"))
const path = (name: string) => join(folder, name)
const run = (...parameters: ReadonlyArray<string>) =>
  execFileSync(program, ["num_threads=1", "verbosity=-1", "precise_float_parser=true", ...parameters], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"]
  })

const fixtures = Object.fromEntries(
  Object.entries(plans).map(([name, { label, missing, parameters }]) => {
    const training = Array.from({ length: trainingRows }, () => rowOf(missing))
    writeFileSync(path("train.tsv"), textOf(training.map((row) => [label(row, random()), ...row])))
    run(
      "task=train",
      "data=train.tsv",
      "output_model=model.txt",
      "deterministic=true",
      "force_row_wise=true",
      "seed=42",
      // Of two values of one parameter LightGBM takes the first.
      ...parameters,
      "num_trees=6",
      "num_leaves=9",
      "min_data_in_leaf=10"
    )
    const model = readFileSync(path("model.txt"), "utf8")
    const plain = Array.from({ length: rowCount }, (_, at) => {
      const row = [...rowOf(0.1)]
      if (at < strange.length) row[at % 2] = strange[at] as number
      else if (at < strange.length + tiny.length) row.fill(tiny[at - strange.length] as number, 2)
      return row
    })
    const rows = [...plain.slice(0, 20), ...onThresholds(model, plain.slice(20))]
    writeFileSync(path("rows.tsv"), textOf(rows))
    run("task=predict", "data=rows.tsv", "input_model=model.txt", "output_result=predictions.txt")
    const predictions = readFileSync(path("predictions.txt"), "utf8").trim().split("\n")
    return [name, { model, rows: textOf(rows), predictions: predictions.map((line) => line.split("\t")) }]
  })
)
rmSync(folder, { recursive: true })
const text = `${JSON.stringify(fixtures)}\n`
writeFileSync(new URL("fixtures.json.gz", import.meta.url), gzipSync(text, { level: 9 }))
writeFileSync(new URL("manifest.json", import.meta.url), `${JSON.stringify({ sha256: sha256Hex(text) }, null, 2)}\n`)
