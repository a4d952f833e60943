// The wrong advice at night costs more than none.
import { assert, it } from "@effect/vitest"
import { runbookExits } from "../../../../../src/ops/domain/exit-codes.ts"
import { explainCode } from "../../../../../src/ops/domain/notify/explain-code.ts"

it("gives the health check's own meaning to its codes", () => {
  assert.deepStrictEqual(
    [0, 1, 2].map((code) => explainCode("subscription_health_escalation", code).level),
    ["info", "warning", "critical"]
  )
  assert.include(explainCode("subscription_health_escalation", 2).after.en, "tickd health check")
})

it("gives a runbook's marker the meaning of the table of runbooks, for each of its codes", () => {
  for (const { after, code, meaning } of Object.values(runbookExits)) {
    const found = explainCode("drill_weekly", code)
    assert.deepStrictEqual([found.happened, found.after], [meaning, after])
  }
  assert.strictEqual(explainCode("runbook", 21).level, "critical")
  assert.strictEqual(explainCode("runbook", 12).level, "warning")
})

it("explains no code of a program that it does not know", () => {
  assert.deepStrictEqual(explainCode("nightly_backup", 2).happened, {
    en: "nightly_backup ended with exit code 2",
    zh: "nightly_backup 以退出码 2 结束"
  })
  assert.strictEqual(explainCode("nightly_backup", 0).level, "info")
  assert.strictEqual(explainCode("subscription_health_escalation", 9).level, "critical")
})
