// The daemon under measurement, in a process of its own so that memory and CPU are its own. Argument: a LineRun.
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { Effect } from "effect"
import { Secret } from "../../src/kernel/secret.ts"
import type { Config } from "../../src/market/config/config.ts"
import type { FeedName, FrontProfile, FrontProfiles } from "../../src/market/config/ctp-login-variables.ts"
import { failoverSettings } from "../../src/market/config/failover-settings.ts"
import { makeWaiting } from "../../src/market/layers/causes/waiting.ts"
import { makeDaemon } from "../../src/market/layers/daemon.ts"
import type { Daemon } from "../../src/market/layers/daemon-options.ts"
import { DaemonLog } from "../../src/market/layers/log/daemon-log.ts"
import { externalBroker } from "../../src/market/layers/publish/broker.ts"
import { monotonicMs } from "../../src/platform/process/clock.ts"
import { nativeFiles } from "../../src/platform/process/project.ts"
import { marketContracts } from "../../src/simulator/market/market-contracts.ts"
import { BurstWatch } from "./burst-watch.ts"
import type { LineReport, LineRun, RunLedger } from "./child-messages.ts"
import { usageOf } from "./process-usage.ts"

const run = JSON.parse(process.argv[2] as string) as LineRun

const profilesOf = ([first = "", ...others]: ReadonlyArray<string>): FrontProfiles => {
  const profile = (feed: FeedName, address: string): FrontProfile => ({
    feed,
    addresses: [address],
    brokerId: "9999",
    userId: `bench-${feed}`,
    password: new Secret("bench")
  })
  return [profile("primary", first), ...others.map((address) => profile("backup", address))]
}

const config: Config = {
  instance: "bench",
  stateDir: run.stateDir,
  instruments: [],
  nats: { url: run.natsUrl, user: undefined, password: undefined, port: 0 },
  tick: {
    stream: "MD_TICKS",
    subjectTemplate: undefined,
    serializer: run.format,
    queueTicks: 50_000,
    window: 2048,
    maxAgeHours: 120,
    replay: false
  },
  http: { host: "127.0.0.1", port: run.httpPort ?? 0 },
  drillsEnabled: false,
  logLevel: "INFO",
  marketHours: "always",
  shutdownDeadlineMs: 30_000,
  failover: failoverSettings({}),
  ctp: {
    library: nativeFiles.simulated["65"],
    flowDir: `${run.stateDir}/flow`,
    production: true,
    connectTimeoutMs: 30_000,
    loginTimeoutMs: 10_000,
    maxRetries: 0,
    silenceMs: 0,
    coverageMin: 1,
    preferred: "primary",
    profiles: profilesOf(run.fronts ?? [`bench://${run.instruments}:${run.rate}:${run.ticks}:${run.burst}`])
  }
}

/** Of the generated market, or the names that the simulated library gives its contracts (native/sim_bench.cc). */
const instruments =
  run.fronts === undefined
    ? Array.from({ length: run.instruments }, (_, at) => `rb${String(at + 1).padStart(4, "0")}`)
    : marketContracts(run.instruments).map(({ id }) => id)

interface Mark {
  readonly atMs: number
  readonly published: number
  readonly daemonCpuUs: number
  readonly workerCpuMs: number
  readonly serverCpuMs: number
}

const ledgerOf = (daemon: Daemon): RunLedger => {
  const { ledger } = daemon.status()
  const sum = (of: (feed: (typeof ledger)[number]) => number) => ledger.reduce((total, feed) => total + of(feed), 0)
  return {
    received: sum((feed) => feed.received),
    published: sum((feed) => feed.published),
    duplicate: sum((feed) => feed.duplicate),
    quarantined: sum((feed) => feed.quarantined_total),
    dropped: sum((feed) => feed.dropped_total),
    balanced: ledger.length > 0 && ledger.every((feed) => feed.balanced)
  }
}

const workers = (daemon: Daemon) => config.ctp.profiles.map(({ feed }) => usageOf(daemon.workerPid(feed)))

const mark = (daemon: Daemon, published: number): Mark => {
  const { user, system } = process.cpuUsage()
  return {
    atMs: monotonicMs(),
    published,
    daemonCpuUs: user + system,
    workerCpuMs: workers(daemon).reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    serverCpuMs: usageOf(run.natsPid).cpuMs
  }
}

/** Each acknowledged tick passes `record`, which is replaced here, so that the line needs no hook for a benchmark. */
const watchBursts = (daemon: Daemon, watch: BurstWatch) => {
  const { latency } = daemon
  const record = latency.record.bind(latency)
  latency.record = (latencyMs) => {
    record(latencyMs)
    watch.acknowledged(monotonicMs(), latencyMs)
  }
}

/**
 * Interval of checks for the end of the measurement, milliseconds. At full speed it must be found soon; a check costs
 * 25 us, which counts against a paced run.
 */
const lookEveryMs = run.rate === 0 ? 5 : 25

/** Longer than any pause of a busy machine, milliseconds. */
const stuckAfterMs = 60_000

/** Memory of V8's new space, MB: it doubles when it grows, which makes resident memory rise in steps. */
const newSpaceMb = (): number =>
  (getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space")?.physical_space_size ?? 0) / 1048576

/** Live JavaScript memory after a full collection, MB: RSS also includes memory that the allocators keep. */
const liveMb = (): number => {
  setFlagsFromString("--expose-gc")
  ;(runInNewContext("gc") as () => void)()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return (heapUsed + arrayBuffers) / 1048576
}

const measure = Effect.fnUntraced(function* (daemon: Daemon) {
  const bursts = new BurstWatch(run.burst)
  if (run.burst > 1) watchBursts(daemon, bursts)
  // Every acknowledged tick is one sample, and reading the count costs nothing: `status` would disturb the
  // measurement.
  const acknowledged = () => daemon.latency.samples
  while (acknowledged() < run.warmUpTicks || config.ctp.profiles.some(({ feed }) => daemon.workerPid(feed) === 0))
    yield* Effect.sleep(5)
  const before = acknowledged()
  daemon.latency.clear()
  const open = mark(daemon, before)
  const rssSamples: Array<readonly [number, number]> = []
  const newSpaceSamplesMb: Array<number> = []
  const watchedMb = () => (run.rssEveryMs === undefined ? 0 : liveMb())
  const liveBeforeMb = watchedMb()
  // On a machine that cannot keep up, ticks are dropped, counted and never acknowledged: the measurement ends when
  // nothing moves.
  let moved = { ticks: 0, atMs: open.atMs }
  while (before + acknowledged() < run.ticks) {
    const nowMs = monotonicMs()
    if (acknowledged() !== moved.ticks) moved = { ticks: acknowledged(), atMs: nowMs }
    if (nowMs - moved.atMs > stuckAfterMs) break
    const elapsedMs = nowMs - open.atMs
    if (run.rssEveryMs !== undefined && elapsedMs >= rssSamples.length * run.rssEveryMs) {
      rssSamples.push([elapsedMs, usageOf(process.pid).rssMb])
      newSpaceSamplesMb.push(newSpaceMb())
    }
    yield* Effect.sleep(lookEveryMs)
  }
  const close = mark(daemon, before + acknowledged())
  yield* Effect.sleep(run.settleMs)
  const ticks = close.published - open.published
  const daemonUsage = usageOf(process.pid)
  return {
    ticksPerSecond: (ticks * 1000) / (close.atMs - open.atMs),
    daemonCpuUs: (close.daemonCpuUs - open.daemonCpuUs) / ticks,
    workerCpuUs: ((close.workerCpuMs - open.workerCpuMs) * 1000) / ticks,
    serverCpuUs: ((close.serverCpuMs - open.serverCpuMs) * 1000) / ticks,
    p50Ms: daemon.latency.quantile(0.5) ?? 0,
    p99Ms: daemon.latency.quantile(0.99) ?? 0,
    maxMs: daemon.latency.maxMs,
    daemonRssMb: daemonUsage.rssMb,
    workerRssMb: usageOf(daemon.workerPid()).rssMb,
    serverRssMb: usageOf(run.natsPid).rssMb,
    burstsMs: bursts.durationsMs,
    rssSamples,
    newSpaceSamplesMb,
    liveMb: [liveBeforeMb, watchedMb()] as const
  }
})

// The log is part of the line's cost: it is written, and not read.
const write = (line: string) => void process.stderr.write(line)

const program = Effect.gen(function* () {
  const daemon = yield* makeDaemon({
    config,
    broker: externalBroker(run.natsUrl),
    waiting: makeWaiting(new DaemonLog({ level: "INFO", write, account: "none" }), { waits: false }),
    contracts: [],
    instruments,
    workerBinary: nativeFiles.worker,
    write
  })
  const measured = yield* Effect.raceFirst(daemon.run(Effect.void), measure(daemon))
  const report: LineReport = { ...measured, ledger: ledgerOf(daemon) }
  process.stdout.write(`${JSON.stringify(report)}\n`)
})

await Effect.runPromise(Effect.scoped(program))
// Closing sockets must not keep the process; an exit, not a signal, so that a CPU profile is written.
process.exit(0)
