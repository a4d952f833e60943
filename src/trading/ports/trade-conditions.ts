import { Context, type Effect } from "effect"
import type { InstantNs } from "../../kernel/time/utc-instant.ts"
import type { VenueAccount } from "../domain/position/venue-account.ts"
import type { Limits } from "../domain/risk/limits.ts"
import type { OrderStoreError } from "./order-store.ts"

/**
 * What the gate knows of the venue, from memory. It is kept fresh by its own actors; what is older than its bound is
 * `undefined`.
 */
export class VenueWatch extends Context.Service<
  VenueWatch,
  {
    /** True from the reconciliation after `listening` of the stream to its loss. */
    readonly listening: () => boolean
    /** This host's clock corrected by the venue's. `undefined`: the venue's was not read for too long. */
    readonly exchangeNow: (nowMs: number) => InstantNs | undefined
    readonly account: () => VenueAccount | undefined
    /** When the newest account was read, by this host's clock. `undefined`: never. */
    readonly accountAtMs: () => number | undefined
    /** Why nothing may be sent: the venue rejects the keys. One sentence with the fix. */
    readonly stopped: () => string | undefined
  }
>()("tickd/trading/VenueWatch") {}

/** A change of the limits, as it is kept in the journal `limits`. Times are epoch milliseconds. */
export interface LimitChange {
  readonly version: number
  readonly by: string
  readonly reason: string
  readonly atMs: number
  readonly limits: Limits
}

/** The limits that hold, with their history. Every adapter promises: a change is stored before it holds. */
export class LimitBook extends Context.Service<
  LimitBook,
  {
    readonly current: () => Limits
    readonly change: (
      by: string,
      reason: string,
      change: (now: Limits) => Limits
    ) => Effect.Effect<LimitChange, OrderStoreError>
    /** Strategies that the throttle of repeated executions stopped. */
    readonly stopped: () => ReadonlySet<string>
    readonly stop: (strategyId: string, reason: string) => Effect.Effect<void, OrderStoreError>
    /** False: it was not stopped. */
    readonly release: (strategyId: string, by: string, reason: string) => Effect.Effect<boolean, OrderStoreError>
  }
>()("tickd/trading/LimitBook") {}

/** Whether orders leave at all. `dry`: they are judged and stored, and nothing is sent. */
export class TradeMode extends Context.Service<
  TradeMode,
  {
    readonly configured: "dry" | "live"
    /** An operator has armed live trading for this trading day. */
    readonly armed: (tradingDay: string) => boolean
  }
>()("tickd/trading/TradeMode") {}
