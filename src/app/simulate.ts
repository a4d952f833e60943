import { createHash } from "node:crypto"
import { availableParallelism } from "node:os"
import { Effect, Exit, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { untilStopped } from "../cli/invocation.ts"
import { jsonFlag, shownDefault, wholeFlag } from "../cli/terminal/flags.ts"
import { exitCodes, UserError } from "../platform/process/user-error.ts"
import { runInChild } from "../simulation/faults/seed-children.ts"
import { faultNames, reachOf, reachText, watchTransitions } from "../simulation/reach.ts"
import { runSeed, type SeedResult } from "../simulation/run-seed.ts"
import { runRunbookSeed } from "../simulation/runbook/runbook-seed.ts"
import { runTradeSeed } from "../simulation/trading/trade-seed.ts"

interface SimulateOptions {
  readonly seeds: number
  readonly from: number
  /** Which daemon the seeds run. */
  readonly plane: "market" | "trading"
  /** Seeds of runbooks on one machine, not of a daemon. */
  readonly runbooks: boolean
  /** Simulated length of one seed, minutes. */
  readonly minutes: number
  readonly jobs: Option.Option<number>
  readonly json: boolean
  readonly lines: boolean
  readonly trace: boolean
  readonly reach: boolean
}

const mostSeeds = 10_000_000
const mostMinutes = 14 * 24 * 60

/** Below so many simulated minutes, or seeds of runbooks, in all, another process costs more than it saves. */
const minutesWorthAProcess = 200
const runbooksWorthAProcess = 100
const progressEveryMs = 5000

/** The last line of `--json`. `trace_hash` covers the traces of all seeds in order. */
interface SimulationReport {
  readonly seeds: number
  readonly failures: number
  readonly simulated_hours: number
  readonly faults: number
  readonly faults_by_kind: Readonly<Record<string, number>>
  readonly checks: number
  readonly ticks: number
  readonly restarts: number
  /** Of runbooks. */
  readonly runs: number
  /** Of the plane trading: orders that were sent, and executions at the venue. */
  readonly orders: number
  readonly executions: number
  readonly seconds: number
  readonly seeds_per_second: number
  readonly times_real: number
  readonly jobs: number
  readonly trace_hash: string
}

const worldOf = ({ plane, runbooks }: Pick<SimulateOptions, "plane" | "runbooks">) =>
  runbooks ? "runbooks" : plane === "trading" ? "trading" : "daemon"

const report = (
  results: ReadonlyArray<SeedResult>,
  options: SimulateOptions,
  seconds: number,
  jobs: number
): SimulationReport => {
  const byKind: Record<string, number> = {}
  for (const name of faultNames(worldOf(options))) byKind[name] = 0
  for (const { faults } of results) {
    for (const [name, count] of Object.entries(faults)) byKind[name] = (byKind[name] ?? 0) + count
  }
  const sum = (of: (result: SeedResult) => number) => results.reduce((total, result) => total + of(result), 0)
  const simulatedMs = sum(({ simulatedMs }) => simulatedMs)
  const hash = createHash("sha256")
  for (const { seed, hash: trace } of [...results].sort((a, b) => a.seed - b.seed)) hash.update(`${seed} ${trace}\n`)
  return {
    seeds: results.length,
    failures: results.filter(({ failure }) => failure !== undefined).length,
    simulated_hours: Number((simulatedMs / 3_600_000).toFixed(3)),
    faults: Object.values(byKind).reduce((total, count) => total + count, 0),
    faults_by_kind: byKind,
    checks: sum(({ checks }) => checks),
    ticks: sum(({ ticks }) => ticks),
    restarts: sum(({ restarts }) => restarts),
    runs: sum(({ runs }) => runs ?? 0),
    orders: sum(({ orders }) => orders ?? 0),
    executions: sum(({ executions }) => executions ?? 0),
    seconds: Number(seconds.toFixed(3)),
    seeds_per_second: Number((results.length / seconds).toFixed(2)),
    times_real: Math.round(simulatedMs / 1000 / seconds),
    jobs,
    trace_hash: hash.digest("hex")
  }
}

const say = (line: string) => void process.stdout.write(`${line}\n`)

const failureText = (result: SeedResult, { minutes, plane, runbooks }: SimulateOptions) =>
  `seed ${result.seed} failed at ${((result.failure?.atMs ?? 0) / 1000).toFixed(3)} s: ${result.failure?.sentence}\n` +
  `  replay: tickd simulate ${plane === "trading" ? "--plane trading " : ""}--seeds 1 --from ${result.seed} ${runbooks ? "--runbooks" : `--minutes ${minutes}`} --trace`

const doneText = (done: SimulationReport, options: SimulateOptions): string => {
  switch (worldOf(options)) {
    case "runbooks":
      return `${done.runs} runs`
    case "trading":
      return `${done.restarts} restarts, ${done.orders} orders, ${done.executions} executions`
    case "daemon":
      return `${done.restarts} restarts, ${done.ticks} ticks`
  }
}

const readable = (done: SimulationReport, options: SimulateOptions) =>
  `${done.seeds} seeds, ${done.failures} failed: ${done.simulated_hours} simulated hours in ${done.seconds} s ` +
  `(${done.seeds_per_second} seeds/s, ${done.times_real} times real time on ${done.jobs} ${done.jobs === 1 ? "process" : "processes"})\n` +
  `${done.faults} faults of ${Object.values(done.faults_by_kind).filter((count) => count > 0).length} kinds injected, ` +
  `${doneText(done, options)}, ${done.checks} invariants checked\ntrace ${done.trace_hash}`

/** Seeds that each process takes, as even as it goes. */
const share = (seeds: number, from: number, jobs: number) =>
  Array.from({ length: jobs }, (_, job) => {
    const first = Math.floor((seeds * job) / jobs)
    return { from: from + first, seeds: Math.floor((seeds * (job + 1)) / jobs) - first }
  })

/** Fails with exit code 1 when an invariant broke in any seed; a signal ends it between two moments. */
const runSimulation = Effect.fnUntraced(function* (options: SimulateOptions) {
  const { seeds, from, minutes, plane, reach, runbooks } = options
  const startedMs = performance.now()
  const worth = Math.max(
    1,
    Math.floor(runbooks ? seeds / runbooksWorthAProcess : (seeds * minutes) / minutesWorthAProcess)
  )
  const jobs = Math.min(
    seeds,
    Option.getOrElse(options.jobs, () => Math.min(worth, availableParallelism()))
  )
  const results: Array<SeedResult> = []
  let reportedMs = startedMs
  const note = (result: SeedResult) => {
    results.push(result)
    if (options.lines) say(JSON.stringify(result))
    else if (result.failure !== undefined) say(failureText(result, options))
    const nowMs = performance.now()
    if (options.lines || nowMs - reportedMs < progressEveryMs) return
    reportedMs = nowMs
    process.stderr.write(`[tickd] ${results.length} of ${seeds} seeds\n`)
  }
  yield* Effect.addFinalizer((exit) =>
    Effect.sync(() => {
      if (!Exit.hasInterrupts(exit)) return
      process.stderr.write(`[tickd] interrupted: ${results.length} of ${seeds} seeds run\n`)
    })
  )
  if (jobs > 1) {
    yield* Effect.forEach(
      share(seeds, from, jobs),
      (part) => runInChild({ ...part, minutes, plane, reach, runbooks }, note),
      {
        concurrency: "unbounded",
        discard: true
      }
    )
  } else {
    const watched = reach ? { transitions: watchTransitions() } : {}
    for (let seed = from; seed < from + seeds; seed++) {
      const drawn = { seed, ...(options.trace ? { show: say } : {}), ...watched }
      const long = { ...drawn, lengthMs: minutes * 60_000 }
      const run = () => (runbooks ? runRunbookSeed(drawn) : plane === "trading" ? runTradeSeed(long) : runSeed(long))
      note(yield* Effect.promise(run))
    }
  }
  const done = report(results, options, (performance.now() - startedMs) / 1000, jobs)
  const reached = reach ? { reach: reachOf(results, worldOf(options)) } : {}
  if (!options.lines) {
    if (options.json) say(JSON.stringify({ ...done, ...reached }))
    else say([readable(done, options), ...(reached.reach === undefined ? [] : [reachText(reached.reach)])].join("\n\n"))
  }
  if (done.failures === 0) return
  return yield* new UserError({
    code: "INVARIANT_BROKEN",
    exitCode: exitCodes.checkFailed,
    message: `${done.failures} of ${done.seeds} seeds broke an invariant: replay one with the command that is printed with it.`
  })
}, Effect.scoped)

/** `tickd simulate`: runs the whole daemon in virtual time, once for each seed. */
export const command = Command.make(
  "simulate",
  {
    seeds: wholeFlag("seeds", 1, mostSeeds).pipe(shownDefault("How many seeds to run", 100)),
    from: wholeFlag("from", 0, 2_147_483_647).pipe(shownDefault("The first seed", 1)),
    minutes: wholeFlag("minutes", 5, mostMinutes).pipe(
      Flag.withDescription("Simulated minutes of each seed (default: 10)"),
      Flag.optional
    ),
    hours: wholeFlag("hours", 1, mostMinutes / 60).pipe(
      Flag.withDescription("Simulated hours of each seed, instead of minutes"),
      Flag.optional
    ),
    plane: Flag.Literals("plane", ["market", "trading"]).pipe(
      Flag.withDescription("The daemon that the seeds run: tickd run, or tickd trade (default: market)"),
      Flag.withDefault("market" as const)
    ),
    runbooks: Flag.Boolean("runbooks").pipe(
      Flag.withDescription("Run runbooks on one machine in virtual time instead: see docs/SIMULATION.md"),
      Flag.withDefault(false)
    ),
    jobs: wholeFlag("jobs", 1, 64).pipe(
      Flag.withDescription("Processes that share the seeds (default: one a core when there are many seeds)"),
      Flag.optional
    ),
    json: jsonFlag,
    lines: Flag.Boolean("lines").pipe(
      Flag.withDescription("Print one JSON object per seed as it ends"),
      Flag.withDefault(false)
    ),
    reach: Flag.Boolean("reach").pipe(
      Flag.withDescription("Print which kinds of faults and which transitions no seed has reached"),
      Flag.withDefault(false)
    ),
    trace: Flag.Boolean("trace").pipe(
      Flag.withDescription("Print what happens, line by line: for one seed that failed"),
      Flag.withDefault(false)
    )
  },
  ({ hours, minutes, ...options }) =>
    Effect.gen(function* () {
      if (options.runbooks && options.plane === "trading") {
        const message = "--plane and --runbooks are two worlds: give one of them."
        return yield* new UserError({ code: "FLAGS_REFUSED", exitCode: exitCodes.wrongUse, message })
      }
      if (options.runbooks && (Option.isSome(hours) || Option.isSome(minutes))) {
        const message = "--minutes and --hours are for seeds of the daemon: a seed of runbooks is as long as its runs."
        return yield* new UserError({ code: "FLAGS_REFUSED", exitCode: exitCodes.wrongUse, message })
      }
      const asked = Option.match(hours, { onNone: () => Option.getOrElse(minutes, () => 10), onSome: (h) => h * 60 })
      yield* untilStopped(runSimulation({ ...options, minutes: asked }))
    })
).pipe(
  Command.withDescription(
    "Run the whole daemon in virtual time from a seed: two sessions, a market, fronts and a broker that misbehave; or orders, a venue, a store and operators. Every invariant that breaks is printed with its seed and the command that replays it"
  )
)
