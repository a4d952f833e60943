// `npm run year`: runs every check for silence of the year 2026. The test of `npm run verify` leaves out the insides
// of sections.
import { liveYear } from "../support/silence-year.ts"

const { alarms, closedLooks, ranMs, ticks, watchedLooks } = liveYear(true)
process.stdout.write(
  `2026: ${(ranMs / 3_600_000).toFixed(0)} h look by look, ${watchedLooks} looks at an open market, ${closedLooks} at a closed one, ${ticks} ticks, ${alarms.length} alarms, ${(process.cpuUsage().user / 1e6).toFixed(0)} s of processor time\n`
)
for (const alarm of alarms.slice(0, 10)) process.stdout.write(`alarm: ${alarm}\n`)
process.exitCode = alarms.length === 0 ? 0 : 1
