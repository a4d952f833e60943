import { Context, type Effect, type Option, Schema } from "effect"
import type { Decimal } from "../../kernel/decimal.ts"
import type { InstantNs } from "../../kernel/time/utc-instant.ts"
import type { Order } from "../domain/order/order.ts"
import type { OrderFact } from "../domain/order/order-fact.ts"
import type { OrderStatus } from "../domain/order/order-words.ts"
import type { OrderChange, VenueOrder } from "../domain/order/venue-order.ts"
import type { Adjustment, Position, Reservation } from "../domain/position/position.ts"

/**
 * `busy`: try again. `full`: the disk. `lost`: the database does not answer. `constraint`: a rule of the schema.
 * `damaged`: it cannot be read. `version`: a newer program has written it. `refused`: the server refuses the
 * login, or a right is missing.
 */
export const storeFailures = ["busy", "full", "lost", "constraint", "damaged", "version", "refused"] as const

/** The store did not do it, and nothing of it. `message`: one sentence with the fix. */
export class OrderStoreError extends Schema.TaggedError<OrderStoreError>()("OrderStoreError", {
  reason: Schema.Literals(storeFailures),
  message: Schema.String
}) {}

/** A fact with what belongs to its record. `raw`: the text that came, empty for a fact of tickd itself. */
export interface RecordedFact {
  readonly fact: OrderFact
  readonly receivedAt: InstantNs
  readonly raw: string
}

/** An event for consumers. It is stored with what it reports, and published after; `id` is its `Nats-Msg-Id`. */
export interface OutboxEvent {
  readonly id: number
  readonly subject: string
  readonly body: string
}

/** The view that the gate judges on: one moment, whole. */
export interface Exposure {
  readonly positions: ReadonlyMap<string, Position>
  readonly reservations: ReadonlyArray<Reservation>
}

/** The book in sums, of one moment. Quantities in shares; sells count as negative. */
export interface Tally {
  /** Intents that were stored before anything was sent, and orders of the venue that were taken in. */
  readonly intents: number
  /** Orders by their status. */
  readonly orders: ReadonlyMap<OrderStatus, number>
  /** By symbol: all executions, all adjustments, and the position that is kept. */
  readonly symbols: ReadonlyMap<
    string,
    { readonly filled: Decimal; readonly adjusted: Decimal; readonly position: Decimal }
  >
}

/** `stored`: now in the store. `existing`: an order with this id was there before; nothing was written. */
export type IntentOutcome = { readonly type: "stored" | "existing"; readonly order: Order }

/** What was asked of a working order and is not decided yet. It survives the program. */
export interface OrderWish {
  readonly cancel: boolean
  /** `replacementId`: the client id under which the change is sent, so that it can be looked up. */
  readonly replace: { readonly replacementId: string; readonly change: OrderChange } | undefined
}

/** An order at the venue that no intent of ours explains. Its symbol takes no entries until an operator releases it. */
export interface Orphan {
  readonly order: VenueOrder
  readonly foundAt: InstantNs
  readonly releasedBy: string | undefined
}

/**
 * The book of record of orders. Every adapter promises: each call is one transaction, durable when it succeeds; an
 * order is never there without its intent; an execution is booked once; what one call sees is one moment.
 */
export class OrderStore extends Context.Service<
  OrderStore,
  {
    /** Order, reservation and outbox event together, before anything is sent. */
    readonly recordIntent: (
      order: Order,
      reservation: Reservation | undefined
    ) => Effect.Effect<IntentOutcome, OrderStoreError>
    /** Several intents in one transaction: all of them, or none. */
    readonly recordIntents: (
      intents: ReadonlyArray<{ readonly order: Order; readonly reservation: Reservation | undefined }>
    ) => Effect.Effect<ReadonlyArray<IntentOutcome>, OrderStoreError>
    /**
     * Reduces facts into an order: facts, fills, ids, reservation and outbox events together.
     * `changed` false: the facts added nothing, and nothing was written. `None`: no such order.
     */
    readonly applyFacts: (
      clientOrderId: string,
      facts: ReadonlyArray<RecordedFact>
    ) => Effect.Effect<
      Option.Option<{ readonly before: Order; readonly after: Order; readonly changed: boolean }>,
      OrderStoreError
    >
    readonly orderOf: (clientOrderId: string) => Effect.Effect<Option.Option<Order>, OrderStoreError>
    /** Also by the id of a replaced leg. */
    readonly orderOfBrokerId: (brokerOrderId: string) => Effect.Effect<Option.Option<Order>, OrderStoreError>
    /** Several in one transaction; `undefined` removes one. A wish ends with its order, and an ended one has none. */
    readonly setWishes: (
      wishes: ReadonlyArray<{ readonly clientOrderId: string; readonly wish: OrderWish | undefined }>
    ) => Effect.Effect<void, OrderStoreError>
    /** By client id. */
    readonly wishes: Effect.Effect<ReadonlyMap<string, OrderWish>, OrderStoreError>
    /** Every order that is not in a final state. */
    readonly workingOrders: Effect.Effect<ReadonlyArray<Order>, OrderStoreError>
    /** Orders that count as lost since then: one that was only slow must still be found. */
    readonly lostSince: (since: InstantNs) => Effect.Effect<ReadonlyArray<Order>, OrderStoreError>
    /** Newest first. `before`: the client id after which to go on. `limit` at most 500. */
    readonly latestOrders: (limit: number, before?: string) => Effect.Effect<ReadonlyArray<Order>, OrderStoreError>
    readonly exposure: Effect.Effect<Exposure, OrderStoreError>
    /** What the ledger of trading is checked with. It reads every order. */
    readonly tally: Effect.Effect<Tally, OrderStoreError>
    /** False: an adjustment with this id is there already. */
    readonly adjust: (adjustment: Adjustment, at: InstantNs) => Effect.Effect<boolean, OrderStoreError>
    /**
     * Books an order that is not ours: an order of the strategy `external` with the venue's facts, and the orphan that
     * stops entries of its symbol. False: the orphan is known; only its facts were applied.
     */
    readonly recordOrphan: (order: VenueOrder, at: InstantNs) => Effect.Effect<boolean, OrderStoreError>
    readonly orphans: Effect.Effect<ReadonlyArray<Orphan>, OrderStoreError>
    /** False: no such orphan, or released before. */
    readonly releaseOrphan: (
      brokerOrderId: string,
      by: string,
      reason: string,
      at: InstantNs
    ) => Effect.Effect<boolean, OrderStoreError>
    /** Oldest first; they stay until `outboxSent`. */
    readonly outbox: (limit: number) => Effect.Effect<ReadonlyArray<OutboxEvent>, OrderStoreError>
    readonly outboxSize: Effect.Effect<number, OrderStoreError>
    readonly outboxSent: (upToId: number) => Effect.Effect<void, OrderStoreError>
    /** A small named value (marks, cursors, baselines), read and written whole. */
    readonly value: (name: string) => Effect.Effect<Option.Option<string>, OrderStoreError>
    readonly setValue: (name: string, text: string) => Effect.Effect<void, OrderStoreError>
    /** Appends to a named journal (switches, reconciliations, limits). Nothing is ever rewritten. */
    readonly appendJournal: (journal: string, at: InstantNs, body: string) => Effect.Effect<void, OrderStoreError>
    readonly journal: (
      journal: string,
      limit: number
    ) => Effect.Effect<ReadonlyArray<{ readonly at: InstantNs; readonly body: string }>, OrderStoreError>
  }
>()("tickd/trading/OrderStore") {}
