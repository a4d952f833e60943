// A whole market at once: 17,388 ticks every half second for a minute, first callback to last acknowledgement.
import { Effect } from "effect"
import { findNatsServer } from "../../src/platform/nats/find-nats-server.ts"
import { projectRoot } from "../../src/platform/process/project.ts"
import { runLine } from "./line-runs.ts"
import { median, rounded } from "./statistics.ts"
import { prefixOf, type Suite } from "./suite.ts"

const burstTicks = 17_388
const everyMs = 500
/** The first ones compile; those after them are a minute. */
const cold = 4
const bursts = 120

const limits = { json: "250, 400", compact: "150, 250" } as const

export const suite: Suite = {
  name: "burst",
  about: "17,388 ticks every 500 ms for a minute",
  run: Effect.fnUntraced(function* ({ formats, say }) {
    const { path } = yield* findNatsServer({ env: process.env, root: projectRoot, log: say })
    const rows: Array<readonly [string, string]> = []
    const figures: Record<string, number> = {}
    for (const format of formats) {
      say(`${bursts} bursts of ${burstTicks} ticks, one in ${everyMs} ms, ${format}`)
      const { run } = yield* runLine(
        { binary: path, profileDir: undefined, format },
        {
          rate: (burstTicks * 1000) / everyMs,
          ticks: burstTicks * (bursts + cold),
          burst: burstTicks,
          warmUpTicks: 1,
          settleMs: 0
        },
        false
      )
      const warm = run.burstsMs.slice(cold)
      const [middle, most] = [median(warm), Math.max(...warm)]
      const prefix = prefixOf(format)
      figures[`${prefix}burst_ms_median`] = rounded(middle, 1)
      figures[`${prefix}burst_ms_max`] = rounded(most, 1)
      figures[`${prefix}burst_lost`] = run.lost
      rows.push([
        `burst of 17,388, ${format}`,
        `median ${middle.toFixed(0)} ms, max ${most.toFixed(0)} ms over ${warm.length} (limits ${limits[format]}); lost ${run.lost}`
      ])
    }
    return { rows, figures }
  })
}
