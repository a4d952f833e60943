// An operator looks a code up at night: the page must hold what the program returns, in both languages.
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { runbookCodesPage } from "../../../deploy/dev/runbook-codes-page.ts"
import { runbookExits } from "../../../src/ops/domain/exit-codes.ts"

const page = readFileSync(new URL("../../../docs/reference/runbook-codes.md", import.meta.url), "utf8")

describe("the page of the runbook codes", () => {
  it("is what the tables say", () => {
    assert.strictEqual(page, runbookCodesPage(page), "stale: run 'npm run generate'")
  })

  it("holds each code twice, in English and in Chinese", () => {
    for (const { after, code, meaning } of Object.values(runbookExits)) {
      for (const language of ["en", "zh"] as const) {
        assert.include(page, `| ${code} | ${meaning[language]} | ${after[language]} |`)
      }
      assert.match(`${meaning.zh}`, /\p{Script=Han}/u)
    }
  })
})
