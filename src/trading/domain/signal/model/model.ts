import { Result } from "effect"
import { damaged, type ModelFault, ModelFaultThrown, unsupported } from "./model-fault.ts"
import { lineOf, type ModelBlock, type ModelLine, wholeOf } from "./model-lines.ts"
import { type Objective, objectiveOf } from "./objective.ts"
import { type Tree, treeOf, treeValue } from "./tree.ts"

/** A model of LightGBM, ready to predict. */
export interface Model {
  readonly featureNames: ReadonlyArray<string>
  readonly objective: Objective
  /** Trees of one iteration after the other, one for each output. */
  readonly trees: ReadonlyArray<Tree>
  /** The sums are divided by the number of iterations (random forest). */
  readonly isAverage: boolean
}

interface Reader {
  readonly lines: ReadonlyArray<string>
  /** Index of the next line. */
  at: number
}

/** Reads `key=value` lines up to an empty one. `bare`: keys that may stand alone. */
const blockAt = (reader: Reader, bare: ReadonlySet<string>): ModelBlock => {
  const block = new Map<string, ModelLine>()
  for (; reader.at < reader.lines.length && reader.lines[reader.at] !== ""; reader.at++) {
    const text = reader.lines[reader.at] as string
    const equals = text.indexOf("=")
    const key = equals < 0 ? text : text.slice(0, equals)
    const line = reader.at + 1
    if (equals < 0 && !bare.has(key)) damaged(line, text.slice(0, 40), "it is not a line of the form key=value")
    if (block.has(key)) damaged(line, key, "the key stands here a second time")
    block.set(key, { value: equals < 0 ? "" : text.slice(equals + 1), line })
  }
  return block
}

const versions: ReadonlySet<string> = new Set(["v3", "v4"])
const headerBare: ReadonlySet<string> = new Set(["tree", "average_output"])
const noBare: ReadonlySet<string> = new Set()

const treesMost = 1_000_000
const featuresMost = 1_000_000

const namesOf = (block: ModelBlock, key: string, count: number): ReadonlyArray<string> => {
  const found = lineOf(block, key, 1)
  const names = found.value.split(" ")
  return names.length === count
    ? names
    : damaged(found.line, key, `${names.length} values, ${count} are expected after max_feature_idx`)
}

/** The trees, each with the number of bytes that the header says: a digit that is lost changes no shape. */
const treesAt = (reader: Reader, header: ModelBlock, features: number): ReadonlyArray<Tree> => {
  const sizes = lineOf(header, "tree_sizes", 1)
  const wanted = sizes.value.split(" ")
  if (wanted.length > treesMost) unsupported(sizes.line, "tree_sizes", `${wanted.length} trees are too many`)
  const trees: Array<Tree> = []
  for (const [index, size] of wanted.entries()) {
    while (reader.lines[reader.at] === "") reader.at++
    const first = reader.at
    const line = first + 1
    const text = reader.lines[first] ?? "the end of the file"
    if (text !== `Tree=${index}`) damaged(line, text.slice(0, 40), `Tree=${index} is expected here`)
    reader.at++
    const block = blockAt(reader, noBare)
    trees.push(treeOf(block, line, features))
    // Two empty lines follow the block.
    let bytes = 2
    for (let at = first; at < reader.at; at++) bytes += (reader.lines[at] as string).length + 1
    if (String(bytes) !== size) {
      damaged(line, `Tree=${index}`, `it has ${bytes} bytes, tree_sizes says ${size}: the file was changed`)
    }
  }
  while (reader.lines[reader.at] === "") reader.at++
  const end = reader.lines[reader.at] ?? "the end of the file"
  if (end !== "end of trees") damaged(reader.at + 1, end.slice(0, 40), "end of trees is expected here")
  return trees
}

const parse = (text: string): Model => {
  const reader: Reader = { lines: text.split("\n"), at: 0 }
  if (reader.lines[0] !== "tree") {
    damaged(1, (reader.lines[0] ?? "").slice(0, 40), "a model of LightGBM begins with the line tree")
  }
  const header = blockAt(reader, headerBare)
  const version = lineOf(header, "version", 1)
  if (!versions.has(version.value)) {
    unsupported(version.line, "version", `"${version.value}" is not read here: v3 and v4 are`)
  }
  const features = wholeOf(header, "max_feature_idx", 1, 0, featuresMost) + 1
  const featureNames = namesOf(header, "feature_names", features)
  namesOf(header, "feature_infos", features)
  const classes = wholeOf(header, "num_class", 1, 1, 10_000)
  const outputs = header.has("num_tree_per_iteration")
    ? wholeOf(header, "num_tree_per_iteration", 1, 1, 10_000)
    : classes
  const objectiveLine = header.get("objective")
  const objective = objectiveOf(objectiveLine?.value ?? "custom", objectiveLine?.line ?? 1, outputs)
  const trees = treesAt(reader, header, features)
  if (trees.length % outputs !== 0) {
    damaged(header.get("tree_sizes")?.line ?? 1, "tree_sizes", `${trees.length} trees are no multiple of ${outputs}`)
  }
  return { featureNames, objective, trees, isAverage: header.has("average_output") }
}

/** Reads a model file of LightGBM, text format v3 or v4. What is not read in full is refused with its name and line. */
export const parseModel = (text: string): Result.Result<Model, ModelFault> => {
  try {
    return Result.succeed(parse(text))
  } catch (thrown) {
    if (thrown instanceof ModelFaultThrown) return Result.fail(thrown.fault)
    throw thrown
  }
}

/**
 * Predictions of rows that stand one after the other in `rows`, each of as many values as the model has features; NaN
 * is missing. One number a row, or one for each class. The values of the leaves are added in the order of the file, as
 * LightGBM does, so that the result is the same to the last bit.
 */
export const predict = ({ featureNames, isAverage, objective, trees }: Model, rows: Float64Array): Float64Array => {
  const width = featureNames.length
  const outputs = objective.outputs
  const count = rows.length / width
  const iterations = trees.length / outputs
  const predictions = new Float64Array(count * outputs)
  for (let row = 0; row < count; row++) {
    const sums = predictions.subarray(row * outputs, (row + 1) * outputs)
    for (let at = 0; at < trees.length; at++) {
      const output = outputs === 1 ? 0 : at % outputs
      sums[output] = (sums[output] as number) + treeValue(trees[at] as Tree, rows, row * width)
    }
    if (isAverage) for (let at = 0; at < outputs; at++) sums[at] = (sums[at] as number) / iterations
    objective.convert(sums)
  }
  return predictions
}
