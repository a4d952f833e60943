// A drill as a run: machine, daemon, reader and report together. One that passes switches twice; one that fails on the
// backup feed ends on the primary one, keeps its code, and leaves a report that says where and why.
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { runRunbook } from "../../../actors/ops/runbook-actor.ts"
import { makeMemoryHost } from "../../../src/ops/adapters/memory/memory-host.ts"
import { daemonControl } from "../../../src/ops/adapters/nats/daemon-control.ts"
import { stackRuntime } from "../../../src/ops/application/live/stack-runtime.ts"
import { DrillJournal } from "../../../src/ops/domain/drill/drill-journal.ts"
import { drillProofs } from "../../../src/ops/layers/drill/drill-proofs.ts"
import { makeDrillRecord } from "../../../src/ops/layers/drill/drill-record.ts"
import { DrillProofs, type DrillStage } from "../../../src/ops/ports/drill-proofs.ts"
import { Health } from "../../../src/ops/ports/health.ts"
import { ProgramHost } from "../../../src/ops/ports/program-host.ts"
import { RunLog } from "../../../src/ops/ports/run-log.ts"
import { daemonEnvironment } from "../../support/cli-daemon.ts"
import { endCommands, startTickd, stateFolder } from "../../support/cli-process.ts"
import { checkedConfiguration } from "../../support/drill-run.ts"
import { liveRequest, liveSettings } from "../../support/live-settings.ts"
import { streamingTwoFeeds } from "../../support/two-feeds.ts"

const folder = stateFolder()
let stack: Awaited<ReturnType<typeof streamingTwoFeeds>>["stack"]
let daemon: Awaited<ReturnType<typeof streamingTwoFeeds>>["daemon"]

beforeAll(async () => {
  ;({ daemon, stack } = await streamingTwoFeeds(folder.path))
})
afterAll(async () => {
  await endCommands()
  folder.remove()
})

/** Everything runs already and is not this test's matter. */
const running = { nats: "1", tickd: "1", monitoring: "1", console: "1" }
const host = Layer.succeed(ProgramHost, {
  begin: Effect.void,
  observe: Effect.succeed(running),
  start: () => Effect.succeed(false),
  stop: () => Effect.succeed(false)
})
/** The stages before those of the drill have tests of their own. */
const health = Layer.effect(
  Health,
  Effect.map(DrillProofs, (proofs) =>
    Health.of({
      prove: (stage, request) => (stage.startsWith("drill") ? proofs[stage as DrillStage](request) : Effect.succeed({}))
    })
  )
)

const runDrill = async (name: string, variables: Readonly<Record<string, string>>) => {
  const settings = liveSettings({
    natsUrl: stack.nats,
    logDir: join(folder.path, name),
    stateDir: join(folder.path, `${name}-state`),
    instance: "acceptance",
    variables: {
      ...daemonEnvironment(folder.path, stack.fronts.primary.address),
      DRILL_HEALTH_EXTRA_ARGS: "--expect wanted --skip-metrics",
      ...variables
    }
  })
  const request = liveRequest("drill")
  const log: Array<string> = []
  const write = (level: string, message: string) => Effect.sync(() => void log.push(`${level} ${message}`))
  const journal = new DrillJournal()
  const drill = makeDrillRecord({ settings, request, operator: "ops@host", journal })
  const memory = makeMemoryHost({
    state: { ...running, activeFeed: "primary" },
    faults: {},
    restore: "works",
    audit: "works",
    lockHolder: undefined,
    hasSession: true,
    stepMs: 0
  })
  const outside = Layer.mergeAll(
    memory.layer,
    host,
    daemonControl(settings),
    checkedConfiguration(),
    Layer.succeed(RunLog, { write, mark: write, follow: () => Effect.void })
  )
  const layer = Layer.mergeAll(stackRuntime, Layer.provide(health, drillProofs({ settings, journal }))).pipe(
    Layer.provideMerge(outside)
  )
  const ended = await Effect.runPromise(
    Effect.gen(function* () {
      const ended = yield* runRunbook({
        request,
        managed: settings.managed,
        signal: Effect.never,
        onStep: drill.onStep
      })
      yield* drill.finish(ended.result)
      return ended
    }).pipe(Effect.provide(layer))
  )
  const files = readdirSync(settings.logDir).filter((file) => file.startsWith("drill-"))
  const report = JSON.parse(readFileSync(join(settings.logDir, files[0] ?? ""), "utf8"))
  const audit = join(settings.stateDir, "audit-drills.jsonl")
  return { ended, log, files, report, audit, active: (await daemon.status()).failover?.active }
}

it("a drill that passes has both markers, the report of every stage, and an audit that verifies", async () => {
  const { active, audit, ended, files, log, report } = await runDrill("passed", {})
  expect(log.join("\n")).not.toContain("ERROR")
  expect(ended.exitCode).toBe(0)
  expect(active).toBe("primary")
  expect(ended.lines.join("\n")).toMatch(/Drill failover completed in \d+ms\nFailback completed in \d+ms\n/)
  expect(files.map((file) => file.replace(/\d{8}-\d{6}/, "T"))).toEqual(["drill-T.json", "drill-T.md"])
  expect(report).toMatchObject({ passed: true, exit_code: 0, operator: "ops@host", failed_stage: null })
  expect(report.stages.map((stage: { verdict: string }) => stage.verdict)).toEqual(Array(11).fill("passed"))
  expect(report.evidence).toMatchObject({ lost: 0, repeated: 0, out_of_order: 0, instruments: 20 })
  expect(log.join("\n")).toMatch(/INFO Drill report: .*drill-\d{8}-\d{6}\.json/)
  const verified = await startTickd(["audit", "--file", audit, "--verify"]).ended
  expect(verified.code, verified.stderr).toBe(0)
}, 60_000)

it("a drill that fails on the backup feed leads back to the primary one and keeps its code", async () => {
  const metrics = join(folder.path, "only-primary.prom")
  writeFileSync(metrics, 'consumer_backlog_messages{feed="primary"} 1\n')
  const { active, audit, ended, log, report } = await runDrill("failed", { DRILL_METRICS_SOURCE: metrics })
  expect(ended.exitCode).toBe(43)
  expect(active).toBe("primary")
  expect(ended.lines).toContain("Rollback to primary succeeded")
  expect(report).toMatchObject({
    passed: false,
    exit_code: 43,
    end: "rolledBack",
    failed_stage: "drillConsumersBackup"
  })
  expect(report.why).toContain("holds no consumer_backlog_messages of feed backup")
  expect(report.stages.at(-1)).toMatchObject({ stage: "drillConsumersBackup", verdict: "failed" })
  expect(report.evidence.ticks).toBeGreaterThan(0)
  expect(log.join("\n")).toContain("ERROR verify_consumer_metrics")
  expect(readFileSync(audit, "utf8")).toContain('"result":"failed"')
}, 60_000)
