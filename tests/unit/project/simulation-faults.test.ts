// A fault that the page does not name is one that its reader does not know of.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { allFaultKinds } from "../../../src/simulation/faults/faults.ts"
import { runbookFaultKinds } from "../../../src/simulation/runbook/runbook-faults.ts"
import { tradeFaultKinds } from "../../../src/simulation/trading/faults/trade-faults.ts"

const page = readFileSync(join(import.meta.dirname, "..", "..", "..", "docs", "SIMULATION.md"), "utf8")

it("names every kind of fault that a seed may draw, with its weight", () => {
  const kinds = allFaultKinds
  assert.include(page, `${kinds.length} kinds`)
  assert.include(page, `故障共 ${kinds.length} 种`)
  const rows = page.split("\n").filter((line) => line.startsWith("| `"))
  const unnamed = kinds.filter(({ name, weight }) => {
    const cells = rows.find((line) => line.includes(`\`${name}\``))?.split("|") ?? []
    return !(cells[2] ?? "").split(",").some((text) => Number.parseInt(text, 10) === weight)
  })
  assert.deepStrictEqual(
    unnamed.map(({ name }) => name),
    []
  )
})

it("names every kind of fault of the runbooks", () => {
  assert.include(page, `${runbookFaultKinds.length} kinds of faults`)
  assert.include(page, `故障共 ${runbookFaultKinds.length} 种：`)
  assert.deepStrictEqual(
    runbookFaultKinds.filter((name) => !page.includes(`\`${name}\``)),
    []
  )
})

it("names every kind of fault of trading, with its weight and whether it trips", () => {
  const section = page.slice(page.indexOf("### Faults of trading"), page.indexOf("### Invariants of trading"))
  assert.include(section, `${tradeFaultKinds.length} kinds.`)
  assert.include(page.slice(page.indexOf("## 交易")), `故障共 ${tradeFaultKinds.length} 种`)
  const named = section.split("\n").flatMap((line) => {
    const [, names = "", weights = ""] = line.split("|")
    const each = weights.split(",").map((text) => text.trim())
    return names.split(",").map((name, at) => `${name.trim()} ${each[at]}`)
  })
  const missing = tradeFaultKinds
    .map(({ name, trips, weight }) => `\`${name}\`${trips === true ? " T" : ""} ${weight}`)
    .filter((text) => !named.includes(text))
  assert.deepStrictEqual(missing, [])
})
