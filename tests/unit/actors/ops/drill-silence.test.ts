// A drill must not wake anyone with what it causes itself, and no way of ending one may leave alarms silent.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import type { MemoryHostOptions } from "../../../../src/ops/adapters/memory/memory-host.ts"
import { drillSilence } from "../../../../src/ops/domain/drill/drill-silence.ts"
import { everyPart, planOf } from "../../../../src/ops/domain/plan.ts"
import { type RunbookCommand, runbookCommands } from "../../../../src/ops/domain/runbook-words.ts"
import { projectRoot } from "../../../../src/platform/process/project.ts"
import { type Rehearsal, rehearseRun } from "../../../../src/simulation/runbook/rehearse-run.ts"
import { alerts } from "../../../support/alert-rules.ts"
import { liveRequest } from "../../../support/live-settings.ts"

const up = { nats: "n1", tickd: "t1", monitoring: "m1", console: "c1", activeFeed: "primary" } as const
const host = (more: Partial<MemoryHostOptions> = {}): MemoryHostOptions => ({
  state: up,
  faults: {},
  restore: "works",
  audit: "works",
  lockHolder: undefined,
  hasSession: true,
  stepMs: 1000,
  ...more
})
const run = (command: RunbookCommand, more: Partial<MemoryHostOptions> = {}, interruptAtMs?: number) =>
  rehearseRun({
    request: liveRequest(command),
    managed: everyPart,
    host: host(more),
    ...(interruptAtMs === undefined ? {} : { interruptAtMs })
  })
const killed = (atMs: number, next: RunbookCommand = "restart") =>
  rehearseRun({
    request: liveRequest(next),
    managed: everyPart,
    host: host(),
    killed: { request: liveRequest("drill"), atMs }
  })
const drill = planOf(liveRequest("drill"), everyPart)
const firstSwitch = drill.findIndex(({ name }) => name === "drillFailover")
const placed =
  /^INFO Alerts that a drill causes are silent until its end, at most until \d\d:\d\d:\d\d \(silence silence-1\)$/
/** What the drill has caused may be on its way for 15 s more, and no longer. */
const assertOver = ({ atEnd }: Rehearsal["silences"], place?: string) => {
  for (const { lastsMs } of atEnd) assert.isAtMost(lastsMs, 15_000, place)
}
const removed = /^INFO The silence of the drill ends at \d\d:\d\d:\d\d$/

describe("the silence of a drill", () => {
  it("begins with the first switch, and ends 15 s after it", async () => {
    const { log, silences } = await run("drill")
    const at = log.findIndex((line) => placed.test(line))
    assert.isAbove(at, log.indexOf("INFO Stage drillConsumersStart, attempt 1 of 1"))
    assert.isBelow(at, log.indexOf("INFO Stage drillConsumersBackup, attempt 1 of 1"))
    assert.isAbove(
      log.findIndex((line) => removed.test(line)),
      log.indexOf("INFO Stage drillHealthPrimary, attempt 1 of 1")
    )
    assertOver(silences)
  })

  it("ends so whatever fails, and whenever Ctrl-C arrives", async () => {
    for (const [index, { name }] of drill.entries()) {
      for (const kind of ["fails", "hangs", "unproved"] as const) {
        const { log, silences } = await run("drill", { faults: { [name]: { kind, attempts: 9 } } })
        assertOver(silences, `${name} ${kind}`)
        assert.strictEqual(
          log.some((line) => removed.test(line)),
          index >= firstSwitch,
          `${name} ${kind}`
        )
      }
    }
    const endMs = (await run("drill")).steps.at(-1)?.atMs ?? 0
    for (let atMs = 250; atMs < endMs; atMs += 500) {
      assertOver((await run("drill", {}, atMs)).silences, `Ctrl-C at ${atMs} ms`)
    }
    for (const restore of ["fails", "hangs"] as const) {
      const left = await run("drill", { restore, faults: { drillHealthBackup: { kind: "unproved", attempts: 1 } } })
      assertOver(left.silences, `rollback ${restore}`)
    }
  })

  it("ends by itself within ten minutes after a kill, and with the next runbook", async () => {
    let seen = 0
    const endMs = (await run("drill")).steps.at(-1)?.atMs ?? 0
    for (let atMs = 250; atMs < endMs; atMs += 500) {
      const { log, silences } = await killed(atMs)
      for (const { lastsMs } of silences.atKill) {
        seen++
        // Long enough for all that a drill may take, and no longer than that.
        assert.isAbove(lastsMs, 300_000)
        assert.isAtMost(lastsMs, 505_000)
        assert.include(log, "INFO Its silence of alerts is removed")
      }
      assertOver(silences, `killed at ${atMs} ms`)
    }
    assert.isAbove(seen, 5)
  })

  it("costs a drill nothing when Alertmanager is down or hangs, and one sentence says that alerts fire", async () => {
    const sound = await run("drill")
    for (const alertmanager of ["down", "hangs"] as const) {
      const { exitCode, lines, log, result } = await run("drill", { alertmanager })
      assert.strictEqual(exitCode, 0)
      assert.strictEqual(result.end, "succeeded")
      assert.deepStrictEqual(lines.slice(0, -1), sound.lines.slice(0, -1))
      assert.deepStrictEqual(
        log.filter((line) => line.includes("will fire")),
        ["WARN Alertmanager does not answer: the alerts that this drill causes will fire; check ALERTMANAGER_URL"]
      )
    }
    const down = await run("drill", { alertmanager: "down" })
    assert.lengthOf(
      down.log.filter((line) => line.startsWith("WARN")),
      1
    )
    // It may have taken the silence: that is said too.
    const unknown = await run("drill", { alertmanager: "hangs" })
    assert.lengthOf(
      unknown.log.filter((line) => /a silence of this drill may hold until \d\d:\d\d:\d\d$/.test(line)),
      1
    )
  })

  it("is placed by no other runbook", async () => {
    for (const command of Object.keys(runbookCommands) as ReadonlyArray<RunbookCommand>) {
      const { log } = await run(command)
      assert.strictEqual(
        log.some((line) => placed.test(line)),
        command === "drill",
        command
      )
    }
  })

  it("has alerts that exist, no alert of an outage, and a page that lists them", () => {
    const [names] = drillSilence({ id: "drill-1", author: "ops@host", targets: ["127.0.0.1:9100"], endMs: 1 }).matchers
    const silent = names.value.split("|")
    const known = new Set(alerts.map(({ name }) => name))
    assert.deepStrictEqual(
      silent.filter((name) => !known.has(name)),
      []
    )
    for (const loud of ["MD_No_Feed", "MD_Daemon_Down", "MD_Not_Ready", "MD_Ticks_Dropped", "MD_Runbook_Failure"]) {
      assert.isTrue(known.has(loud), loud)
      assert.notInclude(silent, loud)
    }
    const page = readFileSync(join(projectRoot, "docs", "operations", "drill.md"), "utf8")
    for (const half of page.split("# 故障演练")) {
      const listed = [...half.matchAll(/^\| \[(MD_\w+)\]\(/gm)].map(([, name]) => name)
      assert.deepStrictEqual(listed, silent)
    }
  })
})
