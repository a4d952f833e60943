import { Context, type Effect, Schema } from "effect"
import type { Order } from "../domain/order/order.ts"
import type { OrderRequest } from "../domain/order/order-request.ts"
import type { OrderChange } from "../domain/order/venue-order.ts"
import type { Finding } from "../domain/risk/finding.ts"
import type { OrderKind } from "../domain/risk/safety.ts"

/** The gate refused. `findings` has every reason and every warning. */
export class OrderRefused extends Schema.TaggedError<OrderRefused>()("OrderRefused", {
  message: Schema.String,
  findings: Schema.Array(Schema.Struct({ code: Schema.String, outcome: Schema.String, message: Schema.String }))
}) {}

/** The id belongs to another order. */
export class IdInUse extends Schema.TaggedError<IdInUse>()("IdInUse", { message: Schema.String }) {}
export class NoSuchOrder extends Schema.TaggedError<NoSuchOrder>()("NoSuchOrder", { message: Schema.String }) {}
/** The order is not in a state for it, or the venue refused. */
export class NotPossible extends Schema.TaggedError<NotPossible>()("NotPossible", { message: Schema.String }) {}
/** The book of orders or a part of the daemon is not available. Nothing was sent. */
export class DeskUnavailable extends Schema.TaggedError<DeskUnavailable>()("DeskUnavailable", {
  message: Schema.String
}) {}

/** What happened to a request. `repeat`: the same order was there, and nothing was sent again. */
export interface Submitted {
  readonly order: Order
  readonly repeat: boolean
  readonly kind: OrderKind
  /** Warnings of the gate. */
  readonly findings: ReadonlyArray<Finding>
}

/**
 * The one way by which orders reach the venue. API, NATS, the orchestrator and the breaker use it and nothing else.
 * It promises: the gate judges every order; the intent is stored before anything is sent; a repeat sends nothing.
 */
export class OrderDesk extends Context.Service<
  OrderDesk,
  {
    /** `clientOrderId` undefined: derived from the request and the trading day. Succeeds when the intent is stored. */
    readonly submit: (
      request: OrderRequest,
      options: {
        readonly clientOrderId?: string | undefined
        readonly reduceOnly: boolean
        /** Part of a flatten that an operator has confirmed: an exit of it leaves on a day that is not armed. */
        readonly confirmed?: boolean | undefined
        readonly by: string
      }
    ) => Effect.Effect<Submitted, OrderRefused | IdInUse | DeskUnavailable>
    /**
     * Succeeds when the order's actor has taken the request; the end comes as a fact. Passes in every state, also while
     * the book does not answer.
     */
    readonly cancel: (
      clientOrderId: string,
      by: string
    ) => Effect.Effect<Order, NoSuchOrder | NotPossible | DeskUnavailable>
    /** The gate judges the change as an order of the larger quantity. */
    readonly replace: (
      clientOrderId: string,
      change: OrderChange,
      by: string
    ) => Effect.Effect<Order, NoSuchOrder | NotPossible | OrderRefused | DeskUnavailable>
    /**
     * Asks for a cancel of every working entry, or of every order; `of`: only of this strategy or symbol. Succeeds with
     * how many were asked. It needs nothing of the book.
     */
    readonly cancelAll: (
      which: "entries" | "all",
      by: string,
      of?: { readonly strategyId?: string | undefined; readonly symbol?: string | undefined }
    ) => Effect.Effect<number>
  }
>()("tickd/trading/OrderDesk") {}
