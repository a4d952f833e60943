import { Context } from "effect"
import type { Order } from "../domain/order/order.ts"
import type { ReconciliationReport, Trigger } from "./reconciler.ts"
import type { SafetyEvent } from "./safety.ts"

/** What happened in the trading context, rare enough for log, metrics, monitor and journal to hear each of it. */
export type TradeEvent =
  /** The book has something new of an order. */
  | { readonly type: "orderChanged"; readonly before: Order; readonly after: Order }
  /** The venue rejects the keys: trading stops until `authorized`. `message`: one sentence with the fix. */
  | { readonly type: "unauthorized"; readonly message: string }
  | { readonly type: "authorized" }
  /** A request to the venue failed in a way that says nothing of the order. */
  | { readonly type: "venueTrouble"; readonly request: string; readonly message: string }
  | { readonly type: "orderRefused"; readonly order: Order; readonly code: string; readonly message: string }
  | { readonly type: "orderLost"; readonly order: Order }
  | { readonly type: "cancelRefused"; readonly order: Order; readonly message: string }
  | { readonly type: "replaceRefused"; readonly order: Order; readonly message: string }
  /** The book of orders does not take facts. They are kept and tried again. */
  | { readonly type: "storeTrouble"; readonly message: string }
  | { readonly type: "storeBack" }
  /** A fact breaks a rule of the book and was not booked: the next reconciliation shows the difference. */
  | { readonly type: "factRefused"; readonly clientOrderId: string; readonly message: string }
  | { readonly type: "actorCrashed"; readonly clientOrderId: string; readonly message: string }
  /** An order at the venue that no intent explains is in the book now, and its symbol takes no entries. */
  | { readonly type: "orphanFound"; readonly brokerOrderId: string; readonly symbol: string }
  | { readonly type: "reconciled"; readonly report: ReconciliationReport }
  | { readonly type: "reconciliationFailed"; readonly trigger: Trigger; readonly message: string }
  | { readonly type: "safety"; readonly event: SafetyEvent }
  | { readonly type: "armed" | "disarmed"; readonly by: string; readonly reason: string; readonly day: string }
  | { readonly type: "updatesListening" }
  | { readonly type: "updatesLost"; readonly cause: string }

/** The event bus of the daemon. It promises: listeners are called in order, at once; one that throws harms no other. */
export class TradeEvents extends Context.Service<
  TradeEvents,
  {
    readonly publish: (event: TradeEvent) => void
    /** Listeners that threw, and the last error. */
    readonly failures: () => { readonly count: number; readonly last: string }
    /** Returns what ends the subscription. */
    readonly subscribe: (listener: (event: TradeEvent) => void) => () => void
  }
>()("tickd/trading/TradeEvents") {}
