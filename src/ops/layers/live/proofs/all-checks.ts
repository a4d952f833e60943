import { Effect } from "effect"
import type { TradingCalendar } from "../../../../kernel/calendar/trading-calendar.ts"
import { lookMonitored } from "./monitoring-proof.ts"
import { held, type Look, type ProofTools } from "./proof-wait.ts"
import { lookReady } from "./ready-proof.ts"
import { lookSubscribed } from "./subscription-proof.ts"

/** All checks as one: every reason is named, and the code is that of the first. */
export const together = (looks: ReadonlyArray<Look>): Look => {
  const open = looks.filter((look) => !look.holds)
  const [first] = open
  if (first === undefined) return held(Object.assign({}, ...looks.map((look) => (look.holds ? look.facts : {}))))
  return { ...first, why: open.map(({ why }) => why).join("; "), final: open.some(({ final }) => final) }
}

/** What the stages of a start prove, at one moment. */
export const lookAll = (tools: ProofTools, calendar: TradingCalendar): Effect.Effect<Look> =>
  Effect.all(
    [
      lookReady(tools),
      lookSubscribed(tools, calendar),
      ...(tools.settings.managed.monitoring ? [lookMonitored(tools)] : [])
    ],
    { concurrency: "unbounded" }
  ).pipe(Effect.map(together))
