// Whatever fails, whenever a signal arrives: afterwards the new state or the old one runs, never a mixture, and the
// audit has exactly one line.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { runRunbook } from "../../../../actors/ops/runbook-actor.ts"
import {
  type MemoryHostOptions,
  makeMemoryHost,
  type StageFault
} from "../../../../src/ops/adapters/memory/memory-host.ts"
import { markersOf } from "../../../../src/ops/domain/markers.ts"
import { everyPart, planOf, type StageName } from "../../../../src/ops/domain/plan.ts"
import { type RunbookCommand, runbookCommands } from "../../../../src/ops/domain/runbook-words.ts"
import { AuditLine } from "../../../../src/ops/ports/audit-line.ts"
import { RunJournal } from "../../../../src/ops/ports/run-journal.ts"
import type { RunningState } from "../../../../src/ops/ports/runtime.ts"
import { rehearseRun } from "../../../../src/simulation/runbook/rehearse-run.ts"
import { liveRequest } from "../../../support/live-settings.ts"
import { wholesOf } from "../../../support/seeded-random.ts"

const down: RunningState = {
  nats: undefined,
  tickd: undefined,
  monitoring: undefined,
  console: undefined,
  activeFeed: undefined
}
const up: RunningState = { nats: "n1", tickd: "t1", monitoring: "m1", console: "c1", activeFeed: "primary" }

const hostOf = (options: Partial<MemoryHostOptions> = {}): MemoryHostOptions => ({
  state: up,
  faults: {},
  restore: "works",
  audit: "works",
  lockHolder: undefined,
  hasSession: true,
  stepMs: 1000,
  ...options
})
const rehearse = (command: RunbookCommand, options: Partial<MemoryHostOptions> = {}, interruptAtMs?: number) =>
  rehearseRun({
    managed: everyPart,
    request: liveRequest(command),
    host: hostOf(options),
    ...(interruptAtMs === undefined ? {} : { interruptAtMs })
  })
const commands = Object.keys(runbookCommands) as ReadonlyArray<RunbookCommand>
const initialOf = (command: RunbookCommand) => (command === "start" ? down : up)
const stagesOf = (command: RunbookCommand) => planOf(liveRequest(command), everyPart)
const faultKinds = ["fails", "hangs", "unproved"] as const

describe("a run that nothing disturbs", () => {
  it("starts everything, and a second start changes nothing and says so", async () => {
    const first = await rehearse("start", { state: down })
    assert.deepStrictEqual(first.lines, ["HEALTH=READY", "Orchestration completed in 11s"])
    assert.strictEqual(first.exitCode, 0)
    assert.notInclude(Object.values(first.after), undefined)
    const second = await rehearse("start", { state: first.after })
    assert.deepStrictEqual(second.after, first.after)
    assert.include(second.lines, "Everything runs already: nothing was changed")
  })

  it("prints the markers of each command", async () => {
    const lines = async (command: RunbookCommand) => (await rehearse(command)).lines.slice(0, -1)
    assert.deepStrictEqual(await lines("restart"), ["GRACEFUL_SHUTDOWN=OK", "RESTART=OK gap_ms=1000", "HEALTH=READY"])
    assert.deepStrictEqual(await lines("stop"), ["UNSUBSCRIBED", "GRACEFUL_SHUTDOWN=OK"])
    assert.deepStrictEqual(await lines("rollback"), ["ROLLBACK=OK to=last", "HEALTH=READY"])
    assert.deepStrictEqual(await lines("failover"), ["Failover completed in 1000ms", "HEALTH=READY"])
    const back = await rehearse("failback", { state: { ...up, activeFeed: "backup" } })
    assert.deepStrictEqual(back.lines.slice(0, -1), ["Failback completed in 1000ms", "HEALTH=READY"])
    assert.deepStrictEqual(await lines("drill"), [
      "Drill failover completed in 1000ms",
      "Failback completed in 1000ms",
      "Failover drill completed successfully"
    ])
  })

  it("names the snapshot that a rollback starts, and starts all that does not run", async () => {
    const request = { ...liveRequest("rollback"), to: 7 }
    const run = await rehearseRun({ request, managed: everyPart, host: hostOf({ state: down }) })
    assert.strictEqual(run.lines[0], "ROLLBACK=OK to=7")
    assert.notInclude(Object.values(run.after), undefined)
  })

  it("keeps a snapshot of a start that is proved, before the lock is free, and of nothing else", async () => {
    for (const command of commands) {
      const { proved } = await rehearse(command, { state: initialOf(command) })
      const expected = command === "start" || command === "restart" || command === "rollback" ? [command] : []
      assert.deepStrictEqual(
        proved.map(({ request }) => request.command),
        expected
      )
    }
    const failed = await rehearse("restart", { faults: { subscription: { kind: "unproved", attempts: 3 } } })
    const absent = await rehearse("start", { state: down, hasSession: false })
    const request = { ...liveRequest("start"), skipLive: true }
    const half = await rehearseRun({ request, managed: everyPart, host: hostOf({ state: down }) })
    for (const { proved } of [failed, absent, half]) assert.lengthOf(proved, 0)
  })

  it("does not say that a daemon has ended well that did not run", async () => {
    const state = { ...up, tickd: undefined, activeFeed: undefined }
    const lines = async (command: RunbookCommand) => (await rehearse(command, { state })).lines.slice(0, 2)
    assert.deepStrictEqual(await lines("restart"), ["tickd did not run: nothing was drained", "RESTART=OK gap_ms=1000"])
    assert.deepStrictEqual((await lines("stop"))[0], "tickd did not run: nothing was drained")
  })

  it("says that a feed was the active one already", async () => {
    const { lines } = await rehearse("failover", { state: { ...up, activeFeed: "backup" } })
    assert.deepStrictEqual(lines.slice(0, 2), [
      "backup is the active feed already: nothing was switched",
      "HEALTH=READY"
    ])
  })

  it("does not say that the feed is ready when it was not started", async () => {
    const request = { ...liveRequest("start"), skipLive: true }
    const run = await rehearseRun({ request, managed: everyPart, host: hostOf({ state: down }) })
    assert.deepStrictEqual(run.lines, ["Orchestration completed in 8s"])
    assert.isUndefined(run.after.tickd)
  })

  it("never stops NATS in a restart, a switch or a drill", async () => {
    for (const command of ["restart", "failover", "failback", "drill"] as const) {
      assert.strictEqual((await rehearse(command)).after.nats, "n1")
    }
  })

  it("ends with 0 and one audit line on a day without a session", async () => {
    const run = await rehearse("start", { state: down, hasSession: false })
    assert.deepStrictEqual(run.lines, ["SESSION=NONE", "Orchestration completed in 2s"])
    assert.deepStrictEqual(run.after, down)
    assert.lengthOf(run.audit, 1)
  })
})

describe("a run with a fault", () => {
  it("restores what ran before, for each stage that fails, hangs or is not proved", async () => {
    for (const command of commands) {
      for (const { exits, name } of stagesOf(command)) {
        for (const kind of faultKinds) {
          const state = initialOf(command)
          const run = await rehearse(command, { state, faults: { [name]: { kind, attempts: 9 } } })
          const place = `${command} ${name} ${kind}`
          assert.deepStrictEqual(run.after, state, place)
          assert.strictEqual(run.result.exit, exits[0], place)
          assert.lengthOf(run.audit, 1, place)
          assert.strictEqual(run.audit[0]?.exitCode, run.exitCode, place)
          assert.isUndefined(run.lockHolder, place)
        }
      }
    }
  })

  it("recovers by the third attempt", async () => {
    for (const kind of faultKinds) {
      const run = await rehearse("start", { state: down, faults: { tickd: { kind, attempts: 2 } } })
      assert.strictEqual(run.exitCode, 0, kind)
      assert.strictEqual(run.after.tickd, "started")
      assert.include(run.log, "INFO Stage tickd, attempt 3 of 3")
    }
  })

  it("logs each attempt, and a rollback when it begins", async () => {
    const run = await rehearse("restart", { faults: { handOver: { kind: "fails", attempts: 3 } } })
    const from = run.log.indexOf("INFO Stage handOver, attempt 1 of 3")
    assert.deepStrictEqual(run.log.slice(from), [
      "INFO Stage handOver, attempt 1 of 3",
      "ERROR Attempt 1 failed: Stage handOver failed in the rehearsal",
      "INFO Stage handOver, attempt 2 of 3",
      "ERROR Attempt 2 failed: Stage handOver failed in the rehearsal",
      "INFO Stage handOver, attempt 3 of 3",
      "ERROR Escalation: Stage handOver failed in the rehearsal",
      "ERROR Attempting rollback to primary (handOver)",
      "INFO Operators were notified (runbook_escalation, exit code 2)",
      "ERROR Stage handOver failed in the rehearsal",
      "ERROR Rollback to primary succeeded"
    ])
    const silent = await rehearse("restart", { faults: { handOver: { kind: "hangs", attempts: 1 } } })
    assert.include(silent.log, "ERROR Attempt 1 failed: Stage handOver was not proved within 45 s")
    assert.strictEqual(silent.exitCode, 0)
  })

  it("asks for a person when the rollback fails or hangs, and keeps the code of the stage", async () => {
    for (const restore of ["fails", "hangs"] as const) {
      const run = await rehearse("drill", { restore, faults: { drillHealthBackup: { kind: "unproved", attempts: 1 } } })
      assert.strictEqual(run.exitCode, 44)
      assert.include(run.lines, "Attempting rollback to primary (drillHealthBackup)")
      assert.include(run.lines, "Rollback to primary failed: manual intervention required")
      const why = restore === "fails" ? "The rollback failed" : "Nothing was restored within 180 s"
      assert.include(run.log, `ERROR The rollback failed: ${why}`)
      assert.lengthOf(run.audit, 1)
    }
  })

  it("names who holds the lock, leaves it to them, and changes nothing", async () => {
    const run = await rehearse("stop", { lockHolder: "ops-1 since 14:58" })
    assert.deepStrictEqual(run.lines, ["The lock is held by ops-1 since 14:58"])
    assert.strictEqual(run.exitCode, 12)
    assert.strictEqual(run.lockHolder, "ops-1 since 14:58")
    assert.deepStrictEqual(run.after, up)
    assert.lengthOf(run.audit, 1)
  })

  it("looks while another run holds the lock", async () => {
    assert.strictEqual((await rehearse("status", { lockHolder: "ops-1" })).exitCode, 0)
  })

  it("says that the audit line is missing when it cannot be written", async () => {
    const run = await rehearse("restart", { audit: "fails" })
    assert.include(run.log, "ERROR The audit line is missing: No space left on the device")
    assert.strictEqual(run.exitCode, 0)
  })
})

describe("what a run prints", () => {
  /** The marker's text with its blanks as a pattern. */
  const patternOf = (text: string) => new RegExp(`^${text.replaceAll(/[()]/g, "\\$&").replaceAll(/<[a-z]+>/gi, ".+")}$`)

  it("is in the table of markers, under its command", async () => {
    let checked = 0
    for (const command of commands) {
      const faults = [
        {},
        ...stagesOf(command).map(({ name }) => ({ [name]: { kind: "unproved" as const, attempts: 3 } }))
      ]
      for (const fault of faults) {
        for (const restore of ["works", "fails"] as const) {
          for (const hasSession of [true, false]) {
            const { lines, result } = await rehearse(command, { faults: fault, hasSession, restore })
            for (const line of lines.filter((text) => text !== result.why)) {
              const known = markersOf(command).some(({ text }) => patternOf(text).test(line))
              assert.isTrue(known, `${command}: ${line}`)
              checked++
            }
          }
        }
      }
    }
    assert.isAbove(checked, 100)
  })

  it("refuses a drill on a day without a session, at once", async () => {
    const run = await rehearse("drill", { hasSession: false })
    assert.strictEqual(run.exitCode, 47)
    assert.deepStrictEqual(run.lines, ["Today is no trading day for this window"])
  })
})

describe("a run that a signal interrupts", () => {
  it("restores what ran before, at every half second of every command", async () => {
    for (const command of commands) {
      const state = initialOf(command)
      const whole = await rehearse(command, { state })
      const endMs = whole.steps.at(-1)?.atMs ?? 0
      for (let atMs = 250; atMs < endMs; atMs += 500) {
        const run = await rehearse(command, { state }, atMs)
        assert.deepStrictEqual(run.after, state, `${command} at ${atMs} ms`)
        assert.strictEqual(run.exitCode, 130)
        assert.lengthOf(run.audit, 1)
        assert.isUndefined(run.lockHolder)
      }
    }
  })

  it.effect("does so on the clock of a test too, when the stage hangs", () =>
    Effect.gen(function* () {
      const host = makeMemoryHost(hostOf({ faults: { handOver: { kind: "hangs", attempts: 9 } } }))
      const signal = Effect.as(Effect.sleep(10_000), "terminated" as const)
      const run = runRunbook({ request: liveRequest("restart"), managed: everyPart, signal })
      const fiber = yield* Effect.forkChild(Effect.provide(run, host.layer))
      // In steps: a fiber that a step wakes begins its next sleep before the next step.
      const pass = (seconds: number) => Effect.replicateEffect(TestClock.adjust(1000), seconds, { discard: true })
      yield* pass(6)
      assert.strictEqual(host.state().tickd, "half")
      yield* pass(8)
      const { exitCode, result } = yield* Fiber.join(fiber)
      assert.strictEqual(exitCode, 143)
      assert.strictEqual(result.end, "rolledBack")
      assert.deepStrictEqual(host.state(), up)
    })
  )
})

describe("a run whose tool is killed", () => {
  const killAt = (command: RunbookCommand, atMs: number, next: RunbookCommand, more: Partial<MemoryHostOptions> = {}) =>
    rehearseRun({
      request: liveRequest(next),
      managed: everyPart,
      host: hostOf({ state: initialOf(command), ...more }),
      killed: { request: liveRequest(command), atMs }
    })
  const changing = commands.filter((command) => stagesOf(command).some(({ changes }) => changes))

  it("leaves the old or the new state after the next run has looked, at every half second of every command", async () => {
    const seen = new Set<string>()
    for (const command of changing) {
      const old = initialOf(command)
      const whole = await rehearse(command, { state: old })
      const endMs = whole.steps.at(-1)?.atMs ?? 0
      for (let atMs = 250; atMs < endMs; atMs += 500) {
        const place = `${command} at ${atMs} ms`
        // No session today: the next start recovers, and changes nothing of its own.
        const run = await killAt(command, atMs, "start", { hasSession: false })
        const isNew = JSON.stringify(run.after) === JSON.stringify(whole.after)
        if (!isNew) assert.deepStrictEqual(run.after, old, place)
        seen.add(`${command} ${isNew ? "new" : "old"}`)
        assert.deepStrictEqual(
          run.audit.map(({ action, exitCode }) => `${action} ${exitCode}`),
          [`${command} 137`, "start 0"],
          place
        )
        assert.isTrue(run.log.some((line) => line.startsWith(`ERROR Found a run that did not end: ${command} of `)))
        assert.isUndefined(run.lockHolder)
      }
    }
    assert.includeMembers(
      [...seen],
      ["start old", "start new", "restart old", "restart new", "stop old", "failover old"]
    )
  })

  it("does not keep the next run from its own plan", async () => {
    for (const command of changing) {
      for (const next of changing) {
        for (let atMs = 250; atMs < 12_000; atMs += 1000) {
          const place = `${command} killed at ${atMs} ms, then ${next}`
          const run = await killAt(command, atMs, next)
          assert.strictEqual(run.exitCode, 0, place)
          assert.lengthOf(run.audit, 2, place)
          assert.notInclude(Object.values(run.after), "half", place)
          if (next === "stop") assert.deepStrictEqual(run.after, down, place)
          if (next === "failover" && command !== "start") assert.strictEqual(run.after.activeFeed, "backup", place)
        }
      }
    }
  })

  it("keeps the code that it was about to write, and has one line, when it is killed while it is recorded", async () => {
    const host = makeMemoryHost(hostOf({ stepMs: 0 }))
    const record = { atMs: 7, exitCode: 2 }
    const dead = {
      id: "r1",
      request: liveRequest("restart"),
      beganMs: 0,
      before: down,
      stage: "handOver",
      touched: true
    }
    const program = Effect.gen(function* () {
      const journal = yield* RunJournal
      const audit = yield* AuditLine
      yield* journal.note({ ...dead, stage: "handOver", settled: true, record })
      yield* audit.append({ ...record, action: "restart", window: "day", profile: "live" })
      return yield* runRunbook({ request: liveRequest("stop"), managed: everyPart, signal: Effect.never })
    })
    const { exitCode } = await Effect.runPromise(Effect.provide(program, host.layer))
    assert.strictEqual(exitCode, 0)
    assert.deepStrictEqual(
      host.audit.map(({ action, exitCode: code }) => `${action} ${code}`),
      ["restart 2", "stop 0"]
    )
    assert.isUndefined(host.journal())
  })

  it("is left alone, and kept for the next run, when it cannot be undone", async () => {
    for (const restore of ["fails", "hangs"] as const) {
      const run = await killAt("restart", 2_500, "failover", { restore })
      assert.strictEqual(run.exitCode, 11)
      assert.match(run.result.why, /^What a killed run has left could not be undone: /)
      assert.deepStrictEqual(
        run.audit.map(({ action, exitCode }) => `${action} ${exitCode}`),
        ["restart 137", "failover 11"]
      )
      assert.strictEqual(run.journalOf, "restart")
    }
  })

  it("is recovered to its end when a signal arrives meanwhile; the plan of the next run does not begin", async () => {
    const run = await rehearseRun({
      request: liveRequest("failover"),
      managed: everyPart,
      host: hostOf(),
      killed: { request: liveRequest("restart"), atMs: 2_500 },
      interruptAtMs: 500
    })
    assert.strictEqual(run.exitCode, 130)
    assert.deepStrictEqual(run.after, up)
    assert.isUndefined(run.journalOf)
  })

  it("is left to the run that holds the lock", async () => {
    const run = await killAt("restart", 2_500, "status")
    assert.strictEqual(run.journalOf, "restart")
  })
})

describe("what a run reports", () => {
  it("is its exit code and what it has measured, and one event", async () => {
    const started = await rehearse("start", { state: down })
    assert.deepStrictEqual(started.pushed, [{ md_runbook_exit_code: 0, md_session_startup_duration_s: 11 }])
    assert.deepStrictEqual((await rehearse("start")).pushed, [{ md_runbook_exit_code: 0 }])
    const drill = await rehearse("drill")
    assert.deepStrictEqual(drill.pushed, [
      {
        md_runbook_exit_code: 0,
        md_failover_latency_ms: 1000,
        md_failback_latency_ms: 1000,
        md_drill_last_success_timestamp_seconds: 13
      }
    ])
    const faults = { drillHealthBackup: { kind: "unproved", attempts: 1 } } as const
    const unproved = await rehearse("drill", { restore: "fails", faults })
    assert.notProperty(unproved.pushed[0], "md_drill_last_success_timestamp_seconds")
    assert.lengthOf(drill.events, 1)
    assert.deepInclude(drill.events[0], { exitCode: 0, result: drill.result })
    const locked = await rehearse("stop", { lockHolder: "ops-1" })
    assert.deepStrictEqual(locked.pushed, [{ md_runbook_exit_code: 12 }])
    const looked = await rehearse("status")
    assert.deepStrictEqual([looked.pushed, looked.events], [[], []])
  })

  it("calls operators for an escalation and for a rollback that failed, with the exit code", async () => {
    const run = await rehearse("drill", {
      restore: "fails",
      faults: { drillHealthBackup: { kind: "unproved", attempts: 1 } }
    })
    assert.deepStrictEqual(
      run.called.map(({ code, message, tag }) => `${tag} ${code} ${message}`),
      [
        "runbook_escalation 44 Stage drillHealthBackup is not proved in the rehearsal",
        "runbook_escalation 44 Stage drillHealthBackup is not proved in the rehearsal; the rollback failed: The rollback failed"
      ]
    )
    assert.include(run.log, "INFO Operators were notified (runbook_escalation, exit code 44)")
    const checked = await rehearse("checkpoint", { faults: { checkAll: { kind: "unproved", attempts: 3 } } })
    assert.lengthOf(checked.called, 0)
  })

  it("does not wait for operators within the plan, and says that none has confirmed", async () => {
    const fault = { faults: { handOver: { kind: "fails" as const, attempts: 3 } } }
    const silent = await rehearse("restart", { ...fault, operators: "hang" })
    const usual = await rehearse("restart", fault)
    assert.deepStrictEqual(silent.steps, usual.steps)
    assert.include(silent.log, "ERROR No operator has confirmed within 10 s")
  })

  it("follows the active feed", async () => {
    const host = makeMemoryHost(hostOf({ faults: { drillHealthBackup: { kind: "unproved", attempts: 1 } }, stepMs: 0 }))
    const run = runRunbook({ request: liveRequest("drill"), managed: everyPart, signal: Effect.never })
    await Effect.runPromise(Effect.provide(run, host.layer))
    assert.deepStrictEqual(host.followed, ["primary", "backup", "primary"])
    const rotated = makeMemoryHost(hostOf({ stepMs: 0 }))
    const rotation = runRunbook({ request: liveRequest("rotate"), managed: everyPart, signal: Effect.never })
    await Effect.runPromise(Effect.provide(rotation, rotated.layer))
    assert.strictEqual(rotated.followed.at(-1), "primary", "the feed that is active again")
  })
})

// The seeds of the simulation draw many more, over the runtime of a real machine: `tickd simulate --runbooks`.
describe("any run", () => {
  it("ends with the old state or the new one, and one audit line", async () => {
    const ends = new Set<string>()
    for (let seed = 1; seed <= 200; seed++) {
      const below = wholesOf(seed)
      const command = commands[below(commands.length)] as RunbookCommand
      const state = below(2) === 0 ? up : initialOf(command)
      const faults: Partial<Record<StageName, StageFault>> = {}
      for (const { name } of stagesOf(command)) {
        const kind = faultKinds[below(12)]
        if (kind !== undefined) faults[name] = { kind, attempts: 1 + below(4) }
      }
      const restore = (["fails", "hangs"] as const)[below(20)] ?? "works"
      const run = await rehearse(command, { state, faults, restore }, below(3) === 0 ? below(40_000) : undefined)
      const wanted = await rehearse(command, { state })
      ends.add(run.result.end)
      assert.lengthOf(run.audit, 1, `seed ${seed}`)
      assert.isUndefined(run.lockHolder, `seed ${seed}`)
      if (run.result.end === "rollbackFailed") continue
      assert.deepStrictEqual(run.after, run.result.end === "succeeded" ? wanted.after : state, `seed ${seed}`)
    }
    assert.includeMembers([...ends], ["succeeded", "failed", "interrupted", "rolledBack", "rollbackFailed"])
  }, 60_000)
})
