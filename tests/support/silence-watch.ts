import type { PhaseSource } from "../../src/kernel/calendar/trading-phase.ts"
import { InstrumentDirectory } from "../../src/kernel/instrument/instrument-directory.ts"
import { TickArrivals } from "../../src/market/application/intake/tick-arrivals.ts"
import { Staleness } from "../../src/market/application/silence/staleness.ts"
import { Subscriptions } from "../../src/market/application/subscriptions/subscriptions.ts"

/** The daemon checks ten times a second. */
export const lookMs = 100

/** One feed, logged in and acknowledged, on its own clock. */
export const makeFeed = (
  ids: ReadonlyArray<string>,
  hoursOf: (directory: InstrumentDirectory) => PhaseSource,
  directory = new InstrumentDirectory(),
  other?: Subscriptions,
  startMs = 1_000_000
) => {
  const clock = { nowMs: startMs }
  const arrivals = new TickArrivals()
  const subscriptions = new Subscriptions({
    feed: other === undefined ? "primary" : "backup",
    wanted: ids,
    limits: { perSecond: 100_000, priority: [], answerMs: 10_000 },
    directory,
    arrivals,
    nowMs: () => clock.nowMs
  })
  const staleness = new Staleness({
    subscriptions,
    directory,
    hours: hoursOf(directory),
    isRead: () => true,
    ...(other === undefined ? {} : { other })
  })
  const login = () => {
    subscriptions.heard({ type: "disconnected", reason: 0x1001 })
    staleness.look(clock.nowMs)
    subscriptions.heard({ type: "loggedIn", tradingDay: "20261123", systemName: "" })
    for (const instrumentId of ids) subscriptions.heard({ type: "subscribed", instrumentId, errorId: 0, message: "" })
  }
  login()
  const tick = (id: string, atMs = clock.nowMs) => arrivals.arrived(directory.resolve(id, 0)?.index ?? -1, atMs)
  const names = () => staleness.last().stalled.map((row) => subscriptions.table.idOf(row))
  return { clock, directory, subscriptions, arrivals, staleness, tick, names, login }
}

/** A small generator, so that a failure can be reproduced: numbers between 0 and 1. */
export const dice = (seed: number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state + 0.5) / 4_294_967_296
  }
}
