// A prediction that differs from LightGBM's in one bit moves at a threshold of the next model that reads it. So each
// objective and each kind of tree is compared with the real program, bit by bit.
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { parseRowsText } from "../../../../../../src/trading/adapters/models/rows-text.ts"
import { type Model, parseModel, predict } from "../../../../../../src/trading/domain/signal/model/model.ts"
import { type Tree, treeValue } from "../../../../../../src/trading/domain/signal/model/tree.ts"
import { fractionsOf } from "../../../../../support/seeded-random.ts"
import { modelFixtures } from "../../../../../support/trading/model-fixtures.ts"

const fixtures = modelFixtures()
const textOf = (name: string): string => fixtures[name]?.model ?? ""
const faultOf = (text: string): string => {
  const parsed = parseModel(text)
  if (Result.isSuccess(parsed)) return "read"
  const { kind, line, message, name } = parsed.failure
  return `${kind} ${line} ${name}: ${message}`
}
/** The model with the first line that begins with `key` changed; undefined: taken out. Sizes are made to fit. */
const changed = (name: string, key: string, change: (line: string) => string | undefined): string => {
  const lines = textOf(name).split("\n")
  const at = lines.findIndex((line) => line.startsWith(key))
  const next = change(lines[at] as string)
  const less = (lines[at] as string).length + 1 - (next === undefined ? 0 : next.length + 1)
  lines.splice(at, 1, ...(next === undefined ? [] : [next]))
  const tree = lines.slice(0, at).filter((line) => line.startsWith("Tree=")).length - 1
  if (tree < 0) return lines.join("\n")
  return lines
    .map((line) =>
      line.startsWith("tree_sizes=")
        ? `tree_sizes=${line
            .slice(11)
            .split(" ")
            .map((size, index) => (index === tree ? Number(size) - less : size))
            .join(" ")}`
        : line
    )
    .join("\n")
}

describe("models of LightGBM", () => {
  for (const [name, { model, predictions, rows }] of Object.entries(fixtures).filter(([each]) => each !== "linear")) {
    it(`predict as LightGBM does, to the last bit: ${name}`, () => {
      const parsed = Result.getOrThrow(parseModel(model)) as Model
      const values = Result.getOrThrow(parseRowsText(rows, parsed.featureNames.length))
      assert.deepStrictEqual([...predict(parsed, values)], predictions.flat().map(Number))
    })
  }

  it("cover every kind of decision", () => {
    const kinds = new Set<number>()
    for (const [name, { model }] of Object.entries(fixtures)) {
      if (name !== "linear")
        for (const tree of Result.getOrThrow(parseModel(model)).trees) tree.kind.forEach((k) => kinds.add(k))
    }
    // Missing none, zero, NaN; each to both sides but none, which has one only; sets of categories.
    assert.includeMembers([...kinds], [2, 4, 6, 8, 9, 10])
  })

  it("take NaN for 0 where training had none missing, which is why a bundle has a policy", () => {
    const model = Result.getOrThrow(parseModel(textOf("no-missing")))
    const row = [3, 5, 0.2, -0.4, 0, 1, 1, 1]
    const zero = predict(model, Float64Array.from(row.with(2, 0)))
    assert.deepStrictEqual(predict(model, Float64Array.from(row.with(2, Number.NaN))), zero)
  })

  it("look a category up in the words of its own set only", () => {
    const treeOf = (set: number): Tree => ({
      feature: Int32Array.of(0),
      threshold: Float64Array.of(set),
      kind: Uint8Array.of(9),
      left: Int32Array.of(-1),
      right: Int32Array.of(-2),
      leaves: Float64Array.of(1, 2),
      bounds: Int32Array.of(0, 1, 2, 3),
      sets: Uint32Array.of(0xffff_ffff, 0xffff_ffff, 0xffff_ffff)
    })
    const values = [0, -0.5, 31, 31.9, -1, 32, 2 ** 31, 3e9, Number.NaN, Number.POSITIVE_INFINITY]
    const sides = [1, 1, 1, 1, 2, 2, 2, 2, 2, 2]
    for (const set of [0, 1, 2]) {
      assert.deepStrictEqual(
        values.map((value) => treeValue(treeOf(set), Float64Array.of(value), 0)),
        sides
      )
    }
  })

  it("predict no row", () => {
    assert.lengthOf(predict(Result.getOrThrow(parseModel(textOf("regression"))), new Float64Array(0)), 0)
  })
})

describe("a model file that is not used", () => {
  it("names what is not evaluated here", () => {
    assert.match(faultOf(textOf("linear")), /^unsupported 27 is_linear: linear trees/)
    assert.match(
      faultOf(changed("regression", "version=", () => "version=v2")),
      /^unsupported 2 version: "v2" is not read/
    )
    assert.match(
      faultOf(changed("regression", "objective=", () => "objective=cross_entropy_lambda")),
      /^unsupported 7 objective: "cross_entropy_lambda" is not evaluated/
    )
    assert.match(
      faultOf(changed("binary", "objective=", () => "objective=multiclass num_class:3")),
      /^unsupported 7 objective: .* has 3 outputs, num_tree_per_iteration says 1/
    )
    assert.match(
      faultOf(changed("binary", "objective=", () => "objective=binary")),
      /^unsupported 7 objective: .*no sigmoid/
    )
  })

  it("names each line of a tree that is missing", () => {
    for (const key of [
      "num_leaves",
      "num_cat",
      "split_feature",
      "threshold",
      "decision_type",
      "left_child",
      "right_child",
      "leaf_value",
      "cat_boundaries",
      "cat_threshold"
    ]) {
      assert.match(
        faultOf(changed("binary", `${key}=`, () => undefined)),
        new RegExp(`^damaged 12 ${key}: the line is`)
      )
    }
    for (const key of ["num_class", "max_feature_idx", "feature_names", "feature_infos", "tree_sizes", "version"]) {
      assert.match(faultOf(changed("binary", `${key}=`, () => undefined)), new RegExp(`^damaged 1 ${key}: the line is`))
    }
  })

  it("names the value that is wrong", () => {
    const first = (key: string, value: string) =>
      faultOf(changed("binary", `${key}=`, (line) => line.replace(/=-?[\d.e-]+/, `=${value}`)))
    assert.match(first("num_leaves", "0"), /^damaged 13 num_leaves: "0" is not a whole number from 1 to/)
    assert.match(first("num_leaves", "8"), /^damaged \d+ leaf_value: 9 values, 8 are expected/)
    assert.match(first("split_feature", "8"), /^damaged 15 split_feature: "8" is not a whole number from 0 to 7/)
    assert.match(first("decision_type", "12"), /^damaged 18 decision_type: "12" is not a whole number from 0 to 11/)
    assert.match(first("leaf_value", "nan"), /^damaged 21 leaf_value: "nan" is not a finite number/)
    assert.match(first("leaf_value", "1e999"), /^damaged 21 leaf_value: "1e999" is not a finite number/)
    assert.match(first("left_child", "0"), /^damaged 19 left_child: node 0 is reached twice/)
    assert.match(first("left_child", "-99"), /^damaged 19 left_child: "-99" is not a whole number from -9 to 7/)
    assert.match(first("cat_boundaries", "1"), /^damaged \d+ cat_boundaries: 1 must be 0/)
    assert.match(
      faultOf(changed("regression", "left_child=", (line) => line.replace(/-\d+$/, "-1"))),
      /^damaged 19 left_child: leaf 0 is reached twice/
    )
    assert.match(
      faultOf(changed("regression", "decision_type=", (line) => line.replace(/=\d+/, "=9"))),
      /^damaged 17 threshold: node 0 names the set/
    )
  })

  it("refuses a number with a digit less, which no shape shows", () => {
    const text = textOf("regression").replace(/(?<=leaf_value=-?\d+\.\d+)\d/, "")
    assert.match(faultOf(text), /^damaged 12 Tree=0: it has \d+ bytes, tree_sizes says \d+: the file was changed/)
  })

  it("refuses every file that was cut before the end of its trees", () => {
    const text = textOf("one-leaf")
    const end = text.indexOf("end of trees")
    for (let at = 0; at < end; at += 7) assert.match(faultOf(text.slice(0, at)), /^(?:damaged|unsupported) \d+ /)
    const longer = textOf("binary")
    for (let at = 0; at < longer.indexOf("end of trees"); at += 997)
      assert.notStrictEqual(faultOf(longer.slice(0, at)), "read")
  })

  it("refuses every lost or doubled byte of its trees, and throws for none", () => {
    const text = textOf("one-leaf")
    const [from, to] = [text.indexOf("Tree=0"), text.indexOf("end of trees")]
    for (let at = from; at < to; at++) {
      // Empty lines between two trees mean nothing.
      if (text[at] === "\n") continue
      assert.notStrictEqual(faultOf(text.slice(0, at) + text.slice(at + 1)), "read", `${at}`)
      assert.notStrictEqual(faultOf(text.slice(0, at) + text[at] + text.slice(at)), "read", `${at}`)
    }
    const random = fractionsOf(1)
    const other = textOf("binary")
    for (let run = 0; run < 200; run++) {
      const at = Math.floor(random() * other.length)
      faultOf(`${other.slice(0, at)}${"=-9 \n"[Math.floor(random() * 5)]}${other.slice(at + 1)}`)
    }
  })

  it("refuses what is no model", () => {
    assert.match(faultOf(""), /^damaged 1 : a model of LightGBM begins with the line tree/)
    assert.match(faultOf("{}\n"), /^damaged 1 \{\}: a model of LightGBM/)
    assert.match(faultOf(`${textOf("regression").slice(0, 28)}xyz\n`), /^damaged 4 xyz: it is not a line of the form/)
  })
})
