// What slow readers of the metrics cost the ticks: 50 requests a second that read 1 kB/s and never finish.
import { Effect } from "effect"
import { findNatsServer } from "../../src/platform/nats/find-nats-server.ts"
import { projectRoot } from "../../src/platform/process/project.ts"
import { freePort } from "../support/free-port.ts"
import { type LedgerRun, runLine } from "./line-runs.ts"
import { startSlowReaders } from "./slow-readers.ts"
import { median, rounded } from "./statistics.ts"
import type { Suite } from "./suite.ts"

const rate = 20_000
const requestsPerSecond = 50
/** Both ways alternate, and medians are compared, because the machine is noisy. */
const rounds = 5
const shape = { rate, ticks: rate * 14, burst: 1, warmUpTicks: rate * 4, settleMs: 500 }

const runOnce = (binary: string, isRead: boolean) =>
  Effect.scoped(
    Effect.gen(function* () {
      const httpPort = yield* Effect.promise(freePort)
      const readers = isRead ? yield* startSlowReaders(httpPort, requestsPerSecond) : undefined
      const context = { binary, profileDir: undefined, format: "json" as const }
      const { run } = yield* runLine(context, { ...shape, httpPort }, false)
      return { run, readers: readers ?? { opened: 0, ended: 0 } }
    })
  )
type Run = Effect.Success<ReturnType<typeof runOnce>>

export const suite: Suite = {
  name: "metrics-reader",
  about: `${requestsPerSecond} slow readers of the metrics a second beside ${rate.toLocaleString("en")} ticks/s, and none`,
  run: Effect.fnUntraced(function* ({ say }) {
    const { path } = yield* findNatsServer({ env: process.env, root: projectRoot, log: say })
    const runs = { none: new Array<Run>(), read: new Array<Run>() }
    for (let round = 1; round <= rounds; round++) {
      for (const way of ["none", "read"] as const) {
        say(`${way === "none" ? "no reader" : "slow readers"}, ${round} of ${rounds}`)
        runs[way].push(yield* runOnce(path, way === "read"))
      }
    }
    const figures: Record<string, number> = {}
    const rows: Array<readonly [string, string]> = []
    for (const [way, what] of [
      ["none", "no reader"],
      ["read", `${requestsPerSecond} slow readers a second`]
    ] as const) {
      const put = (name: string, of: (run: LedgerRun) => number, digits: number) => {
        const values = runs[way].map(({ run }) => of(run))
        figures[`metrics_reader_${way}_${name}`] = rounded(median(values), digits)
        return `${median(values).toFixed(digits)} (${values.map((value) => value.toFixed(digits)).join(", ")})`
      }
      rows.push([`${what}: p50`, `${put("p50_ms", (run) => run.p50Ms, 2)} ms`])
      rows.push([`${what}: p99`, `${put("p99_ms", (run) => run.p99Ms, 2)} ms`])
      rows.push([`${what}: daemon CPU a tick`, `${put("cpu_us_per_tick", (run) => run.daemonCpuUs, 1)} us`])
      rows.push([`${what}: daemon RSS`, `${put("rss_mb", (run) => run.daemonRssMb, 0)} MB`])
      figures[`metrics_reader_${way}_lost`] = runs[way].reduce((sum, { run }) => sum + run.lost, 0)
    }
    const sum = (of: (run: Run) => number) => runs.read.reduce((total, run) => total + of(run), 0)
    rows.push([
      "connections opened, ended by the daemon",
      `${sum(({ readers }) => readers.opened)}, ${sum(({ readers }) => readers.ended)}`
    ])
    return { rows, figures }
  })
}
