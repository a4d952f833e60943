import { BigDecimal } from "effect"
import type { InstantNs } from "../../../kernel/time/utc-instant.ts"
import { equityOf } from "./account-views.ts"
import { makeEventLog } from "./event-log.ts"
import { makeLedger } from "./ledger.ts"
import { tryExecute } from "./order-life.ts"
import { makeOrderRecords } from "./order-records.ts"
import { restOrders, wakeOrders } from "./order-requests.ts"
import { makePaperAssets } from "./paper-assets.ts"
import { makePaperIds } from "./paper-ids.ts"
import { makePaperMarket, testSymbol } from "./paper-market.ts"
import { makeSchedule } from "./schedule.ts"
import { type BoundaryKind, makeVenueHours } from "./venue-hours.ts"
import type { PaperSettings, VenueDelays, VenueState } from "./venue-state.ts"

const ms = 1_000_000n
const defaultDelays: VenueDelays = { acknowledgeNs: 2n * ms, cancelNs: 2n * ms, replaceNs: 2n * ms, restNs: 20n * ms }
const defaultStepNs = 500n * ms
const defaultCash = BigDecimal.make(100_000n, 0)

/**
 * The venue: pure, with no timer and no input or output. The same seed, the same requests at the same instants, and the
 * same commands give the same bytes.
 */
export interface PaperVenue {
  readonly state: VenueState
  /** Runs what was due since, up to now. Called before each request and when `nextDue` is reached. */
  readonly advance: () => void
  /** When something happens next by itself, if no request comes. */
  readonly nextDue: () => InstantNs
}

const stateOf = (settings: PaperSettings): VenueState => {
  const stepNs = settings.stepNs ?? defaultStepNs
  const ids = makePaperIds(settings.seed)
  const prices = new Map(
    [{ symbol: testSymbol, price: undefined }, ...settings.symbols].map(({ price, symbol }) => [symbol, price])
  )
  const cash = settings.cash ?? defaultCash
  return {
    seed: settings.seed,
    settings,
    delays: { ...defaultDelays, ...settings.delays },
    stepNs,
    multiplier: settings.multiplier ?? 2,
    partialRate: settings.partialRate ?? 0.1,
    ids,
    assets: makePaperAssets(settings.symbols),
    market: makePaperMarket(settings.seed, stepNs, prices),
    hours: makeVenueHours(settings.hours ?? "new-york"),
    ledger: makeLedger(cash),
    orders: makeOrderRecords(),
    schedule: makeSchedule(),
    events: makeEventLog(ids),
    standing: {
      partialNext: 0,
      rejectNext: 0,
      lateCancelNext: 0,
      lateReplaceNext: 0,
      immediateNext: 0,
      accountBlocked: false,
      keysRejected: false,
      tradingBlocked: false,
      shortingEnabled: true,
      frozenSubmission: undefined
    },
    accountId: ids.uuid("account"),
    clock: settings.now(),
    lastEquity: cash
  }
}

export const makePaperVenue = (settings: PaperSettings): PaperVenue => {
  const state = stateOf(settings)
  let boundary = state.hours.next(state.clock)

  const cross = (kind: BoundaryKind) => {
    if (kind === "preOpen" || kind === "open") return wakeOrders(state)
    if (kind === "postClose") return restOrders(state, true)
    state.lastEquity = equityOf(state)
    return restOrders(state, false)
  }

  const matchAll = () => {
    for (const symbol of state.orders.openSymbols())
      for (const order of state.orders.open(symbol)) tryExecute(state, order)
  }

  const nextStep = (): InstantNs | undefined => {
    if (state.orders.openSymbols().length === 0 || state.hours.phase(state.clock) === "closed") return undefined
    return (state.clock / state.stepNs + 1n) * state.stepNs
  }

  const nextDue = (): InstantNs => {
    let due = boundary.at
    for (const at of [state.schedule.nextAt(), nextStep()]) if (at !== undefined && at < due) due = at
    return due
  }

  const advance = () => {
    const now = settings.now()
    for (let due = nextDue(); due <= now; due = nextDue()) {
      if (due > state.clock) state.clock = due
      const job = state.schedule.nextAt()
      // Jobs of an instant come before its boundary: an auction and expiries belong to the session that ends.
      if (job !== undefined && job <= due) state.schedule.runFirst()
      else if (boundary.at <= due) {
        const { kind } = boundary
        boundary = state.hours.next(boundary.at)
        cross(kind)
      } else matchAll()
    }
    if (now > state.clock) state.clock = now
  }

  return { state, advance, nextDue }
}
