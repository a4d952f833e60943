import { Effect } from "effect"
import type { FrontState } from "../front/front-state.ts"
import { nextTurn } from "../front/signal.ts"
import type { Market } from "./market.ts"
import { MarketAudience } from "./market-audience.ts"

/** Exchanges publish every contract's snapshot twice a second, all together. */
export const burstPeriodMs = 500
/** Without bursts, ticks are spread evenly in slices of this length. */
export const slicePeriodMs = 10
/** A burst is sent with at most 200,000 ticks a second, as over a line of about 650 Mbit/s. */
export const lineTicksPerMs = 200
/** Ticks generated before the sockets get a turn. */
export const ticksPerTurn = 2_048
/** A process that is further behind skips ticks instead of sending old ones. */
export const lagMsMax = 1_000

/**
 * Sends a generated market to every session: each tick is generated once and sent to all subscribed sessions, so that
 * two feeds of one front get the same ticks. Never completes.
 * `ratePerSecond` is shared, in rotation, by the subscribed contracts; without subscriptions there are no ticks.
 * Ticks skipped for lack of time are counted (`marketSkipped`).
 */
export const pumpMarket = Effect.fnUntraced(function* (
  front: FrontState,
  market: Market,
  options: { readonly ratePerSecond: number; readonly bursts: boolean }
): Effect.fn.Return<never> {
  const periodMs = options.bursts ? burstPeriodMs : slicePeriodMs
  const ticksPerPeriod = (options.ratePerSecond * periodMs) / 1000
  const audience = new MarketAudience(front, market)
  let owed = 0

  /** One period's ticks, at the rate of the line. Returns the number of skipped ones. */
  const period = Effect.fnUntraced(function* (startMs: number, ticks: number) {
    let sent = 0
    while (sent < ticks) {
      audience.refresh()
      const elapsedMs = front.nowMs() - startMs
      if (audience.active.length === 0 || elapsedMs > periodMs + lagMsMax) return ticks - sent
      const due = Math.min(Math.ceil((elapsedMs + 1) * lineTicksPerMs), ticks, sent + ticksPerTurn) - sent
      if (due > 0) {
        audience.send(front.nowMs(), due)
        sent += due
        yield* nextTurn
      } else yield* Effect.sleep(1)
    }
    return 0
  })

  while (true) {
    audience.refresh()
    if (audience.active.length === 0) {
      yield* front.changed.wait
      continue
    }
    let startMs = Math.ceil(front.nowMs() / periodMs) * periodMs
    while (audience.active.length > 0) {
      const aheadMs = startMs - front.nowMs()
      if (aheadMs > 0) yield* Effect.sleep(aheadMs)
      owed += ticksPerPeriod
      const ticks = Math.floor(owed)
      owed -= ticks
      const unsent = yield* period(startMs, ticks)
      startMs += periodMs
      const missedPeriods = Math.floor((front.nowMs() - startMs - lagMsMax) / periodMs)
      if (missedPeriods > 0) startMs += missedPeriods * periodMs
      if (audience.active.length > 0) {
        front.tally.marketSkipped += unsent + Math.floor(Math.max(missedPeriods, 0) * ticksPerPeriod)
      }
    }
  }
})
