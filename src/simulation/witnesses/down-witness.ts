import type { MarketPhase } from "../../kernel/calendar/market-phase.ts"
import { feedNames } from "../world/scale.ts"
import type { GapWitness } from "./gap-witness.ts"

const lookEveryMs = 500

/** What is known of the time before a life when its publisher sees the stream first. Epoch milliseconds. */
export interface PreviousProcess {
  /** When the life before it ended; undefined: there was none. */
  readonly endedMs: number | undefined
  /** The stream holds a tick that some life of the daemon sent. */
  readonly hasTicks: boolean
  /** When a rival stored its last tick there; it listened, and what it left untold is its own. */
  readonly rivalMs: number
}

/** Nobody listens between two lives: a record must say so for each feed, as soon as the stream has told it, if the market traded. */
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
      if (gaps.downSince(feed) !== undefined) complain(`a false alarm: nobody was there before ${name} began`)
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
    complain(`nobody listened to ${name} from ${endedMs} to ${startMs}, and no gap says so (${sinceMs})`)
  }
}
