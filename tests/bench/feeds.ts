// What a second feed costs: the same market over one front, and over two that send it both.
import { Effect } from "effect"
import { startFrontChild } from "../../src/app/demo/front-child.ts"
import { findNatsServer } from "../../src/platform/nats/find-nats-server.ts"
import { projectRoot } from "../../src/platform/process/project.ts"
import { instruments, type LedgerRun, runLine } from "./line-runs.ts"
import { median, rounded } from "./statistics.ts"
import type { Suite } from "./suite.ts"

const rate = 10_000
/** Compared variants alternate, and medians are compared, because the machine is noisy. */
const rounds = 3
const shape = { rate, ticks: rate * 9, burst: 1, warmUpTicks: rate * 4, settleMs: 500 }

/** Fronts in their own processes, spread evenly: bursts would hide a tick's latency behind the waiting of others. */
const runFeeds = (binary: string, feeds: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const since = String(Math.floor(Date.now() / 1000) * 1000)
      const sizes = ["--instruments", String(instruments), "--rate", String(rate), "--since", since, "--even"]
      const fronts = yield* Effect.forEach(Array.from({ length: feeds }), () => startFrontChild(sizes))
      const context = { binary, profileDir: undefined, format: "json" as const }
      const { run } = yield* runLine(context, { ...shape, fronts: fronts.map(({ address }) => address) }, false)
      return run
    })
  )

export const suite: Suite = {
  name: "feeds",
  about: `one feed and two of the same market, ${rate.toLocaleString("en")} ticks/s each`,
  run: Effect.fnUntraced(function* ({ say }) {
    const { path } = yield* findNatsServer({ env: process.env, root: projectRoot, log: say })
    const one: Array<LedgerRun> = []
    const two: Array<LedgerRun> = []
    for (let round = 1; round <= rounds; round++) {
      say(`one feed, ${round} of ${rounds}`)
      one.push(yield* runFeeds(path, 1))
      say(`two feeds, ${round} of ${rounds}`)
      two.push(yield* runFeeds(path, 2))
    }
    const figures: Record<string, number> = {}
    const rows: Array<readonly [string, string]> = []
    for (const [name, what, runs] of [
      ["one", "one feed", one],
      ["two", "two feeds", two]
    ] as const) {
      const middle = (of: (run: LedgerRun) => number) => median(runs.map(of))
      figures[`feeds_${name}_cpu_us_per_tick`] = rounded(
        middle((run) => run.daemonCpuUs),
        2
      )
      figures[`feeds_${name}_p50_ms`] = rounded(
        middle((run) => run.p50Ms),
        3
      )
      figures[`feeds_${name}_p99_ms`] = rounded(
        middle((run) => run.p99Ms),
        3
      )
      const twins = middle(({ ledger }) => ledger.duplicate / ledger.received)
      rows.push([
        `${what}, ${rate.toLocaleString("en")} ticks/s published`,
        `daemon ${middle((run) => run.daemonCpuUs).toFixed(1)} us CPU a published tick (${runs.map((run) => run.daemonCpuUs.toFixed(1)).join(", ")}), workers ${middle((run) => run.workerCpuUs).toFixed(1)}; callback to ack p50 ${middle((run) => run.p50Ms).toFixed(2)} ms, p99 ${middle((run) => run.p99Ms).toFixed(1)} ms; twins ${(twins * 100).toFixed(1)} %; daemon ${Math.round(middle((run) => run.daemonRssMb))} MB`
      ])
    }
    return { rows, figures }
  })
}
