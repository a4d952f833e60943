import { Effect } from "effect"
import { findNatsServer } from "../../src/platform/nats/find-nats-server.ts"
import { projectRoot } from "../../src/platform/process/project.ts"
import type { BareReport } from "./child-messages.ts"
import { type LedgerRun, runBare, runLine } from "./line-runs.ts"
import { median, rounded } from "./statistics.ts"
import { type BenchFormat, type Measured, prefixOf, type Suite, type SuiteOptions } from "./suite.ts"

const saturated = { rate: 0, ticks: 300_000, burst: 1, warmUpTicks: 60_000, settleMs: 0 }
const idle = { rate: 1, ticks: 1, burst: 1, warmUpTicks: 0, settleMs: 4000 }
const paced = (rate: number) => ({ rate, ticks: rate * 9, burst: 1, warmUpTicks: rate * 4, settleMs: 0 })

/** As in the line: one answer for this many messages (docs/decisions/0009). */
const group = 64

const limits = { json: 0.75, compact: 0.85 } as const

/** Compared variants alternate, and medians are compared, because the machine is noisy. */
const rounds = 3

const middle = <Run>(runs: ReadonlyArray<Run>, of: (run: Run) => number) => median(runs.map(of))
const thousands = (value: number) => Math.round(value).toLocaleString("en")

const pacedRow = (name: string, runs: ReadonlyArray<LedgerRun>): readonly [string, string] => {
  const text = (of: (run: LedgerRun) => number, digits: number) => middle(runs, of).toFixed(digits)
  const latency = `p50 ${text((run) => run.p50Ms, 2)} ms, p99 ${text((run) => run.p99Ms, 2)} ms, max ${text((run) => run.maxMs, 0)} ms`
  return [
    name,
    `${latency}; CPU us per tick: daemon ${text((run) => run.daemonCpuUs, 1)}, worker ${text((run) => run.workerCpuUs, 1)}, server ${text((run) => run.serverCpuUs, 1)}`
  ]
}

const report = (runs: {
  readonly format: BenchFormat
  readonly bare: ReadonlyArray<BareReport>
  readonly grouped: ReadonlyArray<BareReport>
  readonly line: ReadonlyArray<LedgerRun>
  readonly at5k: ReadonlyArray<LedgerRun>
  readonly at20k: ReadonlyArray<LedgerRun>
  readonly idle: LedgerRun
  readonly payloadBytes: number
}): Measured => {
  const { format, bare, grouped, line, at5k, at20k } = runs
  const bareTps = middle(bare, (run) => run.messagesPerSecond)
  const lineTps = middle(line, (run) => run.ticksPerSecond)
  const groupedTps = middle(grouped, (run) => run.messagesPerSecond)
  const lost = [...line, ...at5k, ...at20k, runs.idle].reduce((sum, run) => sum + run.lost, 0)
  const figures = {
    bare_tps: Math.round(bareTps),
    bare_grouped_tps: Math.round(groupedTps),
    line_tps: Math.round(lineTps),
    ratio: rounded(lineTps / bareTps, 3),
    ratio_grouped: rounded(lineTps / groupedTps, 3),
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
    lost,
    rss_daemon_idle_mb: Math.round(runs.idle.daemonRssMb),
    rss_daemon_20k_mb: Math.round(middle(at20k, (run) => run.daemonRssMb)),
    rss_worker_idle_mb: Math.round(runs.idle.workerRssMb),
    rss_worker_20k_mb: Math.round(middle(at20k, (run) => run.workerRssMb))
  }
  const cpu = (of: (run: LedgerRun) => number) => middle(line, of).toFixed(1)
  return {
    figures: Object.fromEntries(Object.entries(figures).map(([key, value]) => [prefixOf(format) + key, value])),
    rows: [
      [
        "payload",
        `${format}, ${Math.round(runs.payloadBytes)} bytes in the mean, half of the instruments with five levels`
      ],
      [
        "bare limit, an answer each",
        `${thousands(bareTps)}/s (${bare.map((run) => thousands(run.messagesPerSecond)).join(", ")}); CPU us per message: publisher ${middle(bare, (run) => run.cpuUs).toFixed(1)}`
      ],
      [
        `bare limit, an answer for ${group}`,
        `${thousands(groupedTps)}/s (${grouped.map((run) => thousands(run.messagesPerSecond)).join(", ")}); CPU us per message: publisher ${middle(grouped, (run) => run.cpuUs).toFixed(1)}`
      ],
      [
        "line, as fast as it goes",
        `${thousands(lineTps)}/s (${line.map((run) => thousands(run.ticksPerSecond)).join(", ")}); CPU us per tick: daemon ${cpu((run) => run.daemonCpuUs)}, worker ${cpu((run) => run.workerCpuUs)}, server ${cpu((run) => run.serverCpuUs)}`
      ],
      [
        "ratio",
        `${figures.ratio} (limit ${limits[format]}), and ${figures.ratio_grouped} of the loop with an answer for ${group}; round by round ${line.map((run, at) => (run.ticksPerSecond / (bare[at]?.messagesPerSecond ?? Number.NaN)).toFixed(2)).join(", ")}`
      ],
      pacedRow("line at 5,000/s", at5k),
      pacedRow("line at 20,000/s", at20k),
      [
        "memory idle",
        `daemon ${figures.rss_daemon_idle_mb} MB, worker ${figures.rss_worker_idle_mb} MB (RSS; each maps the ring of 21 MB)`
      ],
      ["memory at 20,000/s", `daemon ${figures.rss_daemon_20k_mb} MB, worker ${figures.rss_worker_20k_mb} MB`],
      ["lost", `${lost} (received less stored by the stream's own count less quarantined)`]
    ]
  }
}

const measure = Effect.fnUntraced(function* (
  binary: string,
  format: BenchFormat,
  { profileDir, say }: Pick<SuiteOptions, "profileDir" | "say">
) {
  const context = { binary, profileDir: undefined, format }
  const profiled = { ...context, profileDir }
  say(`reading real messages off the line, ${format}`)
  const { sample } = yield* runLine(context, { ...saturated, ticks: 20_000, warmUpTicks: 0 }, true)
  if (sample === undefined) return yield* Effect.die("a sampled run has a sample")
  const payloadBytes = sample.messages.reduce((sum, { text }) => sum + text.length, 0) / sample.messages.length
  const messages = { messages: saturated.ticks, warmUpMessages: saturated.warmUpTicks }
  const runs = {
    bare: [] as Array<BareReport>,
    grouped: [] as Array<BareReport>,
    line: [] as Array<LedgerRun>,
    at5k: [] as Array<LedgerRun>,
    at20k: [] as Array<LedgerRun>
  }
  for (let round = 1; round <= rounds; round++) {
    say(`round ${round} of ${rounds}: bare loops, line at full speed, line at 5,000/s and 20,000/s, ${format}`)
    runs.bare.push(yield* runBare(context, sample, { ...messages, group: 1 }))
    runs.line.push((yield* runLine(profiled, saturated, false)).run)
    runs.grouped.push(yield* runBare(context, sample, { ...messages, group }))
    runs.at5k.push((yield* runLine(context, paced(5000), false)).run)
    runs.at20k.push((yield* runLine(profiled, paced(20_000), false)).run)
  }
  say("memory of an idle line")
  const still = (yield* runLine(context, idle, false)).run
  return report({ ...runs, format, idle: still, payloadBytes })
})

export const suite: Suite = {
  name: "line",
  about: "the whole line, from the vendor's callback to the acknowledged store, against a bare publishing loop",
  run: Effect.fnUntraced(function* ({ formats, profileDir, say }) {
    const { path } = yield* findNatsServer({ env: process.env, root: projectRoot, log: say })
    const measured = yield* Effect.forEach(formats, (format) => measure(path, format, { profileDir, say }))
    return {
      rows: measured.flatMap(({ rows }) => rows),
      figures: Object.assign({}, ...measured.map(({ figures }) => figures)) as Record<string, number>
    }
  })
}
