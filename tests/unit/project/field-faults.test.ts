// A fault of the field that no test names comes back unseen: each id has a row, and a test in the row's file begins
// with it.
import { existsSync, globSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { describe, expect, it } from "vitest"
import { projectRoot } from "../../../src/platform/process/project.ts"

const numbered = (letter: string, count: number) => Array.from({ length: count }, (_, at) => `${letter}${at + 1}`)
const ids = [...numbered("R", 18), ...numbered("V", 14), ...numbered("U", 15), ...numbered("O", 5)]

const page = readFileSync(join(projectRoot, "docs/reference/field-faults.md"), "utf8")
const rows = page
  .split("\n")
  .map((line) => line.split(" | "))
  .filter(([first]) => /^\| [RVUO]\d/.test(first ?? ""))
  .map(([first = "", , tests = ""]) => ({
    ids: [...first.matchAll(/[RVUO]\d+/g)].map(([id]) => id),
    files: [...tests.matchAll(/[\w-]+\.test\.ts/g)].map(([file]) => file)
  }))

const files = new Map(
  globSync("tests/{unit,simulation,integration,acceptance}/**/*.test.ts", { cwd: projectRoot }).map((path) => [
    basename(path),
    join(projectRoot, path)
  ])
)

/** Titles may name several ids, as in "R14, V2: …". */
const titlesOf = (file: string): string => {
  const path = files.get(file)
  return path === undefined || !existsSync(path) ? "" : readFileSync(path, "utf8")
}

describe("faults of the field", () => {
  it.each(ids)("%s has a row, and a test that begins with it", (id) => {
    const named = rows.filter((row) => row.ids.includes(id)).flatMap((row) => row.files)
    expect(named, `files in the rows of ${id}`).not.toEqual([])
    const title = new RegExp(`["'\`](?:[RVUO]\\d+(?:, | and |/))*${id}(?:, [RVUO]\\d+| and [RVUO]\\d+)*:? `)
    expect(named.filter((file) => title.test(titlesOf(file)))).not.toEqual([])
  })

  it("every file that a row names exists", () => {
    expect(rows.flatMap((row) => row.files).filter((file) => !files.has(file))).toEqual([])
  })
})
