import { Effect } from "effect"
import type { FrontState } from "../front/front-state.ts"
import { nextTurn } from "../front/signal.ts"
import type { Market } from "./market.ts"
import { MarketAudience } from "./market-audience.ts"
import { burstPeriodMs, lagMsMax, lineTicksPerMs, slicePeriodMs, ticksPerTurn } from "./market-pump.ts"

/**
 * Sends a market that has a timetable: which contract ticks when, and what the tick says, follows from the seed, the
 * contracts, the rate and the beginning alone. Fronts that were given the same ones send the same ticks, whenever each
 * of them was started and whoever is subscribed: two brokers in front of one exchange. Never completes.
 * Whoever comes late first makes what has passed, and sends nothing of it.
 */
export const pumpTimetable = Effect.fnUntraced(function* (
  front: FrontState,
  market: Market,
  options: { readonly ratePerSecond: number; readonly bursts: boolean; readonly sinceMs: number }
): Effect.fn.Return<never> {
  const periodMs = options.bursts ? burstPeriodMs : slicePeriodMs
  const ticksPerPeriod = (options.ratePerSecond * periodMs) / 1000
  const audience = new MarketAudience(front, market, true)

  const pass = Effect.fnUntraced(function* (atMs: number, ticks: number) {
    for (let left = ticks; left > 0; left -= ticksPerTurn) {
      audience.pass(atMs, Math.min(left, ticksPerTurn))
      if (left > ticksPerTurn) yield* nextTurn
    }
  })
  const send = Effect.fnUntraced(function* (atMs: number, ticks: number) {
    let sent = 0
    while (sent < ticks) {
      audience.refresh()
      const elapsedMs = front.nowMs() - atMs
      if (elapsedMs > periodMs + lagMsMax) {
        front.tally.marketSkipped += ticks - sent
        return yield* pass(atMs, ticks - sent)
      }
      const due = Math.min(Math.ceil((elapsedMs + 1) * lineTicksPerMs), ticks, sent + ticksPerTurn) - sent
      if (due > 0) {
        audience.send(atMs, due)
        sent += due
        yield* nextTurn
      } else yield* Effect.sleep(1)
    }
  })

  audience.refresh()
  let made = 0
  for (let period = 0; ; period++) {
    const atMs = options.sinceMs + period * periodMs
    const aheadMs = atMs - front.nowMs()
    if (aheadMs > 0) yield* Effect.sleep(aheadMs)
    // Of the whole count and not of each period: the same ticks at a rate that leaves a remainder.
    const until = Math.floor((period + 1) * ticksPerPeriod)
    const isPast = front.nowMs() - atMs > periodMs + lagMsMax
    yield* isPast ? pass(atMs, until - made) : send(atMs, until - made)
    made = until
    // What passed in a moment of its own must not keep the sockets waiting.
    if (isPast && period % 64 === 0) yield* nextTurn
  }
})
