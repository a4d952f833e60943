// Operators follow a start by its status lines: each attempt has a beginning and an end, with the reason.
import { assert, describe, it } from "@effect/vitest"
import { besideStages } from "../../../../machines/ops/beside-stages.ts"
import { drillMachine } from "../../../../machines/ops/drill-machine.ts"
import { runbookMachine } from "../../../../machines/ops/runbook-machine.ts"
import { makeRunProgress } from "../../../../src/app/live/run-progress.ts"
import { startPlanRun } from "../../../support/plan-run.ts"

/** A run of a plan whose every step is shown. */
const shown = (machine: typeof runbookMachine | typeof drillMachine, command: "start" | "drill") => {
  const lines: Array<string> = []
  const progress = makeRunProgress((line) => void lines.push(line))
  const run = startPlanRun(machine, command)
  const after = (step: () => unknown) => {
    step()
    progress({ state: run.state(), context: run.context() })
  }
  after(() => undefined)
  after(run.begin)
  return { lines, run, after }
}

it("knows in which states of both machines no stage is carried out", () => {
  for (const machine of [runbookMachine, drillMachine]) {
    for (const [name, node] of Object.entries(machine.states)) {
      const runsStage = node.entry.some((action) => action === "runStage" || Object(action).type === "runStage")
      assert.strictEqual(besideStages.has(name), !runsStage, name)
    }
  }
})

describe("status lines of a run", () => {
  it("shows the beginning and the proof of each stage, also of the last one", () => {
    const { after, lines, run } = shown(runbookMachine, "start")
    const stages = run.context().stages.map(({ name }) => name)
    for (const _ of stages) after(() => run.prove())
    assert.deepStrictEqual(
      lines.map((line) => line.replace(/, Details: .*/, "")),
      stages.flatMap((name) => [`Component: ${name}, Status: STARTING`, `Component: ${name}, Status: READY`])
    )
    assert.include(lines[1], "Details: Every variable of the profile is valid")
  })

  it("shows why an attempt failed, and the rollback after the last one", () => {
    const { after, lines, run } = shown(runbookMachine, "start")
    after(() => run.prove())
    after(() => run.prove())
    for (const _ of [1, 2]) {
      after(() => run.fail("configuration"))
      after(() => run.expire())
    }
    after(() => run.fail("configuration"))
    after(() => run.send({ type: "STATE_RESTORED" }))
    assert.deepStrictEqual(lines.slice(4), [
      "Component: nats, Status: STARTING, Details: attempt 1 of 3",
      "Component: nats, Status: FAILED, Details: not ready",
      "Component: nats, Status: STARTING, Details: attempt 2 of 3",
      "Component: nats, Status: FAILED, Details: not ready",
      "Component: nats, Status: STARTING, Details: attempt 3 of 3",
      "Component: nats, Status: FAILED, Details: not ready",
      "Component: rollback, Status: STARTING, Details: what ran before is restored",
      "Component: rollback, Status: READY, Details: what ran before runs again"
    ])
  })

  it("shows a day without a session, and a rollback that failed", () => {
    const holiday = shown(runbookMachine, "start")
    holiday.after(() => holiday.run.prove())
    holiday.after(() => holiday.run.miss())
    assert.include(holiday.lines, "Component: preflight, Status: SKIPPED, Details: holiday")

    const drill = shown(drillMachine, "drill")
    for (let proved = 0; proved < 6; proved++) drill.after(() => drill.run.prove())
    drill.after(() => drill.run.fail("drillConsumersBackup"))
    drill.after(() => drill.run.send({ type: "RESTORE_FAILED", why: "no answer" }))
    assert.deepStrictEqual(drill.lines.slice(-4), [
      "Component: drillConsumersBackup, Status: STARTING, Details: attempt 1 of 1",
      "Component: drillConsumersBackup, Status: FAILED, Details: not ready",
      "Component: rollback, Status: STARTING, Details: what ran before is restored",
      "Component: rollback, Status: FAILED, Details: no answer"
    ])
  })
})
