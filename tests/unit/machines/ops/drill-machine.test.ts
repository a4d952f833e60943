// A drill that fails must leave the feed as it was before: the scripts of old stayed on the backup feed.
import { assert, describe, it } from "@effect/vitest"
import { drillMachine } from "../../../../machines/ops/drill-machine.ts"
import { runbookExits } from "../../../../src/ops/domain/exit-codes.ts"
import { everyPart, planOf } from "../../../../src/ops/domain/plan.ts"
import { startPlanRun } from "../../../support/plan-run.ts"

const stages = planOf({ command: "drill", skipLive: false }, everyPart)
const start = (proved: number) => {
  const run = startPlanRun(drillMachine, "drill")
  run.begin()
  for (let stage = 0; stage < proved; stage++) run.prove()
  return run
}
/** Index of the first switch in the plan. */
const firstSwitch = stages.findIndex(({ changes }) => changes)

describe("a drill", () => {
  it("has one state for each stage of its plan, in the same sequence", () => {
    const run = start(stages.length)
    assert.deepStrictEqual(run.states.slice(3, 3 + stages.length), [
      "validating",
      "preflight",
      "checkingRefusals",
      "startHealth",
      "startConsumers",
      "failingOver",
      "backupConsumers",
      "backupHealth",
      "failingBack",
      "primaryConsumers",
      "primaryHealth"
    ])
    run.send({ type: "RUN_RECORDED" })
    assert.strictEqual(run.state(), "succeeded")
    assert.strictEqual(run.context().exit, "ok")
    assert.notInclude(run.commands, "restoreState")
  })

  it("keeps the code of the check that failed, and restores the feed from the first switch on", () => {
    const codes = stages.map(({ exits: [exit] }, index) => {
      const run = start(index)
      run.fail(exit)
      const isRestored = index >= firstSwitch
      assert.strictEqual(run.state(), isRestored ? "restoring" : "recording")
      if (isRestored) run.send({ type: "STATE_RESTORED" })
      run.send({ type: "RUN_RECORDED" })
      assert.strictEqual(run.state(), isRestored ? "rolledBack" : "failed")
      return runbookExits[run.context().exit].code
    })
    assert.deepStrictEqual(codes, [1, 11, 47, 41, 42, 23, 43, 44, 23, 45, 46])
  })

  it("does the same when a check does not answer, and when a signal arrives", () => {
    for (const [index, { exits }] of stages.entries()) {
      const silent = start(index)
      silent.expire()
      assert.strictEqual(silent.context().exit, exits[0])
      const interrupted = start(index)
      interrupted.send({ type: "INTERRUPTED", exit: "interrupted" })
      assert.strictEqual(interrupted.context().exit, "interrupted")
      for (const run of [silent, interrupted]) {
        assert.strictEqual(run.state(), index >= firstSwitch ? "restoring" : "recording")
        while (run.expire());
        assert.strictEqual(run.commands.filter((name) => name === "recordRun").length, 1)
        assert.isTrue(run.isOver())
      }
    }
  })

  it("says when the feed could not be restored", () => {
    const run = start(firstSwitch + 1)
    run.fail("drillConsumersBackup")
    run.send({ type: "RESTORE_FAILED", why: "the primary feed has no tick" }, { type: "RUN_RECORDED" })
    assert.strictEqual(run.state(), "rollbackFailed")
    assert.strictEqual(runbookExits[run.context().exit].code, 43)
  })
})
