import { correctlyRoundedExp } from "./exp.ts"
import { unsupported } from "./model-fault.ts"

/** What turns the sums of the trees into predictions, in place. */
export interface Objective {
  readonly name: string
  /** Sums of one row: one, or one for each class. */
  readonly outputs: number
  readonly convert: (sums: Float64Array) => void
}

const identity = (): void => undefined

const each = (one: (sum: number) => number) => (sums: Float64Array) => {
  for (let at = 0; at < sums.length; at++) sums[at] = one(sums[at] as number)
}

const signedSquare = (sum: number): number => Math.sign(sum) * sum * sum

const logistic = (steepness: number) => each((sum) => 1 / (1 + correctlyRoundedExp(-steepness * sum)))

const softmax = (sums: Float64Array): void => {
  let most = sums[0] as number
  for (const sum of sums) most = Math.max(sum, most)
  let total = 0
  for (let at = 0; at < sums.length; at++) {
    sums[at] = correctlyRoundedExp((sums[at] as number) - most)
    total += sums[at] as number
  }
  for (let at = 0; at < sums.length; at++) sums[at] = (sums[at] as number) / total
}

const regressions: ReadonlySet<string> = new Set([
  "regression",
  "regression_l1",
  "huber",
  "fair",
  "quantile",
  "mape",
  "lambdarank",
  "rank_xendcg",
  "custom"
])

/**
 * Reads `objective=name key:value …`. Source: LightGBM 4.1, `ConvertOutput` in `src/objective`.
 * `outputs`: num_tree_per_iteration of the file.
 */
export const objectiveOf = (text: string, line: number, outputs: number): Objective => {
  const [name = "", ...words] = text.split(" ")
  const option = (key: string): number => {
    const value = words.find((word) => word.startsWith(`${key}:`))?.slice(key.length + 1) ?? ""
    const number = value === "" ? Number.NaN : Number(value)
    return Number.isFinite(number)
      ? number
      : unsupported(line, "objective", `"${text}" has no ${key}, so its output is not known`)
  }
  const wanting = (wanted: number, convert: Objective["convert"]): Objective =>
    wanted === outputs
      ? { name, outputs, convert }
      : unsupported(line, "objective", `"${text}" has ${wanted} outputs, num_tree_per_iteration says ${outputs}`)
  if (regressions.has(name)) return wanting(1, words.includes("sqrt") ? each(signedSquare) : identity)
  switch (name) {
    case "poisson":
    case "gamma":
    case "tweedie":
      return wanting(1, each(correctlyRoundedExp))
    case "binary":
      return wanting(1, logistic(option("sigmoid")))
    case "cross_entropy":
      return wanting(1, logistic(1))
    case "multiclass":
      return wanting(option("num_class"), softmax)
    case "multiclassova":
      return wanting(option("num_class"), logistic(option("sigmoid")))
    default:
      return unsupported(line, "objective", `"${name}" is not evaluated here`)
  }
}
