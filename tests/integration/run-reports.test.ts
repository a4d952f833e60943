// What a run pushes and stores must not be lost because the Pushgateway or NATS is away, and must never fail the run.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { hostname, tmpdir } from "node:os"
import { join } from "node:path"
import { jetstreamManager } from "@nats-io/jetstream"
import { Effect, Layer, Schema } from "effect"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { renderEvent } from "../../src/cli/history.ts"
import { runEvents } from "../../src/ops/adapters/nats/run-events.ts"
import { pushBackup } from "../../src/ops/adapters/pushgateway/push-backup.ts"
import { pushMetrics } from "../../src/ops/adapters/pushgateway/push-metrics.ts"
import type { LiveSettings } from "../../src/ops/domain/live-settings.ts"
import { opsMetrics } from "../../src/ops/domain/metrics/runbook-metrics.ts"
import { eventFact } from "../../src/ops/layers/incident/event-facts.ts"
import { MetricsPush, type PushedValues } from "../../src/ops/ports/metrics-push.ts"
import { type EndedRun, RunEvents } from "../../src/ops/ports/run-events.ts"
import { RunLog } from "../../src/ops/ports/run-log.ts"
import { EventMessage, eventSubjects } from "../../src/protocol/market/event.ts"
import { endCommands } from "../support/cli-process.ts"
import { declarationFaults, promtoolFaults } from "../support/declared-metrics.ts"
import { liveRequest, liveSettingsIn } from "../support/live-settings.ts"
import { monitoringSettings, startPushgateway } from "../support/monitoring-stack.ts"
import { findMonitoringTools, howToFetch } from "../support/monitoring-tools.ts"
import { connection, readStream, startServer } from "../support/nats-server.ts"
import { serveText } from "../support/text-server.ts"

let folder = ""
const logged: Array<string> = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tickd-reports-"))
  logged.length = 0
})
afterEach(async () => {
  await endCommands()
  rmSync(folder, { recursive: true, force: true })
})

const levels: Array<string> = []
const write = (level: string, message: string) =>
  Effect.sync(() => {
    levels.push(level)
    logged.push(message)
  })
const log = Layer.succeed(RunLog, { write, mark: write, follow: () => Effect.void })
const push = (settings: LiveSettings, values: PushedValues) =>
  Effect.runPromise(
    MetricsPush.use((metrics) => metrics.push(values)).pipe(Effect.provide(pushMetrics(settings)), Effect.provide(log))
  )

describe("the metrics of a run", () => {
  const { pushgateway } = findMonitoringTools(["pushgateway"])

  it("wait while the Pushgateway is away, the newest of each, and reach a real one with the next run", async (context) => {
    if (pushgateway === undefined) return context.skip(`skipped: no pushgateway here: ${howToFetch}`)
    const settings = await monitoringSettings(folder)
    await push(settings, { md_runbook_exit_code: 2, md_failover_latency_ms: 91 })
    await push(settings, { md_runbook_exit_code: 3 })
    assert.lengthOf(logged, 2)
    assert.match(
      logged[0] ?? "",
      /^The Pushgateway \S+ did not take the metrics \(.+\): the values wait in \S+, and the next/
    )
    await startPushgateway(settings)
    await push(settings, { md_session_startup_duration_s: 31.5 })
    assert.lengthOf(logged, 2)
    const text = async () => await (await fetch(`${settings.pushgatewayUrl}/metrics`)).text()
    const labels = `{instance="${hostname()}",job="runbook"}`
    for (const line of ["md_runbook_exit_code" + labels + " 3", "md_failover_latency_ms" + labels + " 91"]) {
      assert.include(await text(), line)
    }
    assert.include(await text(), `md_session_startup_duration_s${labels} 31.5`)
    assert.isFalse(existsSync(join(settings.runDir, "push-queue/metrics.json")))
    await push(settings, {
      md_failback_latency_ms: 90,
      md_t5_checkpoint_status: 1,
      md_drill_last_success_timestamp_seconds: 1
    })
    await Effect.runPromise(pushBackup(settings.pushgatewayUrl, "backup", 1_764_561_600_999))
    assert.match(await text(), /^md_backup_last_success_timestamp_seconds\{.*job="backup"\} 1\.7645616e\+09$/m)
    const runs = (await text()).split("\n").filter((line) => /^(# \w+ )?md_/.test(line))
    const own = runs.map((line) => line.replace(/\{instance="[^"]*",job="(?:runbook|backup)"\}/, "")).join("\n")
    const [first] = opsMetrics
    assert.isDefined(first)
    const all = Object.fromEntries(opsMetrics.flatMap(({ metrics }) => Object.entries(metrics)))
    assert.deepStrictEqual(declarationFaults(own, { ...first, metrics: all }), [])
    assert.deepStrictEqual(promtoolFaults(runs.join("\n") + "\n"), [])
    // A later value replaces its own metric only.
    await push(settings, { md_runbook_exit_code: 0 })
    assert.include(await text(), `md_runbook_exit_code${labels} 0`)
    assert.include(await text(), `md_failover_latency_ms${labels} 91`)
  }, 60_000)

  it("wait without an error after a stop, which has ended the Pushgateway itself", async () => {
    levels.length = 0
    const settings = { ...liveSettingsIn(folder), pushgatewayUrl: "http://127.0.0.1:1" }
    const stopped = (managed: LiveSettings["managed"]) =>
      Effect.runPromise(
        MetricsPush.use((metrics) => metrics.push({ md_runbook_exit_code: 0 }, true)).pipe(
          Effect.provide(pushMetrics({ ...settings, managed })),
          Effect.provide(log)
        )
      )
    await stopped({ nats: true, monitoring: true, console: false })
    await stopped({ nats: true, monitoring: false, console: false })
    assert.deepStrictEqual(levels, ["INFO", "ERROR"])
    assert.isTrue(existsSync(join(settings.runDir, "push-queue/metrics.json")))
  })

  it("wait while a web page answers in the place of the Pushgateway", async () => {
    const { close, port } = await serveText("<html>welcome</html>", "text/html")
    const settings = { ...liveSettingsIn(folder), pushgatewayUrl: `http://127.0.0.1:${port}` }
    await push(settings, { md_runbook_exit_code: 2 })
    close()
    assert.match(logged[0] ?? "", /did not take the metrics \(what answers is a web page: correct PUSHGATEWAY_URL\)/)
    assert.isTrue(existsSync(join(settings.runDir, "push-queue/metrics.json")))
  })

  it("are lost, and that is said, when the run folder cannot be written either", async () => {
    writeFileSync(join(folder, "run"), "")
    await push(liveSettingsIn(folder), { md_runbook_exit_code: 2 })
    assert.match(logged[0] ?? "", /the values are lost, because \S+ cannot be written/)
  })
})

describe("the event of a run", () => {
  const request = liveRequest("failover")
  const run = (atMs: number): EndedRun => ({
    atMs,
    request,
    exitCode: 23,
    seconds: 12.5,
    result: {
      command: "failover",
      end: "rolledBack",
      exit: "switch",
      why: "No tick of the backup feed",
      stage: "switchFeed",
      plan: [],
      facts: {},
      changed: true
    }
  })
  const publish = (settings: LiveSettings, atMs: number) =>
    RunEvents.use((events) => events.publish(run(atMs))).pipe(Effect.provide(runEvents(settings)), Effect.provide(log))

  it("waits while NATS is away, then is stored once, and is in the history and in incidents", async () => {
    const away = liveSettingsIn(folder)
    await Effect.runPromise(publish(away, 1_795_910_400_000))
    assert.match(
      logged[0] ?? "",
      /^The event of this run is not stored \(.+\): it waits in \S+, and the next run stores it$/
    )
    const waiting = readFileSync(join(away.runDir, "push-queue/events.json"), "utf8")

    const program = Effect.gen(function* () {
      const { url } = yield* startServer()
      const manager = yield* Effect.flatMap(connection(url), (nc) => Effect.promise(() => jetstreamManager(nc)))
      yield* Effect.promise(() => manager.streams.add({ name: "MD_EVENTS", subjects: [eventSubjects] }))
      const settings = { ...away, natsUrl: url }
      yield* publish(settings, 1_795_910_401_000)
      assert.isFalse(existsSync(join(away.runDir, "push-queue/events.json")))
      // The tool died after the stream had stored the event, and before its queue was empty.
      writeFileSync(join(away.runDir, "push-queue/events.json"), waiting)
      yield* publish(settings, 1_795_910_402_000)
      return yield* readStream(url, "MD_EVENTS")
    })
    const stored = await Effect.runPromise(Effect.scoped(program))
    assert.lengthOf(logged, 1)
    const events = stored.map(({ text }) => Schema.decodeUnknownSync(Schema.fromJsonString(EventMessage))(text))
    assert.deepStrictEqual(
      events.map(({ at_ms }) => at_ms),
      [1_795_910_400_000, 1_795_910_401_000, 1_795_910_402_000]
    )
    assert.deepStrictEqual([...new Set(stored.map(({ subject }) => subject))], ["md.event.runbook"])
    const [first] = events
    if (first === undefined) throw new Error("no event is stored")
    assert.match(
      renderEvent(first, false),
      /runbook failover rolledBack {2}exit code 23 {2}by \S+ {2}in 12.5 s {2}No tick of the backup feed$/
    )
    const fact = eventFact(first)
    assert.deepInclude(fact, { kind: "runbook", subject: "failover", isTrouble: true, isAction: true })
    assert.match(fact.text.en, /^\S+ ran failover: rolledBack, exit code 23, 12.5 s: No tick/)
  }, 30_000)
})
