import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { lastLines } from "../../../../../../src/ops/adapters/process/program-log.ts"
import { explainPrometheus } from "../../../../../../src/ops/adapters/process/programs/prometheus.ts"

// As Prometheus 2.53 prints it. The fault is followed by lines about what it stops.
const log = String.raw`ts=1 caller=main.go:627 level=info msg="Starting Prometheus Server"
ts=2 caller=manager.go:201 level=error component="rule manager" msg="loading groups failed" err="/srv/rules/feeds.yml: yaml: unmarshal errors:\n  line 7: field exprr not found in type rulefmt.RuleNode"
ts=3 caller=main.go:1370 level=error msg="Failed to apply configuration" err="error loading rules"
ts=4 caller=main.go:1007 level=info msg="Notify discovery manager stopped"
ts=5 caller=main.go:993 level=info msg="Scrape discovery manager stopped"
ts=6 caller=main.go:1270 level=info msg="Notifier manager stopped"
`

describe("a Prometheus that refuses a rule file", () => {
  it("is explained with file, line and fix, although it prints more lines behind the fault", () => {
    const folder = mkdtempSync(join(tmpdir(), "tickd-explain-"))
    try {
      const path = join(folder, "prometheus.log")
      writeFileSync(path, log)
      assert.strictEqual(
        explainPrometheus(`prometheus ended with 1 at its start; its last lines: ${lastLines(path, 3)}`),
        "Prometheus refuses a rule file (/srv/rules/feeds.yml: yaml: unmarshal errors: line 7: field exprr not found in type rulefmt.RuleNode): correct it, and check it with 'promtool check rules'."
      )
      writeFileSync(path, log.replaceAll("level=error", "level=info"))
      assert.include(lastLines(path, 1), "Notifier manager stopped")
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it("is left as it is when its log says something else", () => {
    assert.isUndefined(explainPrometheus("prometheus ended with 2 at its start; its last lines: out of memory"))
  })
})
