// The telemetry port over node:http and over effect/http: CPU of a scrape, and how late it makes a loop of 1 ms.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { projectRoot } from "../../src/platform/process/project.ts"
import { runChild } from "./bench-child.ts"
import type { TelemetryReport, TelemetryRun, TelemetryWay } from "./child-messages.ts"
import { median } from "./statistics.ts"
import type { Suite } from "./suite.ts"

const rounds = 3
const ways: ReadonlyArray<readonly [TelemetryWay, string]> = [
  ["node", "node:http"],
  ["effect", "effect/http"]
]

export const suite: Suite = {
  name: "telemetry",
  about: "a scrape of the telemetry port over node:http and over effect/http: CPU, and how late it makes ticks",
  run: Effect.fnUntraced(function* ({ say }) {
    const stateDir = yield* Effect.acquireRelease(
      Effect.sync(() => {
        mkdirSync(join(projectRoot, ".state"), { recursive: true })
        return mkdtempSync(join(projectRoot, ".state", "bench-"))
      }),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
    )
    const reports = new Map<TelemetryWay, Array<TelemetryReport>>(ways.map(([way]) => [way, []]))
    for (let round = 0; round < rounds; round++) {
      for (const [way, what] of ways) {
        say(`${what}, round ${round + 1}`)
        const argument: TelemetryRun = { way, phaseMs: 8000, requests: 2000 }
        const report = yield* runChild<TelemetryReport>({
          program: "telemetry-child.ts",
          argument,
          stateDir,
          profileDir: undefined,
          deadlineMs: 120_000
        })
        reports.get(way)?.push(report)
      }
    }
    const rows: Array<readonly [string, string]> = []
    const figures: Record<string, number> = {}
    for (const [way, what] of ways) {
      const all = reports.get(way) ?? []
      const of = (read: (report: TelemetryReport) => number) => median(all.map(read))
      const put = (name: string, value: number) => {
        figures[`telemetry_${way}_${name}`] = Number(value.toFixed(2))
        return value.toFixed(name.endsWith("_us") ? 0 : 2)
      }
      const metrics = put(
        "metrics_cpu_us",
        of(({ metricsCpuUs }) => metricsCpuUs)
      )
      const health = put(
        "health_cpu_us",
        of(({ healthCpuUs }) => healthCpuUs)
      )
      const render = put(
        "render_cpu_us",
        of(({ renderCpuUs }) => renderCpuUs)
      )
      rows.push([`${what}: CPU of /metrics, /healthz, rendering alone`, `${metrics}, ${health}, ${render} us`])
      const lateOf = (phase: "quiet" | "scraped") =>
        (["p50Ms", "p99Ms", "maxMs"] as const)
          .map((name) =>
            put(
              `${phase}_${name.replace("Ms", "")}_ms`,
              of((report) => report[phase][name])
            )
          )
          .join(", ")
      rows.push([`${what}: lateness p50, p99, max without scrapes`, `${lateOf("quiet")} ms`])
      rows.push([`${what}: the same with 20 scrapes a second`, `${lateOf("scraped")} ms`])
      const startMs = put(
        "start_ms",
        of(({ startMs }) => startMs)
      )
      const rssMb = put(
        "rss_mb",
        of(({ rssMb }) => rssMb)
      )
      rows.push([`${what}: import and start, RSS`, `${startMs} ms, ${rssMb} MB`])
    }
    return { rows, figures }
  })
}
