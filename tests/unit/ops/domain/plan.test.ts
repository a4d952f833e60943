// A plan that stops NATS during a switch, or a code that means two things, costs an operator the night.
import { assert, describe, it } from "@effect/vitest"
import { runbookExits } from "../../../../src/ops/domain/exit-codes.ts"
import { markersOf } from "../../../../src/ops/domain/markers.ts"
import { everyPart, planOf } from "../../../../src/ops/domain/plan.ts"
import { type RunbookCommand, runbookCommands } from "../../../../src/ops/domain/runbook-words.ts"

const commands = Object.keys(runbookCommands) as ReadonlyArray<RunbookCommand>
const namesOf = (command: RunbookCommand, skipLive = false) =>
  planOf({ command, skipLive }, everyPart).map(({ name }) => name)

describe("plans of the runbooks", () => {
  it("starts in the sequence of the runbook", () => {
    assert.deepStrictEqual(namesOf("start"), [
      "validate",
      "preflight",
      "nats",
      "tickd",
      "subscription",
      "monitoring",
      "console"
    ])
    assert.deepStrictEqual(namesOf("start", true), ["validate", "preflight", "nats", "monitoring", "console"])
  })

  it("starts NATS in a start and a rollback, and stops it in a stop only", () => {
    const touching = commands.filter((command) => namesOf(command).some((name) => /nats/i.test(name)))
    assert.deepStrictEqual(touching, ["start", "stop", "rollback"])
    assert.deepStrictEqual(
      commands.filter((command) => namesOf(command).includes("stopNats")),
      ["stop"]
    )
  })

  it("changes nothing in a status and a checkpoint", () => {
    const changing = commands.filter((command) =>
      planOf({ command, skipLive: false }, everyPart).some(({ changes }) => changes)
    )
    assert.deepStrictEqual(changing, [
      "start",
      "restart",
      "stop",
      "failover",
      "failback",
      "drill",
      "rotate",
      "rollback"
    ])
  })

  it("leaves out what others run, and proves NATS all the same", () => {
    const managed = { nats: false, monitoring: false, console: false }
    const plan = (command: RunbookCommand) => planOf({ command, skipLive: false }, managed)
    const start = plan("start")
    assert.deepStrictEqual(
      start.map(({ name }) => name),
      ["validate", "preflight", "nats", "tickd", "subscription"]
    )
    assert.isFalse(start.find(({ name }) => name === "nats")?.changes)
    assert.deepStrictEqual(
      plan("stop").map(({ name }) => name),
      ["stopTickd"]
    )
  })

  it("rotates the standby feed first, and tries no secret twice: fronts lock accounts", () => {
    assert.deepStrictEqual(namesOf("rotate"), [
      "validate",
      "preflight",
      "rotateBackup",
      "rotateSwitch",
      "rotatePrimary",
      "rotateReturn"
    ])
    for (const feed of ["backup", "primary"] as const) {
      const plan = planOf({ command: "rotate", skipLive: false, feed }, everyPart)
      assert.strictEqual(plan.filter(({ exits }) => exits[0] === "rotate").length, 1)
      for (const { attemptsMax, name } of plan) assert.strictEqual(attemptsMax, name.startsWith("rotate") ? 1 : 3)
    }
  })

  it("rolls back by the sequence of a start, with the daemon of the snapshot", () => {
    const start = namesOf("start").map((name) => (name === "tickd" ? "startSnapshot" : name))
    assert.deepStrictEqual(namesOf("rollback"), start)
  })

  it("looks before it changes anything", () => {
    for (const command of ["start", "restart", "failover", "failback", "drill", "rollback"] as const) {
      assert.deepStrictEqual(namesOf(command).slice(0, 2), ["validate", "preflight"])
    }
  })

  it("stops the reader before what it reads", () => {
    assert.deepStrictEqual(namesOf("stop"), ["stopConsole", "stopMonitoring", "stopTickd", "stopNats"])
  })

  it("gives each check of a drill its own code", () => {
    const codes = planOf({ command: "drill", skipLive: false }, everyPart).map(
      ({ exits: [exit] }) => runbookExits[exit].code
    )
    assert.deepStrictEqual(codes, [1, 11, 47, 41, 42, 23, 43, 44, 23, 45, 46])
  })

  it("has a deadline for every attempt, three attempts, and one in a drill, a rotation or a checkpoint", () => {
    for (const command of commands) {
      for (const { attemptsMax, deadlineMs, name } of planOf({ command, skipLive: false }, everyPart)) {
        assert.isAbove(deadlineMs, 0)
        assert.strictEqual(attemptsMax, /^(?:drill|rotate|checkAll$)/.test(name) ? 1 : 3)
      }
    }
  })
})

describe("exit codes of the runbooks", () => {
  it("means one thing by each code, and keeps those that operators know", () => {
    const codes = Object.values(runbookExits).map(({ code }) => code as number)
    assert.strictEqual(new Set(codes).size, codes.length)
    assert.includeMembers(codes, [0, 1, 2, 3, 21, 22, 41, 42, 43, 44, 45, 46])
  })

  it("is used by a stage, or says what no stage can", () => {
    const used = new Set(
      commands.flatMap((command) => planOf({ command, skipLive: false }, everyPart).flatMap((s) => s.exits))
    )
    const others = Object.keys(runbookExits).filter((name) => !used.has(name as keyof typeof runbookExits))
    assert.deepStrictEqual(others, ["ok", "locked", "defect", "killed", "interrupted", "terminated"])
  })
})

describe("markers of the runbooks", () => {
  it("belong to the commands that may print them", () => {
    const texts = (command: RunbookCommand) => markersOf(command).map(({ text }) => text)
    assert.include(texts("restart"), "RESTART=OK gap_ms=<N>")
    assert.notInclude(texts("start"), "RESTART=OK gap_ms=<N>")
    assert.include(texts("stop"), "UNSUBSCRIBED")
    assert.deepStrictEqual(texts("status"), ["Orchestration completed in <N>s", "Unknown option: <option>"])
  })
})
