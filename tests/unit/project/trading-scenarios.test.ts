// A failure of another system that no test names comes back unseen: each number has a row on the page, and a test in
// the row's file begins with it.
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { projectRoot } from "../../../src/platform/process/project.ts"

/** The rows of docs/reference/trading-scenarios.md: failures of other systems, and bad input. */
const numbered = (letter: string, count: number) =>
  Array.from({ length: count }, (_, at) => `${letter}${String(at + 1).padStart(2, "0")}`)
const scenarios = numbered("S", 24)
const ids = [...scenarios, ...numbered("B", 7)]

const text = (path: string): string => {
  const file = join(projectRoot, path)
  return existsSync(file) ? readFileSync(file, "utf8") : ""
}
const [english = ""] = text("docs/reference/trading-scenarios.md").split("\n# ").slice(0, 1)
const rows = english
  .split("\n")
  .map((line) => line.split(" | "))
  .filter(([first]) => /^\| [SB]\d\d$/.test(first ?? ""))
  .map(([first = "", source = "", behaviour = "", test = ""]) => ({
    id: first.slice(2),
    source,
    behaviour,
    files: [...test.matchAll(/`(tests\/[\w/-]+\.test\.ts)`/g)].map(([, file]) => file ?? "")
  }))

/** Titles may name several numbers: "S13 S14 keeps …". */
const titled = (id: string, file: string): boolean =>
  new RegExp(`["'\`](?:[SB]\\d\\d )*${id}(?: [SB]\\d\\d)*:? `).test(text(file))

describe("failure scenarios", () => {
  it("have one row each, in order, with a source and a behaviour", () => {
    expect(rows.map(({ id }) => id)).toEqual(ids)
    const bare = rows.filter(
      ({ behaviour, id, source }) =>
        behaviour === "" || scenarios.includes(id) !== source.startsWith("https://github.com/")
    )
    expect(bare).toEqual([])
  })

  it.each(ids)("%s has a test that begins with it in each file of its row", (id) => {
    const files = rows.find((row) => row.id === id)?.files ?? []
    expect(files).not.toEqual([])
    expect(files.filter((file) => !titled(id, file))).toEqual([])
  })

  it("a number that no title has is found", () => {
    expect(titled("S99", rows[0]?.files[0] ?? "")).toBe(false)
    expect(titled("S01", rows[0]?.files[0] ?? "")).toBe(true)
  })
})
