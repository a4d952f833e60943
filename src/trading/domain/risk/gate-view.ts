import type { Decimal } from "../../../kernel/decimal.ts"
import type { InstantNs } from "../../../kernel/time/utc-instant.ts"
import type { OrderRequest } from "../order/order-request.ts"
import type { Side } from "../order/order-words.ts"
import type { Position, Reservation } from "../position/position.ts"
import type { Limits } from "./limits.ts"
import type { ArmingView, BreakerView, KillSwitchView, ReconciliationView } from "./safety.ts"

/** The last good quote of a symbol. `at` is the exchange's clock. `taint`: why it must not be used; empty for none. */
export interface QuoteView {
  readonly bid: Decimal
  readonly ask: Decimal
  readonly at: InstantNs
  readonly taint: string
}

/** An order that came in before, for the checks of duplicates and rates. */
export interface RecentOrder {
  readonly atMs: number
  readonly payloadHash: string
}

/** An execution that was booked before, for the throttle. */
export interface RecentExecution {
  readonly atMs: number
  readonly strategyId: string
  readonly symbol: string
  readonly side: Side
}

/**
 * Everything that a decision needs, of one moment. What is not known is `undefined` and refuses. The gate builds it; no
 * check asks anybody.
 */
export interface GateView {
  readonly nowMs: number
  /** The exchange's clock: this host's, corrected by the venue's. */
  readonly exchangeNow: InstantNs | undefined
  readonly arming: ArmingView
  readonly killSwitch: KillSwitchView
  /** The widest one first: account, strategy, symbol. */
  readonly breakers: ReadonlyArray<BreakerView>
  readonly reconciliation: ReconciliationView
  /** False: updates of the venue may be missing. */
  readonly listening: boolean
  /** Why a symbol takes no entries, by symbol. */
  readonly quarantine: ReadonlyMap<string, string>
  readonly positions: ReadonlyMap<string, Position>
  /** Of every working order. Never changed in place: the sums of a list are computed once. */
  readonly reservations: ReadonlyArray<Reservation>
  readonly quotes: ReadonlyMap<string, QuoteView>
  readonly averageDailyVolume: ReadonlyMap<string, Decimal>
  /** Why the venue lets the account not trade; empty when it does. `undefined`: the account was not read. */
  readonly accountBlocks: ReadonlyArray<string> | undefined
  readonly equity: Decimal | undefined
  /** What the venue reported, less the orders that it cannot have counted yet. */
  readonly buyingPower: Decimal | undefined
  readonly limits: Limits
  /** Oldest first. */
  readonly recentOrders: ReadonlyArray<RecentOrder>
  /** Oldest first. */
  readonly recentExecutions: ReadonlyArray<RecentExecution>
  /** Strategies that the throttle stopped and no operator has released. */
  readonly stoppedStrategies: ReadonlySet<string>
  /** Limit prices of own working orders, for the check of wash trades. `undefined`: a market or stop order. */
  readonly workingPrices: ReadonlyMap<string, Decimal | undefined>
}

/** Where the entries begin that are younger than a time, in a list with the oldest first. */
export const firstAfter = (list: ReadonlyArray<{ readonly atMs: number }>, sinceMs: number): number => {
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((list[middle]?.atMs ?? 0) > sinceMs) high = middle
    else low = middle + 1
  }
  return low
}

/** What is judged. */
export interface Proposal {
  readonly clientOrderId: string
  readonly payloadHash: string
  readonly request: OrderRequest
  /** The caller asks for an exit: anything else is refused. */
  readonly reduceOnly: boolean
  /** Part of a flatten that an operator has confirmed: its exits need no arm. */
  readonly confirmed?: boolean | undefined
}
