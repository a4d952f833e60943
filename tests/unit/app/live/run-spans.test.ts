// A trace is what a person opens after a bad start: it must show which attempt of which stage took the time, and why.
import { assert, it } from "@effect/vitest"
import { runbookMachine } from "../../../../machines/ops/runbook-machine.ts"
import { makeRunSpans } from "../../../../src/app/live/run-spans.ts"
import type { SpanExport } from "../../../../src/platform/trace/span.ts"
import { startPlanRun } from "../../../support/plan-run.ts"

type Opened = Parameters<SpanExport["open"]>[0]

/** Keeps what is exported: name, name of the parent, times, failure and attributes. */
const recorded = () => {
  const spans: Array<{ readonly line: string; readonly attributes: Opened["attributes"] }> = []
  const names = new Map<unknown, string>()
  const open: SpanExport["open"] = ({ attributes, name, parent, startMs }) => {
    const span = {
      end: (endMs: number, failure?: string) => {
        const below = parent === undefined ? "" : ` below ${names.get(parent)}`
        spans.push({ line: `${name}${below} ${startMs}-${endMs} ${failure ?? "ok"}`, attributes })
      }
    }
    names.set(span, name)
    return span
  }
  return { spans, to: { open, dropped: () => 0 } }
}

/** A start whose steps are 100 ms apart. */
const tracedStart = () => {
  const run = startPlanRun(runbookMachine, "start")
  const { export: send, onStep } = makeRunSpans()
  let atMs = 0
  const after = (step: () => unknown) => {
    step()
    onStep({ atMs: (atMs += 100), state: run.state(), context: run.context() })
  }
  after(() => undefined)
  after(run.begin)
  const sent = (end: string, exitCode: number, why: string) => {
    const { spans, to } = recorded()
    const result = { command: "start", end, why, changed: true }
    send(to, { user: "op", window: "day", profile: "live", startMs: 50, endMs: 9000, exitCode, result })
    return spans
  }
  return { run, after, sent }
}

it("has a span of the run, and below it one of each stage with its own times", () => {
  const { after, run, sent } = tracedStart()
  const stages = run.context().stages.map(({ name }) => name)
  for (const _ of stages) after(() => run.prove())
  after(() => run.send({ type: "RUN_RECORDED" }))
  const spans = sent("succeeded", 0, "")
  assert.deepStrictEqual(
    spans.map(({ line }) => line),
    [
      ...stages.map((name, at) => `${name} below runbook start ${200 + at * 100}-${300 + at * 100} ok`),
      "runbook start 50-9000 ok"
    ]
  )
  assert.deepInclude(spans.at(-1)?.attributes, {
    "tickd.runbook.outcome": "succeeded",
    "tickd.runbook.exit_code": 0,
    "tickd.runbook.user": "op"
  })
})

it("has a span of each attempt with why it failed, and one of the rollback", () => {
  const { after, run, sent } = tracedStart()
  after(() => run.prove())
  after(() => run.prove())
  for (const _ of [1, 2]) {
    after(() => run.fail("configuration"))
    after(() => run.expire())
  }
  after(() => run.fail("configuration"))
  after(() => run.send({ type: "RESTORE_FAILED", why: "no answer" }))
  after(() => run.send({ type: "RUN_RECORDED" }))
  const spans = sent("rollbackFailed", 1, "not ready")
  assert.deepStrictEqual(
    spans.slice(2).map(({ line }) => line),
    [
      "nats below runbook start 400-500 not ready",
      "nats below runbook start 600-700 not ready",
      "nats below runbook start 800-900 not ready",
      "rollback below runbook start 900-1000 no answer",
      "runbook start 50-9000 1: not ready"
    ]
  )
  assert.deepStrictEqual(
    spans.slice(2, 5).map(({ attributes }) => attributes["tickd.runbook.attempt"]),
    [1, 2, 3]
  )
})
