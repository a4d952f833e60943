// A runbook that ends without an audit line, or half-way, leaves operators who do not know what runs.
import { assert, describe, it } from "@effect/vitest"
import { runbookMachine } from "../../../../machines/ops/runbook-machine.ts"
import { runbookExits } from "../../../../src/ops/domain/exit-codes.ts"
import { type RunbookCommand, runbookCommands } from "../../../../src/ops/domain/runbook-words.ts"
import { startPlanRun } from "../../../support/plan-run.ts"
import { wholesOf } from "../../../support/seeded-random.ts"

const start = (command: RunbookCommand = "start") => startPlanRun(runbookMachine, command)
const times = (commands: ReadonlyArray<string>, name: string) => commands.filter((command) => command === name).length

describe("a runbook", () => {
  it("proves each stage in turn, records itself and ends", () => {
    const run = start()
    run.begin()
    for (let stage = 0; stage < 7; stage++) run.prove()
    assert.strictEqual(run.state(), "recording")
    run.send({ type: "RUN_RECORDED" })
    assert.strictEqual(run.state(), "succeeded")
    assert.strictEqual(times(run.commands, "runStage"), 7)
    assert.strictEqual(times(run.commands, "restoreState"), 0)
    assert.include(run.context(), { exit: "ok", changed: true })
  })

  it("knows that nothing was changed", () => {
    const run = start()
    run.begin()
    for (let stage = 0; stage < 7; stage++) run.prove(false)
    assert.isFalse(run.context().changed)
  })

  it("tries a stage three times, then restores what ran before and keeps the code of the stage", () => {
    const run = start()
    run.begin()
    for (let stage = 0; stage < 3; stage++) run.prove()
    for (const attempt of [1, 2, 3]) {
      assert.strictEqual(run.context().attempt, attempt)
      run.fail("tickd")
      if (attempt < 3) run.expire()
    }
    assert.strictEqual(run.state(), "restoring")
    assert.strictEqual(times(run.commands, "escalate"), 1)
    run.send({ type: "STATE_RESTORED" }, { type: "RUN_RECORDED" })
    assert.strictEqual(run.state(), "rolledBack")
    assert.include(run.context(), { exit: "tickd", why: "not ready" })
  })

  it("does not repeat a stage for what only an operator can change", () => {
    const run = start()
    run.begin()
    for (let stage = 0; stage < 3; stage++) run.prove()
    run.fail("ingest", true)
    assert.strictEqual(run.state(), "restoring")
    assert.include(run.context(), { exit: "ingest", attempt: 1 })
  })

  it("restores nothing when a stage that only looks has failed first", () => {
    const run = start()
    run.begin()
    run.prove()
    for (const last of [false, false, true]) {
      run.fail("preflight")
      if (!last) run.expire()
    }
    run.send({ type: "RUN_RECORDED" })
    assert.strictEqual(run.state(), "failed")
    assert.strictEqual(times(run.commands, "restoreState"), 0)
  })

  it("does not take the answer of an attempt that was given up for that of the next one", () => {
    const run = start()
    run.begin()
    run.expire()
    run.expire()
    assert.include(run.context(), { attempt: 2, index: 0 })
    run.send({ type: "STAGE_PROVED", stage: "validate", attempt: 1, changed: false, facts: {} })
    assert.include(run.context(), { attempt: 2, index: 0 })
    run.prove()
    assert.include(run.context(), { attempt: 1, index: 1 })
  })

  it("is refused while another run holds the lock, and touches nothing", () => {
    const run = start()
    run.send({ type: "LOCK_REFUSED", held: true, why: "held by ops-1 since 20:44" }, { type: "RUN_RECORDED" })
    assert.strictEqual(run.state(), "refused")
    assert.deepStrictEqual(run.commands, ["takeLock", "cancelWork", "recordRun", "cancelWork"])
    assert.include(run.context(), { exit: "locked", why: "held by ops-1 since 20:44" })
  })

  it("fails, and is not refused, when this machine cannot give the lock", () => {
    const run = start()
    run.send({ type: "LOCK_REFUSED", held: false, why: "read-only" }, { type: "RUN_RECORDED" })
    assert.strictEqual(run.state(), "failed")
    assert.include(run.context(), { exit: "preflight", why: "read-only" })
  })

  it("touches nothing of its own when a killed run could not be undone", () => {
    for (const fails of [true, false]) {
      const run = start()
      run.send({ type: "LOCK_TAKEN" })
      if (fails) run.send({ type: "RECOVERY_FAILED", why: "NATS does not start" })
      else run.expire()
      run.send({ type: "RUN_RECORDED" })
      assert.strictEqual(run.state(), "failed")
      assert.strictEqual(run.context().exit, "preflight")
      assert.strictEqual(times(run.commands, "escalate"), 1)
      assert.notInclude(run.commands, "observeState")
    }
  })

  it("ends after the recovery when a signal arrived during it", () => {
    const run = start()
    run.send({ type: "LOCK_TAKEN" }, { type: "INTERRUPTED", exit: "terminated" })
    assert.strictEqual(run.state(), "recovering")
    run.send({ type: "RECOVERED" }, { type: "RUN_RECORDED" })
    assert.strictEqual(run.state(), "interrupted")
    assert.strictEqual(run.context().exit, "terminated")
    assert.notInclude(run.commands, "observeState")
  })

  it("ends with 0 on a day without a session", () => {
    const run = start()
    run.begin()
    run.prove()
    run.miss()
    run.send({ type: "RUN_RECORDED" })
    assert.strictEqual(run.state(), "noSession")
    assert.strictEqual(runbookExits[run.context().exit].code, 0)
  })

  it("looks without lock, rollback and escalation of a change", () => {
    const run = start("status")
    assert.strictEqual(run.state(), "runningStage")
    run.prove(false)
    run.send({ type: "RUN_RECORDED" })
    assert.notInclude(run.commands, "takeLock")
    assert.notInclude(run.commands, "observeState")
  })

  it("is interrupted in every stage: restored when something may have changed, and never twice", () => {
    for (const exit of ["interrupted", "terminated"] as const) {
      for (let stage = 0; stage < 7; stage++) {
        const run = start()
        run.begin()
        for (let proved = 0; proved < stage; proved++) run.prove()
        run.send({ type: "INTERRUPTED", exit }, { type: "INTERRUPTED", exit: "interrupted" })
        assert.strictEqual(run.state(), stage < 2 ? "recording" : "restoring")
        if (stage >= 2) run.send({ type: "STATE_RESTORED" })
        run.send({ type: "RUN_RECORDED" })
        assert.strictEqual(run.state(), stage < 2 ? "interrupted" : "rolledBack")
        assert.strictEqual(run.context().exit, exit)
        assert.strictEqual(times(run.commands, "restoreState"), stage < 2 ? 0 : 1)
      }
    }
  })

  it("keeps the code of a failed stage when a signal arrives during the rollback", () => {
    const run = start("restart")
    run.begin()
    run.prove()
    run.prove()
    for (let attempt = 0; attempt < 5; attempt++) run.expire()
    assert.strictEqual(run.state(), "restoring")
    run.send(
      { type: "INTERRUPTED", exit: "interrupted" },
      { type: "RESTORE_FAILED", why: "no" },
      { type: "RUN_RECORDED" }
    )
    assert.strictEqual(run.state(), "rollbackFailed")
    assert.strictEqual(run.context().exit, "tickd")
  })
})

describe("every path of a runbook", () => {
  it("ends when nothing answers any more", () => {
    for (const command of Object.keys(runbookCommands) as ReadonlyArray<RunbookCommand>) {
      const run = start(command)
      let steps = 0
      while (!run.isOver() && run.expire()) assert.isBelow(++steps, 100)
      assert.isTrue(run.isOver(), `${command} stays in ${run.state()}`)
    }
  })

  it("gives one command to record, one code, and at most one rollback, for any sequence of events", () => {
    const ends = new Set<string>()
    const codes = Object.keys(runbookExits)
    for (let seed = 1; seed <= 3000; seed++) {
      const below = wholesOf(seed)
      const commands = Object.keys(runbookCommands) as ReadonlyArray<RunbookCommand>
      const run = start(commands[below(commands.length)])
      for (let steps = 0; !run.isOver(); steps++) {
        assert.isBelow(steps, 1000, `seed ${seed} stays in ${run.state()}`)
        const draw = below(40)
        if (draw < 8) run.begin()
        else if (draw < 24) run.prove(below(2) === 0)
        else if (draw < 28) run.fail("preflight")
        else if (draw < 33) run.expire()
        else if (draw === 33) run.send({ type: "INTERRUPTED", exit: "terminated" })
        else if (draw === 34) run.send({ type: "STATE_RESTORED" })
        else if (draw === 35) run.send({ type: "RESTORE_FAILED", why: "no" })
        else if (draw === 36) run.send({ type: "RUN_RECORDED" })
        else if (draw === 37) run.send({ type: "RECORD_FAILED", why: "disk full" })
        else if (draw === 38 && below(10) === 0) run.send({ type: "LOCK_REFUSED", held: true, why: "held" })
        else if (draw === 39) run.miss()
      }
      ends.add(run.state())
      assert.strictEqual(times(run.commands, "recordRun"), 1, `seed ${seed}`)
      assert.isAtMost(times(run.commands, "restoreState"), 1, `seed ${seed}`)
      const { exit, outcome, rollback, touched } = run.context()
      assert.include(codes, exit)
      // Something may have changed: it is proved, or what ran before was restored, or a person is called.
      assert.strictEqual(rollback !== "none", touched && outcome !== "succeeded", `seed ${seed}`)
      assert.strictEqual(exit === "ok", outcome === "succeeded" || outcome === "noSession", `seed ${seed}`)
    }
    assert.deepStrictEqual([...ends].toSorted(), [
      "failed",
      "interrupted",
      "noSession",
      "refused",
      "rollbackFailed",
      "rolledBack",
      "succeeded"
    ])
  })
})
