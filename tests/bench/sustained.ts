// A minute at full speed: what the line keeps up, and not what it manages before files, caches and collectors fill.
import { Effect } from "effect"
import { findNatsServer } from "../../src/platform/nats/find-nats-server.ts"
import { projectRoot } from "../../src/platform/process/project.ts"
import { runLine } from "./line-runs.ts"
import { prefixOf, type Suite } from "./suite.ts"

const seconds = 60
const shape = { rate: 0, burst: 1, warmUpTicks: 60_000, settleMs: 0 }

const limits = { json: 70_000, compact: 110_000 } as const

export const suite: Suite = {
  name: "sustained",
  about: "a minute at full speed; writes up to 8 GB into .state and removes it",
  run: Effect.fnUntraced(function* ({ formats, say }) {
    const { path } = yield* findNatsServer({ env: process.env, root: projectRoot, log: say })
    const rows: Array<readonly [string, string]> = []
    const figures: Record<string, number> = {}
    for (const format of formats) {
      const context = { binary: path, profileDir: undefined, format }
      say(`how many ticks are a minute, ${format}`)
      const first = yield* runLine(context, { ...shape, ticks: 400_000 }, false)
      const ticks = Math.round(first.run.ticksPerSecond * seconds)
      say(`${ticks} ticks at full speed, ${format}`)
      const { run } = yield* runLine(context, { ...shape, ticks }, false)
      const prefix = prefixOf(format)
      figures[`${prefix}line_tps_60s`] = Math.round(run.ticksPerSecond)
      figures[`${prefix}line_60s_lost`] = run.lost
      rows.push([
        `a minute at full speed, ${format}`,
        `${Math.round(run.ticksPerSecond).toLocaleString("en")}/s over ${(ticks / run.ticksPerSecond).toFixed(0)} s (limit ${limits[format].toLocaleString("en")}); daemon ${run.daemonCpuUs.toFixed(1)} us a tick, ${Math.round(run.daemonRssMb)} MB; lost ${run.lost}`
      ])
    }
    return { rows, figures }
  })
}
