// A drill that failed needs its report more than one that passed: both are whole, in both languages.
import { assert, describe, it } from "@effect/vitest"
import {
  type DrillFacts,
  drillMarkdown,
  drillReport,
  drillReportName
} from "../../../../../src/ops/domain/drill/drill-report.ts"
import { liveRequest } from "../../../../support/live-settings.ts"

const startMs = Date.parse("2026-11-26T10:45:00+08:00")
const facts = (more: Partial<DrillFacts> = {}): DrillFacts => ({
  request: liveRequest("drill"),
  result: {
    command: "drill",
    end: "succeeded",
    exit: "ok",
    why: "",
    stage: "drillHealthPrimary",
    plan: [],
    facts: { failoverMs: 12, failbackMs: 34 },
    changed: true
  },
  operator: "ops@host",
  startMs,
  endMs: startMs + 4_000,
  stages: [{ stage: "drillFailover", startMs, endMs: startMs + 150.4, limitMs: 10_000, passed: true }],
  notes: new Map([["drillFailover", { latency_ms: 12, measured_on: "stream" }]]),
  forcedOver: [],
  evidence: undefined,
  ...more
})

describe("report of a drill", () => {
  it("has its time in Shanghai in its name", () => {
    assert.strictEqual(drillReportName(startMs), "drill-20261126-104500")
  })

  it("has a drill that passed with its stages and findings", () => {
    const report = drillReport(facts())
    assert.deepInclude(report, { passed: true, exit_code: 0, failed_stage: null, failover_ms: 12, failback_ms: 34 })
    assert.deepStrictEqual(report.stages[0]?.took_ms, 150)
    assert.match(
      drillMarkdown(report),
      /\| drillFailover \| 2026-11-26T10:45:00\.000\+08:00 \| 150 \| 10000 \| passed 通过 \| latency_ms 12, measured_on stream \|/
    )
  })

  it("has a drill that failed and was forced, with its reason on one line of the table", () => {
    const failed = { ...facts().result, end: "rolledBack", exit: "drillHealthBackup", why: "1 lost" } as const
    const request = liveRequest("drill", { force: true, reason: "line | moves\nat noon" })
    const report = drillReport(facts({ result: failed, request, forcedOver: ["switches are held"] }))
    assert.deepInclude(report, { passed: false, exit_code: 44, why: "1 lost", force_reason: "line | moves\nat noon" })
    const text = drillMarkdown(report)
    assert.include(text, "**FAILED 未通过**, exit code 退出码 44: 1 lost")
    assert.include(text, "| force reason 强制原因 | line \\| moves at noon |")
    assert.include(text, "The stream was not read. 未读取流。")
  })
})
