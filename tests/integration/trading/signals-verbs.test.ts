// What a script reads of these verbs: one object on the last line, every digit, and a refusal that names the place.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { barFields } from "../../../src/trading/domain/signal/alpha158/bar-columns.ts"
import { tickd } from "../../support/cli-process.ts"
import { agree, goldenSeries } from "../../support/trading/alpha-golden.ts"
import { exampleVersion, shippedModels } from "../../support/trading/example-bundle.ts"
import { modelFixtures } from "../../support/trading/model-fixtures.ts"

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tickd-signals-"))
})
afterAll(() => rmSync(folder, { recursive: true }))

const write = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const lastLine = (stdout: string): unknown => JSON.parse(stdout.trim().split("\n").at(-1) ?? "")
const numberOf = (shown: number | string | null): number =>
  shown === null ? Number.NaN : Number(`${shown}`.replace("inf", "Infinity"))

describe("tickd signals features", () => {
  const { names, series } = goldenSeries()
  const edges = series.find(({ name }) => name === "edges")
  const csv = () => {
    const bars = edges?.bars
    const rows = bars?.dates.map((date, at) =>
      [date, ...barFields.map((field) => (Number.isNaN(bars[field][at]) ? "" : bars[field][at]))].join(",")
    )
    return `date,open,high,low,close,volume,vwap\n${rows?.join("\n")}\n`
  }

  it("prints the oracle's values, with null and inf", async () => {
    const path = write("edges.csv", csv())
    const { code, stdout } = await tickd(["signals", "features", "--bars", path, "--json"])
    assert.strictEqual(code, 0)
    const table = lastLine(stdout) as {
      names: Array<string>
      rows: Array<{ date: string; values: Array<number | string | null> }>
    }
    assert.deepStrictEqual(table.names, names)
    assert.deepStrictEqual(
      table.rows.map(({ date }) => date),
      edges?.bars.dates
    )
    const faults = table.rows.flatMap(({ values }, row) =>
      values.flatMap((value, at) =>
        agree(numberOf(value), edges?.expected[row]?.[at] as number) ? [] : [`${row} ${names[at]} ${value}`]
      )
    )
    assert.deepStrictEqual(faults, [])
    assert.include(
      table.rows.flatMap(({ values }) => values),
      "inf"
    )
    assert.include(
      table.rows.flatMap(({ values }) => values),
      "-inf"
    )
  })

  it("refuses a damaged file by line and column", async () => {
    const path = write("bad.csv", csv().replace(/^(2024-01-20,[^,]*,)[^,]*/m, "$1x"))
    const { code, stderr } = await tickd(["signals", "features", "--bars", path, "--json"])
    assert.strictEqual(code, 65)
    assert.match(stderr, /bad\.csv, line 21, column 3: high "x" is not a number.*\[BARS_INVALID\]/s)
  })
})

describe("tickd model", () => {
  it("predicts in full precision, one list a row for several classes", async () => {
    const { multiclass, regression } = modelFixtures()
    for (const [name, fixture] of [
      ["multiclass", multiclass],
      ["regression", regression]
    ] as const) {
      const file = write(`${name}.txt`, fixture?.model ?? "")
      const rows = write(`${name}.tsv`, fixture?.rows ?? "")
      const { code, stdout } = await tickd(["model", "predict", "--file", file, "--rows", rows, "--json"])
      assert.strictEqual(code, 0)
      const wanted = fixture?.predictions.map((row) => row.map(Number))
      assert.deepStrictEqual(lastLine(stdout), { predictions: name === "regression" ? wanted?.flat() : wanted })
    }
    const cut = write("cut.txt", (regression?.model ?? "").slice(0, 2000))
    const { code, stderr } = await tickd(["model", "predict", "--file", cut, "--rows", join(folder, "regression.tsv")])
    assert.strictEqual(code, 65)
    assert.match(stderr, /cut\.txt, line \d+, .*\[MODEL_DAMAGED\]/s)
  })

  it("activates, refuses generated prices where real money trades, and keeps an audit", async () => {
    const state = join(folder, "state")
    cpSync(shippedModels, join(state, "models"), { recursive: true })
    const env = { TICKD_STATE_DIR: state }
    const activate = ["model", "activate", exampleVersion, "--reason", "a test", "--json"]
    const refused = await tickd(activate, { ...env, TRADE_MODE: "live" })
    assert.strictEqual(refused.code, 65)
    assert.match(refused.stderr, /\[MODEL_SYNTHETIC\]/)
    const done = await tickd(activate, env)
    assert.deepInclude((lastLine(done.stdout) as { active: object }).active, { revision: 1, version: exampleVersion })
    const verified = await tickd(["model", "verify", "--json"], env)
    assert.deepInclude(lastLine(verified.stdout), { ok: true })
    const entries = readFileSync(join(state, "audit-operations.jsonl"), "utf8").trim().split("\n")
    assert.deepStrictEqual(
      entries.map((line) => (JSON.parse(line) as { entry: { result: string } }).entry.result),
      ["accepted", "refused", "accepted", "done"]
    )
    const model = join(state, "models", exampleVersion, "model.txt")
    writeFileSync(model, readFileSync(model, "utf8").replace(/leaf_value=(-?)0/, "leaf_value=$11"))
    const spoilt = await tickd(["model", "verify", "--json"], env)
    assert.strictEqual(spoilt.code, 1)
    assert.match(spoilt.stdout, /BUNDLE_HASH/)
  })

  it("says how to get LightGBM when it is not here", async () => {
    const train = ["model", "train", "--synthetic", "3", "--days", "120", "--lightgbm", "/nowhere/lightgbm"]
    const { code, stderr } = await tickd([...train, "--models", join(folder, "none")])
    assert.strictEqual(code, 69)
    assert.match(stderr, /'bash deploy\/dev\/lightgbm\.sh' builds it.*\[LIGHTGBM_MISSING\]/s)
  })
})
