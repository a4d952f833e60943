import type { MarketPhase } from "../../kernel/calendar/market-phase.ts"
import { feedNames } from "../world/scale.ts"
import type { GapWitness } from "./gap-witness.ts"

const lookEveryMs = 500

/** Known time before a run, when its publisher reads the stream first. Epoch milliseconds. */
export interface PreviousProcess {
  /** When the previous run ended; undefined: there was none. */
  readonly endedMs: number | undefined
  /** The stream holds a tick of some run of the daemon. */
  readonly hasTicks: boolean
  /** When a rival stored its last tick there. It was receiving, and its own losses are its own. */
  readonly rivalMs: number
}

/**
 * No daemon runs between two runs: a record must report it for each feed, once the stream has shown it, if the market
 * traded.
 */
export const lookAtDownTime = (options: {
  readonly former: PreviousProcess
  readonly startMs: number
  readonly phaseAt: (atMs: number) => MarketPhase
  readonly gaps: GapWitness
  /** The feed is held back on purpose, so it misses nothing. */
  readonly isHeld: (feed: number) => boolean
  readonly complain: (sentence: string) => void
}): void => {
  const { former, startMs, phaseAt, gaps, isHeld, complain } = options
  const { endedMs, hasTicks, rivalMs } = former
  if (endedMs === undefined) {
    for (const [feed, name] of feedNames.entries()) {
      if (gaps.downSince(feed) !== undefined) complain(`a false alarm: no daemon ran before ${name} began`)
    }
    return
  }
  gaps.checks++
  if (!hasTicks || rivalMs >= endedMs) return
  let isTrading = false
  for (let atMs = endedMs; atMs < startMs; atMs += lookEveryMs) isTrading ||= phaseAt(atMs) === "trading"
  if (!isTrading) return
  for (const [feed, name] of feedNames.entries()) {
    if (isHeld(feed)) continue
    const sinceMs = gaps.downSince(feed)
    if (sinceMs !== undefined && sinceMs <= endedMs) continue
    complain(`no daemon received ${name} from ${endedMs} to ${startMs}, and no gap reports it (${sinceMs})`)
  }
}
