import { type StageName, targetFeedOf } from "../../domain/plan.ts"
import type { FoundRun } from "../../ports/run-journal.ts"
import type { RunningState } from "../../ports/runtime.ts"

type Part = Exclude<keyof RunningState, "activeFeed">

const started: Readonly<Partial<Record<StageName, Part>>> = {
  nats: "nats",
  tickd: "tickd",
  handOver: "tickd",
  monitoring: "monitoring",
  console: "console"
}
const stopped: Readonly<Partial<Record<StageName, Part>>> = {
  stopConsole: "console",
  stopMonitoring: "monitoring",
  stopTickd: "tickd",
  stopNats: "nats"
}

/**
 * Whether one look rules out that a killed run is complete: a program is missing that no run starts any more, one still
 * runs that it has not asked to end, or the other feed is the active one. Proofs would wait for it, while the market
 * trades.
 */
export const isUnreached = (
  { request, stage }: Pick<FoundRun, "request" | "stage">,
  plan: ReadonlyArray<StageName>,
  now: RunningState
): boolean => {
  const reached = stage === undefined ? -1 : plan.indexOf(stage)
  return plan.some((name, index) => {
    const wanted = started[name]
    if (wanted !== undefined) return now[wanted] === undefined
    const ended = stopped[name]
    if (ended !== undefined) return index > reached && now[ended] !== undefined
    const feed = targetFeedOf(name, request)
    return feed !== undefined && now.activeFeed !== feed
  })
}
