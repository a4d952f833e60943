import { Effect } from "effect"
import type { FrontState } from "../front/front-state.ts"
import { nextTurn } from "../front/signal.ts"
import type { Market } from "./market.ts"
import { MarketAudience } from "./market-audience.ts"
import { burstPeriodMs, lagMsMax, lineTicksPerMs, slicePeriodMs, ticksPerTurn } from "./market-pump.ts"

/**
 * Sends a market with a timetable: times and contents of all ticks depend only on the seed, the contracts, the rate
 * and the start. Fronts with the same ones send the same ticks, regardless of their start times and subscriptions:
 * two brokers of one exchange. Never completes. A front that starts late first generates the past ticks without
 * sending them.
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
    // Computed from the whole count, not for each period: the same ticks also at a rate with a remainder.
    const until = Math.floor((period + 1) * ticksPerPeriod)
    const isPast = front.nowMs() - atMs > periodMs + lagMsMax
    yield* isPast ? pass(atMs, until - made) : send(atMs, until - made)
    made = until
    // Generating the past must not block the sockets.
    if (isPast && period % 64 === 0) yield* nextTurn
  }
})
