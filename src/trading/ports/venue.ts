import { Context, type Effect, type Option, Schema, type Stream } from "effect"
import type { Decimal } from "../../kernel/decimal.ts"
import type { InstantNs } from "../../kernel/time/utc-instant.ts"
import type { ExecutionFact, VenueFact } from "../domain/order/order-fact.ts"
import type { OrderRequest } from "../domain/order/order-request.ts"
import type { OrderChange, VenueOrder } from "../domain/order/venue-order.ts"
import type { VenueAccount, VenuePosition } from "../domain/position/venue-account.ts"

/** The venue said no, in an answer that can be read. `status` is HTTP's. Nothing was done by this request. */
export class VenueRefused extends Schema.TaggedClass<VenueRefused>()("VenueRefused", {
  status: Schema.Int,
  code: Schema.String,
  message: Schema.String,
  /** The client id is in use: the first POST has arrived. */
  duplicateId: Schema.Boolean
}) {}

/** Time-out, reset, 5xx, or an answer that cannot be read. A POST may have been accepted: look its client id up. */
export class VenueOutcomeUnknown extends Schema.TaggedClass<VenueOutcomeUnknown>()("VenueOutcomeUnknown", {
  cause: Schema.String,
  /** The answer came, and a value in it is none that it may be. */
  invalidValue: Schema.optionalKey(Schema.Boolean)
}) {}

/** The keys are wrong or were withdrawn. Trading stops until a person has fixed them. */
export class VenueUnauthorized extends Schema.TaggedClass<VenueUnauthorized>()("VenueUnauthorized", {
  message: Schema.String
}) {}

/** Too many requests. Nothing was done by this one. */
export class VenueRateLimited extends Schema.TaggedClass<VenueRateLimited>()("VenueRateLimited", {
  retryAfterMs: Schema.Int
}) {}

export class VenueError extends Schema.TaggedError<VenueError>()("VenueError", {
  reason: Schema.Union([VenueRefused, VenueOutcomeUnknown, VenueUnauthorized, VenueRateLimited])
}) {}

/**
 * What the stream of updates says. `listening`: from now on events arrive, so a recovery may begin. `lost`: events
 * may be missing from here to the next `listening`; there is no replay.
 */
export type VenueUpdate =
  | { readonly type: "listening" }
  | { readonly type: "lost"; readonly cause: string }
  | {
      readonly type: "order"
      readonly order: VenueOrder
      /** The snapshot of `order`, and the execution or amendment of the event. */
      readonly facts: ReadonlyArray<VenueFact>
      /** The venue's word for the event, e.g. `fill`, `order_cancel_rejected`. */
      readonly event: string
      readonly reason: string
    }

/** One page of the venue's fill ledger. `cursor`: what to ask the next page with; `undefined` at the end. */
export interface FillPage {
  readonly fills: ReadonlyArray<{ readonly fact: ExecutionFact; readonly symbol: string; readonly raw: string }>
  readonly cursor: string | undefined
}

/**
 * The venue. Every adapter promises: no request is repeated by itself; what may have had an effect and is not known is
 * `VenueOutcomeUnknown`; an answer that cannot be read is never an empty one; numbers are exact decimals.
 */
export class Venue extends Context.Service<
  Venue,
  {
    /** Sends an order once. Succeeds with the venue's first view of it, which may still become a rejection. */
    readonly submit: (clientOrderId: string, request: OrderRequest) => Effect.Effect<VenueOrder, VenueError>
    /** Asks for a cancel. Success means that the request was taken, not that the order ended. */
    readonly cancel: (brokerOrderId: string) => Effect.Effect<void, VenueError>
    /** Asks for a replacement. Succeeds with the new order, which may still be rejected. */
    readonly replace: (
      brokerOrderId: string,
      clientOrderId: string,
      change: OrderChange
    ) => Effect.Effect<VenueOrder, VenueError>
    readonly orderByClientId: (clientOrderId: string) => Effect.Effect<Option.Option<VenueOrder>, VenueError>
    readonly orderById: (brokerOrderId: string) => Effect.Effect<Option.Option<VenueOrder>, VenueError>
    /** All open orders, all pages, by id. Fails when one page fails: a part is never given as the whole. */
    readonly openOrders: Effect.Effect<ReadonlyArray<VenueOrder>, VenueError>
    /** All orders submitted since, whatever their state, all pages. */
    readonly ordersSince: (since: InstantNs) => Effect.Effect<ReadonlyArray<VenueOrder>, VenueError>
    readonly fills: (after: InstantNs, cursor: string | undefined) => Effect.Effect<FillPage, VenueError>
    readonly positions: Effect.Effect<ReadonlyArray<VenuePosition>, VenueError>
    readonly account: Effect.Effect<VenueAccount, VenueError>
    /** The venue's clock, to judge the skew of this host's. */
    readonly time: Effect.Effect<InstantNs, VenueError>
    /** The trading days from one day to another (inclusive, `YYYY-MM-DD`), with their open and close. */
    readonly tradingDays: (
      from: string,
      to: string
    ) => Effect.Effect<
      ReadonlyArray<{ readonly day: string; readonly open: InstantNs; readonly close: InstantNs }>,
      VenueError
    >
    /** Endless: reconnects with a capped, jittered pause. Bounded: a reader that is too slow gets `lost`. */
    readonly updates: Stream.Stream<VenueUpdate>
    /** Average daily volume in shares over the last 20 full days. `undefined`: not known. */
    readonly averageDailyVolume: (symbol: string) => Effect.Effect<Decimal | undefined, VenueError>
  }
>()("tickd/trading/Venue") {}
