import { damaged, unsupported } from "./model-fault.ts"
import { type ModelBlock, numbersOf, thresholdsOf, wholeOf, wholesOf } from "./model-lines.ts"

/**
 * One tree. A child that is not negative is a node, else `~child` is a leaf. `kind` of a node: bit 0 categorical, bit 1
 * missing values go left, bits 2 and 3 what counts as missing: 0 nothing, 1 zero, 2 NaN. The threshold of a categorical
 * node is the number of its set, whose words are `sets[bounds[k]] … sets[bounds[k + 1] - 1]`.
 */
export interface Tree {
  readonly feature: Int32Array
  readonly threshold: Float64Array
  readonly kind: Uint8Array
  readonly left: Int32Array
  readonly right: Int32Array
  readonly leaves: Float64Array
  readonly bounds: Int32Array
  readonly sets: Uint32Array
}

export const isCategorical = 1
export const missingLeft = 2
export const missingZero = 1
export const missingNaN = 2

/** More leaves than this are no model but a file that fills the memory. */
const leavesMost = 1_000_000

/** Each node and each leaf must be reached exactly once from the root: a loop would never end. */
const checkShape = ({ left, right, leaves }: Tree, line: number): void => {
  const nodes = new Uint8Array(left.length)
  const ends = new Uint8Array(leaves.length)
  const open = [0]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (nodes[node] !== 0) damaged(line, "left_child", `node ${node} is reached twice`)
    nodes[node] = 1
    for (const child of [left[node] as number, right[node] as number]) {
      if (child >= 0) open.push(child)
      else if (ends[~child] !== 0) damaged(line, "left_child", `leaf ${~child} is reached twice`)
      else ends[~child] = 1
    }
  }
  const lost = nodes.indexOf(0)
  if (lost >= 0) damaged(line, "left_child", `node ${lost} is reached from no other`)
}

/** Reads the block of one tree, whose first line is `line`; `features` is their number. */
export const treeOf = (block: ModelBlock, line: number, features: number): Tree => {
  const leafCount = wholeOf(block, "num_leaves", line, 1, leavesMost)
  const setCount = wholeOf(block, "num_cat", line, 0, leavesMost)
  if (block.has("is_linear") && wholeOf(block, "is_linear", line, 0, 1) === 1) {
    unsupported(block.get("is_linear")?.line ?? line, "is_linear", "linear trees are not evaluated here")
  }
  const leaves = Float64Array.from(numbersOf(block, "leaf_value", line, leafCount))
  const nodeCount = leafCount - 1
  const none = new Int32Array(0)
  if (nodeCount === 0) {
    return {
      feature: none,
      threshold: new Float64Array(0),
      kind: new Uint8Array(0),
      left: none,
      right: none,
      leaves,
      bounds: none,
      sets: new Uint32Array(0)
    }
  }
  const child = [-leafCount, nodeCount - 1] as const
  const bounds = Int32Array.from(
    setCount === 0 ? [] : wholesOf(block, "cat_boundaries", line, setCount + 1, [0, leavesMost])
  )
  const boundsLine = block.get("cat_boundaries")?.line ?? line
  for (let at = 0; at < bounds.length; at++) {
    const before = at === 0 ? 0 : (bounds[at - 1] as number)
    if (at === 0 ? bounds[0] !== 0 : (bounds[at] as number) <= before) {
      damaged(boundsLine, "cat_boundaries", `${bounds[at]} must be ${at === 0 ? "0" : `above ${before}`}`)
    }
  }
  const tree: Tree = {
    feature: Int32Array.from(wholesOf(block, "split_feature", line, nodeCount, [0, features - 1])),
    threshold: Float64Array.from(thresholdsOf(block, "threshold", line, nodeCount)),
    kind: Uint8Array.from(wholesOf(block, "decision_type", line, nodeCount, [0, 11])),
    left: Int32Array.from(wholesOf(block, "left_child", line, nodeCount, child)),
    right: Int32Array.from(wholesOf(block, "right_child", line, nodeCount, child)),
    leaves,
    bounds,
    sets: Uint32Array.from(
      setCount === 0 ? [] : wholesOf(block, "cat_threshold", line, bounds.at(-1) ?? 0, [0, 0xffff_ffff])
    )
  }
  const thresholdLine = block.get("threshold")?.line ?? line
  for (const [node, kind] of tree.kind.entries()) {
    const set = tree.threshold[node] as number
    if ((kind & isCategorical) !== 0 && !(Number.isInteger(set) && set >= 0 && set < setCount)) {
      damaged(thresholdLine, "threshold", `node ${node} names the set ${set} of ${setCount} sets of categories`)
    }
  }
  checkShape(tree, block.get("left_child")?.line ?? line)
  return tree
}

/** What LightGBM takes for zero: a float32. Source: `kZeroThreshold`. */
const zeroThreshold = Math.fround(1e-35)
const wholeMost = 2_147_483_647

const isLeft = (tree: Tree, node: number, kind: number, value: number): boolean => {
  if ((kind & isCategorical) !== 0) {
    // The value as a whole number of 32 bits; one that is none goes right, like NaN.
    const category = Math.trunc(value)
    if (!(category >= 0 && category <= wholeMost)) return false
    const set = tree.threshold[node] as number
    const word = (tree.bounds[set] as number) + Math.floor(category / 32)
    return word < (tree.bounds[set + 1] as number) && (((tree.sets[word] as number) >>> (category % 32)) & 1) === 1
  }
  const missing = kind >> 2
  // What LightGBM takes for zero it reads as 0, before any comparison.
  const isZero = (value >= -zeroThreshold && value <= zeroThreshold) || (value !== value && missing !== missingNaN)
  if (isZero ? missing === missingZero : value !== value) return (kind & missingLeft) !== 0
  return (isZero ? 0 : value) <= (tree.threshold[node] as number)
}

/** The leaf's value for the row that begins at `from`. */
export const treeValue = (tree: Tree, rows: Float64Array, from: number): number => {
  if (tree.feature.length === 0) return tree.leaves[0] as number
  let node = 0
  while (node >= 0) {
    const value = rows[from + (tree.feature[node] as number)] as number
    node = (isLeft(tree, node, tree.kind[node] as number, value) ? tree.left[node] : tree.right[node]) as number
  }
  return tree.leaves[~node] as number
}
