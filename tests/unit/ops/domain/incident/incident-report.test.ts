// Operators read the template of their runbook: the keys and their order are theirs, the contents are the system's.
import { assert, describe, it } from "@effect/vitest"
import type { IncidentFacts } from "../../../../../src/ops/domain/incident/incident-facts.ts"
import { incidentReport } from "../../../../../src/ops/domain/incident/incident-report.ts"
import { markdownOf, yamlOf } from "../../../../../src/ops/domain/incident/incident-text.ts"
import type { TimelineFact } from "../../../../../src/ops/domain/incident/timeline.ts"

const startMs = Date.parse("2026-11-30T21:00:00+08:00")
const range = { fromMs: startMs, toMs: startMs + 60_000 }

const fact = (afterMs: number, change: Partial<TimelineFact>): TimelineFact => ({
  key: `${afterMs}/${change.kind ?? ""}`,
  atMs: startMs + afterMs,
  origin: "md-1/run",
  seq: afterMs,
  kind: "transition",
  subject: "session-primary",
  text: { en: `fact ${afterMs}`, zh: `事实 ${afterMs}` },
  isTrouble: false,
  isAction: false,
  ...change
})

const quiet: IncidentFacts = {
  timeline: [],
  switches: [],
  gaps: [],
  certificates: [],
  quarantine: [],
  runs: [],
  daemon: { instance: "md-1", ready: true, reasons: [], activeFeed: "primary" },
  auditFiles: [".state/audit.jsonl"],
  notes: []
}

const gap = {
  id: "g1",
  feed: "primary",
  instrument: null,
  cause: "session_down",
  fromMs: startMs + 1000,
  toMs: startMs + 2500,
  count: null,
  coveredBy: null
}

const crashed: IncidentFacts = {
  ...quiet,
  timeline: [
    fact(3000, { kind: "switch", isAction: true, isTrouble: true }),
    fact(1000, { kind: "gap", isTrouble: true }),
    fact(1500, { kind: "command", isTrouble: true, isAction: true, isDrill: true, operator: "li@ops" }),
    fact(500, {})
  ],
  switches: [{ atMs: startMs + 3000, kind: "failover", result: "committed", latencyMs: 464 }],
  gaps: [gap],
  runs: [{ atMs: startMs + 4000, action: "start", exitCode: 3 }],
  daemon: { instance: "md-1", ready: true, reasons: [], activeFeed: "backup" }
}

describe("incidentReport", () => {
  it("has the keys of the runbook's template, in its order", () => {
    const { incident } = incidentReport(crashed, range, "en", "zhang@ops")
    assert.deepStrictEqual(Object.keys(incident), [
      "date_time",
      "session",
      "operator",
      "trigger",
      "actions",
      "metrics",
      "outcome",
      "follow_ups",
      "audit_files"
    ])
    assert.deepStrictEqual(incident.metrics, [{ md_runbook_exit_code: 3 }, { md_failover_latency_ms: 464 }])
  })

  it("names the injected fault as the trigger although its gap begins at the tick before", () => {
    const { evidence, incident } = incidentReport(crashed, range, "en", "zhang@ops")
    assert.strictEqual(incident.trigger, "fact 1500")
    assert.strictEqual(incident.date_time, "2026-11-30T21:00:01.500+08:00")
    assert.strictEqual(incident.session, "night")
    assert.strictEqual(incident.operator, "li@ops")
    assert.deepStrictEqual(incident.actions, [
      "2026-11-30T21:00:01.500+08:00 fact 1500",
      "2026-11-30T21:00:03.000+08:00 fact 3000"
    ])
    assert.deepStrictEqual(
      evidence.timeline.map(({ text }) => text),
      ["fact 500", "fact 1000", "fact 1500", "fact 3000"]
    )
    assert.strictEqual(evidence.gaps[0]?.ms, 1500)
  })

  it("keeps the gap as the trigger when the drill came long after it", () => {
    const late = {
      ...crashed,
      timeline: [...crashed.timeline.slice(0, 2), fact(9000, { isTrouble: true, isDrill: true })]
    }
    assert.strictEqual(incidentReport(late, range, "en", "zhang@ops").incident.trigger, "fact 1000")
  })

  it("derives what is left to do: lost ticks, the active feed, a failed runbook", () => {
    const { follow_ups, outcome } = incidentReport(crashed, range, "en", "zhang@ops").incident
    assert.strictEqual(follow_ups.length, 3)
    assert.match(follow_ups[0] ?? "", /^Ticks of primary may be missing from 2026-11-30T21:00:01.000/)
    assert.match(follow_ups[1] ?? "", /active feed is backup/)
    assert.match(follow_ups[2] ?? "", /exit code 3/)
    assert.strictEqual(outcome, "md-1 is ready, active feed backup. Gap records: 1, open 0, covered by another feed 0.")
    const covered = incidentReport({ ...crashed, gaps: [{ ...gap, coveredBy: "backup" }] }, range, "en", "zhang@ops")
    assert.isFalse(covered.incident.follow_ups.some((text) => text.startsWith("Ticks of")))
  })

  it("says that nothing is recorded, and names the one who asks", () => {
    const { incident } = incidentReport(quiet, range, "zh", "zhang@ops")
    assert.strictEqual(incident.trigger, "该时间段内没有故障记录")
    assert.strictEqual(incident.operator, "zhang@ops")
    assert.deepStrictEqual(incident.metrics, [{ md_runbook_exit_code: null }, { md_failover_latency_ms: null }])
    assert.match(incident.outcome, /^md-1 已就绪，当前行情源 primary。/)
  })
})

describe("yamlOf", () => {
  it("quotes every text, so that none is read as a number, a comment, a key or a line", () => {
    const hard = ["yes", "012", "a: b # c", '"', "two\nlines", "\u0085\u2028\u007f", "- x", "", "断线"]
    const head = { id: "INC-1", title: "no", severity: "critical", openedBy: "li@ops", resolution: null }
    const report = incidentReport({ ...quiet, auditFiles: hard }, range, "en", "zhang@ops", head)
    const text = yamlOf(report)
    const start = text.indexOf("  audit_files:\n")
    const lines = text.slice(start, text.indexOf("evidence:")).trimEnd().split("\n").slice(1)
    assert.deepStrictEqual(
      lines.map((line) => JSON.parse(line.replace(/^ {4}- /, ""))),
      hard
    )
    assert.notMatch(text, /[\u007f-\u009f\u2028\u2029]/)
    assert.include(text, '  title: "no"\n')
    assert.include(text, "  metrics:\n    - md_runbook_exit_code: null\n    - md_failover_latency_ms: null\n")
    assert.include(text, "  actions: []\n")
  })
})

describe("markdownOf", () => {
  it("shows texts as they are, each on one line", () => {
    const head = { id: "INC-1", title: "<b> *x*\n# y", severity: "critical", openedBy: "li@ops", resolution: null }
    const text = markdownOf(incidentReport(crashed, range, "zh", "zhang@ops", head), "zh")
    assert.match(text, /^# 事件报告 INC-1 \\<b\\> \\\*x\\\* \\# y\n/)
    assert.include(text, "## 缺口记录")
  })
})
