import { Effect } from "effect"
import { findNatsServer } from "../../src/adapters/nats/find-nats-server.ts"
import { projectRoot } from "../../src/app/project.ts"
import type { BareReport } from "./child-messages.ts"
import { type AccountedRun, runBare, runLine } from "./line-runs.ts"
import { median, rounded } from "./statistics.ts"
import type { Measured, Suite } from "./suite.ts"

const saturated = { rate: 0, ticks: 300_000, burst: 1, warmUpTicks: 60_000, settleMs: 0 }
const idle = { rate: 1, ticks: 1, burst: 1, warmUpTicks: 0, settleMs: 4000 }
/** A burst a second, of the instruments of a whole market at once; the first ones warm up. */
const burstTicks = 17_388
const burstsCold = 2
const bursts = 12
const bursting = {
  rate: burstTicks,
  ticks: burstTicks * (bursts + burstsCold),
  burst: burstTicks,
  warmUpTicks: 1,
  settleMs: 0
}
const paced = (rate: number) => ({ rate, ticks: rate * 7, burst: 1, warmUpTicks: rate * 2, settleMs: 0 })

/** The machine is noisy: what is compared alternates, and the medians count. */
const rounds = 3

const middle = <Run>(runs: ReadonlyArray<Run>, of: (run: Run) => number) => median(runs.map(of))
const thousands = (value: number) => Math.round(value).toLocaleString("en")

const pacedRow = (name: string, runs: ReadonlyArray<AccountedRun>): readonly [string, string] => {
  const text = (of: (run: AccountedRun) => number, digits: number) => middle(runs, of).toFixed(digits)
  const latency = `p50 ${text((run) => run.p50Ms, 2)} ms, p99 ${text((run) => run.p99Ms, 2)} ms, max ${text((run) => run.maxMs, 0)} ms`
  return [
    name,
    `${latency}; CPU us per tick: daemon ${text((run) => run.daemonCpuUs, 1)}, worker ${text((run) => run.workerCpuUs, 1)}, server ${text((run) => run.serverCpuUs, 1)}`
  ]
}

const report = (runs: {
  readonly bare: ReadonlyArray<BareReport>
  readonly line: ReadonlyArray<AccountedRun>
  readonly at5k: ReadonlyArray<AccountedRun>
  readonly at20k: ReadonlyArray<AccountedRun>
  readonly burst: AccountedRun
  readonly idle: AccountedRun
  readonly payloadBytes: number
}): Measured => {
  const { bare, line, at5k, at20k, burst } = runs
  const bareTps = middle(bare, (run) => run.messagesPerSecond)
  const lineTps = middle(line, (run) => run.ticksPerSecond)
  const warmBursts = burst.burstsMs.slice(burstsCold)
  const lost = [...line, ...at5k, ...at20k, burst, runs.idle].reduce((sum, run) => sum + run.lost, 0)
  const figures = {
    bare_tps: Math.round(bareTps),
    line_tps: Math.round(lineTps),
    ratio: rounded(lineTps / bareTps, 3),
    cpu_us_per_tick: rounded(
      middle(at20k, (run) => run.daemonCpuUs),
      2
    ),
    cpu_us_per_tick_saturated: rounded(
      middle(line, (run) => run.daemonCpuUs),
      2
    ),
    worker_cpu_us_per_tick: rounded(
      middle(at20k, (run) => run.workerCpuUs),
      2
    ),
    server_cpu_us_per_tick: rounded(
      middle(at20k, (run) => run.serverCpuUs),
      2
    ),
    p50_ms_5k: rounded(
      middle(at5k, (run) => run.p50Ms),
      3
    ),
    p99_ms_5k: rounded(
      middle(at5k, (run) => run.p99Ms),
      3
    ),
    p50_ms_20k: rounded(
      middle(at20k, (run) => run.p50Ms),
      3
    ),
    p99_ms_20k: rounded(
      middle(at20k, (run) => run.p99Ms),
      3
    ),
    burst_ms_median: rounded(median(warmBursts), 1),
    burst_ms_max: rounded(Math.max(...warmBursts), 1),
    lost,
    rss_daemon_idle_mb: Math.round(runs.idle.daemonRssMb),
    rss_daemon_20k_mb: Math.round(middle(at20k, (run) => run.daemonRssMb)),
    rss_worker_idle_mb: Math.round(runs.idle.workerRssMb),
    rss_worker_20k_mb: Math.round(middle(at20k, (run) => run.workerRssMb))
  }
  const cpu = (of: (run: AccountedRun) => number) => middle(line, of).toFixed(1)
  return {
    figures,
    rows: [
      [
        "payload",
        `${Math.round(runs.payloadBytes)} bytes in the mean, ${process.env["TICK_SERIALIZER"] || "json"}, half of the instruments with five levels`
      ],
      [
        "bare limit",
        `${thousands(bareTps)}/s (${bare.map((run) => thousands(run.messagesPerSecond)).join(", ")}); CPU us per message: publisher ${middle(bare, (run) => run.cpuUs).toFixed(1)}`
      ],
      [
        "line, as fast as it goes",
        `${thousands(lineTps)}/s (${line.map((run) => thousands(run.ticksPerSecond)).join(", ")}); CPU us per tick: daemon ${cpu((run) => run.daemonCpuUs)}, worker ${cpu((run) => run.workerCpuUs)}, server ${cpu((run) => run.serverCpuUs)}`
      ],
      [
        "ratio",
        `${figures.ratio}; round by round ${line.map((run, at) => (run.ticksPerSecond / (bare[at]?.messagesPerSecond ?? Number.NaN)).toFixed(2)).join(", ")}`
      ],
      pacedRow("line at 5,000/s", at5k),
      pacedRow("line at 20,000/s", at20k),
      [
        `burst of ${thousands(burstTicks)}`,
        `median ${figures.burst_ms_median} ms, max ${figures.burst_ms_max} ms over ${warmBursts.length} (cold before them: ${burst.burstsMs
          .slice(0, burstsCold)
          .map((ms) => ms.toFixed(0))
          .join(", ")} ms)`
      ],
      [
        "memory idle",
        `daemon ${figures.rss_daemon_idle_mb} MB, worker ${figures.rss_worker_idle_mb} MB (RSS; each maps the ring of 21 MB)`
      ],
      ["memory at 20,000/s", `daemon ${figures.rss_daemon_20k_mb} MB, worker ${figures.rss_worker_20k_mb} MB`],
      ["lost", `${lost} (received less stored by the stream's own count less quarantined)`]
    ]
  }
}

export const suite: Suite = {
  name: "line",
  about: "the whole line, from the vendor's callback to the acknowledged store, against a bare publishing loop",
  run: Effect.fnUntraced(function* ({ profileDir, say }) {
    const { path } = yield* findNatsServer({ env: process.env, root: projectRoot, log: say })
    const context = { binary: path, profileDir: undefined }
    say("reading real messages off the line")
    const { sample } = yield* runLine(context, { ...saturated, ticks: 20_000, warmUpTicks: 0 }, true)
    if (sample === undefined) return yield* Effect.die("a sampled run has a sample")
    const payloadBytes = sample.messages.reduce((sum, { text }) => sum + text.length, 0) / sample.messages.length
    const runs = {
      bare: [] as Array<BareReport>,
      line: [] as Array<AccountedRun>,
      at5k: [] as Array<AccountedRun>,
      at20k: [] as Array<AccountedRun>
    }
    for (let round = 1; round <= rounds; round++) {
      say(`round ${round} of ${rounds}: bare loop, line at full speed, line at 5,000/s and 20,000/s`)
      runs.bare.push(yield* runBare(context, sample, saturated.ticks, saturated.warmUpTicks))
      runs.line.push((yield* runLine({ ...context, profileDir }, saturated, false)).run)
      runs.at5k.push((yield* runLine(context, paced(5000), false)).run)
      runs.at20k.push((yield* runLine({ ...context, profileDir }, paced(20_000), false)).run)
    }
    say(`${bursts} bursts of ${burstTicks} ticks, one a second`)
    const burst = (yield* runLine(context, bursting, false)).run
    say("memory of an idle line")
    const still = (yield* runLine(context, idle, false)).run
    return report({ ...runs, burst, idle: still, payloadBytes })
  })
}
