// A line without a test is a promise: each row names one that exists, and what a block prints is on its page.
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { projectRoot } from "../../../src/platform/process/project.ts"
import { blockOf } from "../../support/page-commands.ts"

const read = (...path: ReadonlyArray<string>) => readFileSync(join(projectRoot, ...path), "utf8")
const lines = read("docs", "reference", "runbook-lines.md")
const [runbook = ""] = read("docs", "operations", "production-runbook.md").split("\n# 生产 runbook")

/** Cells of the rows of every table, without its head. */
const rows = lines
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| line "))
  .map((line) => {
    const [, what = "", command = "", test = "", output = ""] = line.split(/(?<!\\)\|/).map((cell) => cell.trim())
    return { what, command, test, output: output.replaceAll("`", "") }
  })
const sections = [...lines.matchAll(/^## (\d)/gm)].map(([, number]) => number)

describe("the lines of the runbook", () => {
  it("are those of sections 1 to 6 and 8", () => {
    assert.deepStrictEqual(sections, ["1", "2", "3", "4", "5", "6", "8"])
    assert.isAbove(rows.length, 80)
    for (const { command, output, test, what } of rows)
      assert.isTrue([what, command, test, output].every(Boolean), what)
  })

  it.each(
    rows.filter(({ test }) => !test.includes("/"))
  )("$what: its block is on the page, with this output", (row) => {
    const block = blockOf(runbook, row.test.replaceAll("`", ""))
    assert.include(block.shown ?? "", row.output)
  })

  it.each(rows.filter(({ test }) => test.includes("/")))("$what: its test expects this output", ({ output, test }) => {
    const [, path = "", name] = /^`([^`]+)`(?:: (.*))?$/.exec(test) ?? []
    assert.isTrue(existsSync(join(projectRoot, path)), path)
    assert.include(read(path), name ?? "")
    assert.include(read(path), output)
  })
})
