// HEALTH=READY that is printed without stored ticks is the fault that the runbooks exist to end: real fronts, a real
// broker and a real daemon, each proof while it holds and after its ground is gone.
import { createServer } from "node:net"
import { Effect, Layer } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { chinaCalendar } from "../../../src/kernel/calendar/trading-calendar.ts"
import { daemonControl } from "../../../src/ops/adapters/nats/daemon-control.ts"
import type { LiveRequest } from "../../../src/ops/domain/live-flags.ts"
import type { StageName } from "../../../src/ops/domain/plan.ts"
import { liveHealth } from "../../../src/ops/layers/live/health-layer.ts"
import { lookAll } from "../../../src/ops/layers/live/proofs/all-checks.ts"
import { lookMonitored } from "../../../src/ops/layers/live/proofs/monitoring-proof.ts"
import { lookNats } from "../../../src/ops/layers/live/proofs/nats-proof.ts"
import type { Look } from "../../../src/ops/layers/live/proofs/proof-wait.ts"
import { lookEnded, lookReady } from "../../../src/ops/layers/live/proofs/ready-proof.ts"
import { lookSubscribed } from "../../../src/ops/layers/live/proofs/subscription-proof.ts"
import { Configuration } from "../../../src/ops/ports/configuration.ts"
import { DaemonControl } from "../../../src/ops/ports/daemon-control.ts"
import { DrillProofs } from "../../../src/ops/ports/drill-proofs.ts"
import { Health } from "../../../src/ops/ports/health.ts"
import { ProgramHost } from "../../../src/ops/ports/program-host.ts"
import { RunLog } from "../../../src/ops/ports/run-log.ts"
import { integrityOptions, streamShape } from "../../../src/protocol/market/streams.ts"
import { endCommands, eventually, holdPort, stateFolder } from "../../support/cli-process.ts"
import { liveSettings } from "../../support/live-settings.ts"
import { monitoringSettings, startPrometheus, startPushgateway } from "../../support/monitoring-stack.ts"
import { findMonitoringTools, howToFetch } from "../../support/monitoring-tools.ts"
import { makeTwoFeeds } from "../../support/two-feeds.ts"

const folder = stateFolder()
const log: Array<string> = []
let stack: Awaited<ReturnType<typeof makeTwoFeeds>>
let daemon: Awaited<ReturnType<typeof stack.startDaemon>>
let telemetryUrl = ""

const request: LiveRequest = {
  command: "start",
  window: "day",
  profile: "live",
  config: "primary",
  logDir: folder.path,
  envFile: undefined,
  skipLive: false,
  mock: false,
  debug: false,
  force: false,
  reason: undefined
}
const running = { nats: "n", tickd: "t", monitoring: undefined, console: undefined }

const declared = [
  streamShape({ contentType: "application/json", subjects: ["md.tick.>"] }),
  streamShape(integrityOptions)
]

const layerOf = (streams = declared) => {
  const settings = liveSettings({
    natsUrl: stack.nats,
    telemetryUrl,
    runDir: folder.path,
    logDir: folder.path,
    stateDir: folder.path
  })
  const ground = Layer.mergeAll(
    daemonControl(settings),
    Layer.succeed(Configuration, {
      check: () =>
        Effect.succeed({
          warnings: ["a remark"],
          calendar: chinaCalendar,
          alwaysOpen: true,
          streams,
          shmBytes: 1,
          libraryFault: undefined
        })
    }),
    Layer.succeed(RunLog, {
      write: (level, message) => Effect.sync(() => void log.push(`${level} ${message}`)),
      mark: () => Effect.void,
      follow: () => Effect.void
    }),
    Layer.succeed(DrillProofs, {} as (typeof DrillProofs)["Service"]),
    Layer.succeed(ProgramHost, {
      begin: Effect.void,
      observe: Effect.succeed(running),
      start: () => Effect.succeed(false),
      stop: () => Effect.succeed(false)
    })
  )
  return Layer.provideMerge(liveHealth(settings), ground)
}

type Asked = Partial<LiveRequest> & { readonly streams?: typeof declared }
const proved = (stage: StageName, { streams, ...more }: Asked = {}) =>
  Effect.runPromise(
    Effect.flatMap(Health, ({ prove }) => prove(stage, { ...request, ...more })).pipe(Effect.provide(layerOf(streams)))
  )
const refused = (stage: StageName, { streams, ...more }: Asked = {}) =>
  Effect.runPromise(
    Effect.flatMap(Health, ({ prove }) => Effect.flip(prove(stage, { ...request, ...more }))).pipe(
      Effect.provide(layerOf(streams))
    )
  )

const start = async (more: Readonly<Record<string, string>> = {}) => {
  const { port, release } = await holdPort()
  await release()
  telemetryUrl = `http://127.0.0.1:${port}`
  daemon = await stack.startDaemon({ INGEST_METRICS_PORT: String(port), ...more })
}

beforeAll(async () => {
  stack = await makeTwoFeeds(folder.path, { instruments: 20, rate: 400 })
  stack.startBroker()
  await start()
})
afterAll(async () => {
  await endCommands()
  folder.remove()
})

it("a start is proved by the daemon, the stream and the coverage of the active feed", async () => {
  expect(await proved("validate")).toEqual({})
  expect(log).toContain("WARN a remark")
  expect(await proved("tickd")).toEqual({})
  expect(await proved("subscription")).toEqual({})
  expect(await proved("nats")).toEqual({})
  expect(await proved("preflight")).toEqual({})
  expect(await proved("observe")).toEqual({})
}, 60_000)

it("a stop that finds nothing of its own does not pass while a daemon answers", async () => {
  const tools = {
    settings: liveSettings({ telemetryUrl, runDir: folder.path, stateDir: folder.path }),
    log: { write: () => Effect.void }
  }
  await reads(
    () => lookEnded(tools),
    /^stop final: A daemon still answers at \S+, and the run folder \S+ knows none: run the stop in the folder of its start/
  )
  const { port, release } = await holdPort()
  await release()
  const free = { ...tools, settings: { ...tools.settings, telemetryUrl: `http://127.0.0.1:${port}` } }
  // Its workers live on without it, as far as this proof can see.
  await reads(() => lookEnded(free), /^stop: Workers of tickd still hold their sessions: /)
  const gone = { ...free, settings: { ...free.settings, stateDir: `${folder.path}/none` } }
  expect(await textLooked(lookEnded(gone))).toBe("held")
})

it("a switch is measured from its request to the first stored tick of the new feed", async () => {
  const measured = (to: "primary" | "backup") =>
    Effect.runPromise(
      Effect.gen(function* () {
        const control = yield* DaemonControl
        const record = yield* control.switchFeed({ to, drill: false, force: false, reason: "test", waitMs: 9_000 })
        const health = yield* Health
        const facts = yield* health.prove("switchFeed", { ...request, command: "failover", config: to })
        return { facts, record }
      }).pipe(Effect.provide(layerOf()))
    )
  const away = await measured("backup")
  const claimed = away.record.latency_ms ?? Number.NaN
  expect(away.facts.failbackMs).toBeUndefined()
  // Asked for a little before the daemon read the request. The tick that commits may be the twin of a stored one, so
  // that the first of the new feed that is stored comes with a later burst.
  expect(away.facts.failoverMs).toBeGreaterThanOrEqual(claimed - 50)
  expect(away.facts.failoverMs).toBeLessThan(claimed + 5_000)
  expect(log.findLast((line) => line.includes("The switch to backup"))).toContain(
    "ms of the stream; the daemon reports"
  )
  // Another run finds the feed active: it has switched nothing, and measures nothing.
  expect(await proved("switchFeed", { command: "failover", config: "backup" })).toEqual({})
  const back = await measured("primary")
  expect(back.facts.failbackMs).toBeGreaterThanOrEqual((back.record.latency_ms ?? Number.NaN) - 50)
  const other = await refused("switchFeed", { command: "failover", config: "backup" })
  expect(other).toMatchObject({ exit: "switch" })
  expect(other.message).toContain("The active feed is primary, not backup")
}, 60_000)

it("a restart is proved by the gap record that the new daemon has stored", async () => {
  daemon.child.kill("SIGTERM")
  await daemon.ended
  const downMs = 1_500
  await new Promise((resolve) => setTimeout(resolve, downMs))
  await start()
  const { gapMs } = await proved("handOver", { command: "restart" })
  expect(gapMs).toBeGreaterThanOrEqual(downMs)
  expect(gapMs).toBeLessThan(30_000)
}, 90_000)

it("a port without NATS, and one that something else holds, fail with a reason", async () => {
  const { port, release } = await holdPort()
  await release()
  const tools = {
    settings: liveSettings({ natsUrl: `nats://127.0.0.1:${port}` }),
    log: { write: () => Effect.void }
  }
  const dead = await Effect.runPromise(lookNats(tools, []))
  expect(dead).toMatchObject({ holds: false, exit: "configuration", final: false })
  const server = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve))
  const other = await Effect.runPromise(lookNats(tools, []))
  expect(other).toMatchObject({ holds: false, exit: "configuration" })
  await new Promise((resolve) => server.close(resolve))
  const taken = streamShape({ subjects: ["other.>"] })
  const differs = await refused("nats", { streams: [taken] })
  expect(differs).toMatchObject({ exit: "configuration" })
  expect(differs.message).toContain(
    "Stream MD_TICKS is not what tickd declares (subjects is md.tick.> instead of other.>"
  )
}, 60_000)

const restartWith = async (command: string) => {
  for (const front of [stack.fronts.primary, stack.fronts.backup]) front.child.stdin?.write(`${command}\n`)
  daemon.child.kill("SIGTERM")
  await daemon.ended
  await start()
}
const quietTools = () => ({
  settings: liveSettings({ natsUrl: stack.nats, telemetryUrl }),
  log: { write: () => Effect.void }
})
const textOf = (look: Look) => (look.holds ? "held" : `${look.exit}${look.final ? " final" : ""}: ${look.why}`)
const textLooked = (look: Effect.Effect<Look>) => Effect.runPromise(Effect.map(look, textOf))
/** Asks until the answer is the wanted one, because a session that begins has other reasons first. */
const reads = (look: () => Effect.Effect<Look>, wanted: RegExp) => {
  let last = ""
  return eventually(`${wanted}, not ${last}`, async () => wanted.test((last = await textLooked(look()))), 20_000)
}

it("coverage that is short has its own code, and names what is missing", async () => {
  await restartWith("reject-instruments 5")
  await reads(
    () => lookSubscribed(quietTools(), chinaCalendar),
    /^subscription: Coverage of feed primary is 75.00 % \(15 of 20\), below 99.50 %; missing are /
  )
  await restartWith("reject-instruments 0")
  await reads(() => lookSubscribed(quietTools(), chinaCalendar), /^held$/)
}, 90_000)

it("credentials that the front refuses are not waited for", async () => {
  await restartWith("password another")
  await reads(() => lookReady(quietTools()), /^ingest final: tickd is not ready: session primary rejected/)
  await reads(() => lookSubscribed(quietTools(), chinaCalendar), /^ingest final: Session primary .*tickd retry/)
  await restartWith("password off")
  await reads(() => lookReady(quietTools()), /^held$/)
}, 90_000)

it("monitoring is proved by the real programs, and names the one that is away", async (context) => {
  const found = findMonitoringTools(["prometheus", "pushgateway"])
  if (found.prometheus === undefined || found.pushgateway === undefined) return context.skip(howToFetch)
  const port = new URL(telemetryUrl).port
  const settings = await monitoringSettings(folder.path, { INGEST_METRICS_PORT: port })
  const tools = { ...quietTools(), settings: { ...settings, natsUrl: stack.nats, instance: "acceptance" } }
  expect(await textLooked(lookMonitored(tools))).toMatch(/^monitoring: Pushgateway is not ready at /)
  const gateway = await startPushgateway(settings)
  expect(await textLooked(lookMonitored(tools))).toMatch(/^monitoring: Prometheus is not ready at /)
  await startPrometheus(settings)
  await reads(() => lookMonitored(tools), /^held$/)
  expect(await textLooked(lookAll(tools, chinaCalendar))).toBe("held")
  gateway.child.kill("SIGTERM")
  await gateway.ended
  expect(await textLooked(lookAll(tools, chinaCalendar))).toMatch(/^monitoring: Pushgateway is not ready at /)
}, 90_000)

it("a front that is gone leaves no session: the code is that of the ingest, and the reason names the front", async () => {
  for (const front of [stack.fronts.primary, stack.fronts.backup]) front.child.kill("SIGKILL")
  await eventually("a refusal", async () => (await fetch(`${telemetryUrl}/readyz`)).status === 503)
  const tools = quietTools()
  expect(await textLooked(lookReady(tools))).toMatch(/^ingest: tickd is not ready: session /)
  expect(await textLooked(lookReady(tools))).toContain(stack.fronts.primary.address)
  expect(await textLooked(lookSubscribed(tools, chinaCalendar))).toMatch(/^ingest: Session \w+ is not logged in/)
  expect(await textLooked(lookAll(tools, chinaCalendar))).toMatch(/is not logged in.*Pushgateway is not ready/)
}, 60_000)
