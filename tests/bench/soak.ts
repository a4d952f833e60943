// Memory over time: a leak of one byte for each tick shows after minutes, not after seconds.
import { Effect } from "effect"
import { findNatsServer } from "../../src/platform/nats/find-nats-server.ts"
import { projectRoot } from "../../src/platform/process/project.ts"
import { runLine } from "./line-runs.ts"
import { rounded, slopeOf } from "./statistics.ts"
import { prefixOf, type Suite } from "./suite.ts"

const rate = 20_000

export const suite: Suite = {
  name: "soak",
  about: "memory of the daemon at 20,000/s over --soak DURATION (10m for the figure that counts; default 1m)",
  run: Effect.fnUntraced(function* ({ formats, soakMs, say }) {
    const { path } = yield* findNatsServer({ env: process.env, root: projectRoot, log: say })
    const rows: Array<readonly [string, string]> = []
    const figures: Record<string, number> = {}
    for (const format of formats) {
      say(`${Math.round(soakMs / 1000)} s at ${rate}/s, ${format}`)
      const ticks = (rate * soakMs) / 1000
      // heap and code have reached their size after a fifth of it, two minutes at most
      const warmUpTicks = Math.min(ticks / 5, rate * 120)
      const { run } = yield* runLine(
        { binary: path, profileDir: undefined, format },
        { rate, ticks: ticks + warmUpTicks, burst: 1, warmUpTicks, settleMs: 0, rssEveryMs: soakMs / 100 },
        false
      )
      const slope = slopeOf(run.rssSamples) * 60_000
      const at = (share: number) =>
        Math.round(run.rssSamples[Math.floor((run.rssSamples.length - 1) * share)]?.[1] ?? 0)
      const newSpaceMb = Math.max(...run.newSpaceSamplesMb)
      figures[`${prefixOf(format)}new_space_max_mb`] = rounded(newSpaceMb, 1)
      figures[`${prefixOf(format)}rss_slope_mb_per_min`] = rounded(slope, 2)
      figures[`${prefixOf(format)}live_growth_mb`] = rounded(run.liveMb[1] - run.liveMb[0], 2)
      figures[`${prefixOf(format)}soak_s`] = Math.round(soakMs / 1000)
      figures[`${prefixOf(format)}soak_lost`] = run.lost
      rows.push([
        `memory over ${Math.round(soakMs / 1000)} s, ${format}`,
        `slope ${slope.toFixed(2)} MB/min (limit 1), RSS ${[0, 0.25, 0.5, 0.75, 1].map(at).join(" → ")} MB; new space at most ${newSpaceMb.toFixed(0)} MB; alive after a full collection ${run.liveMb.map((mb) => mb.toFixed(1)).join(" → ")} MB; lost ${run.lost}`
      ])
    }
    return { rows, figures }
  })
}
