// Users who migrate from the reference service read one page: its statements about tickd must be true.
import { readFileSync } from "node:fs"
import { assert, it } from "@effect/vitest"
import { TickMessage } from "../../../src/protocol/market/tick/tick-schema.ts"

const page = readFileSync(new URL("../../../docs/reference/from-python-service.md", import.meta.url), "utf8")
const control = readFileSync(new URL("../../../docs/reference/control.md", import.meta.url), "utf8")

const rowsOf = (heading: string) => {
  const [, section = ""] = page.split(`## ${heading}\n`)
  return (section.split(/\n#/)[0] ?? "")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| former"))
    .map((line) => line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, "")))
}
const namesIn = (cell = "") => [...cell.matchAll(/`([a-z_0-9]+)`/g)].map(([, name = ""]) => name)

it("U14: names every key of a tick, and no key that a tick does not have", () => {
  const keys = Object.keys(TickMessage.fields)
  const rows = rowsOf("Fields of a tick")
  const ours = rows.flatMap(([former, now]) => namesIn(now === "the same names" ? former : now))
  assert.isAbove(rows.length, 12)
  assert.deepStrictEqual(
    [...new Set(ours)].filter((name) => !keys.includes(name)),
    []
  )
  // The depth is one row: its first and last name stand for the levels between.
  const depth = /^(bid|ask)_(price|volume)_[1-5]$/
  assert.deepStrictEqual(
    keys.filter((name) => !depth.test(name) && !ours.includes(name)),
    []
  )
})

it("U14: says of no subject that it is kept that the control plane does not have", () => {
  const [, kept = ""] = /## Questions and commands\n\n(.*?) answer as before/s.exec(page) ?? []
  const subjects = [...kept.matchAll(/`([a-z.]+)`/g)].map(([, name = ""]) => name)
  assert.lengthOf(subjects, 4)
  for (const subject of subjects) assert.include(control, `\`${subject}\``)
})
