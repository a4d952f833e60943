import type { Decimal } from "../../../kernel/decimal.ts"
import type { InstantNs } from "../../../kernel/time/utc-instant.ts"
import type { FactSource } from "./order-words.ts"

/** What tickd itself knows of the sending of an order. */
export type SendingFact =
  /** The POST has left. */
  | { readonly type: "sent" }
  /** Time-out, reset, 5xx or a reply that cannot be read: the order may be at the venue. */
  | { readonly type: "outcomeUnknown"; readonly cause: string }
  /** The venue said no, and a lookup of the client id after it found nothing. */
  | { readonly type: "refused"; readonly code: string; readonly message: string }
  /** Not at the venue after the grace period and a lookup after the outage. A later fact of the venue revives it. */
  | { readonly type: "lost" }

/** A whole order as the venue showed it. It is judged by `updatedAt`, not by when it came. */
export interface SnapshotFact {
  readonly type: "snapshot"
  readonly source: FactSource
  readonly brokerOrderId: string
  /** The venue's word, which may be one that this program does not know. */
  readonly status: string
  /** `undefined`: an order by notional that has no quantity yet. */
  readonly quantity?: Decimal | undefined
  /** Cumulative over the life of this broker order. */
  readonly filledQuantity: Decimal
  readonly averagePrice?: Decimal | undefined
  readonly limitPrice?: Decimal | undefined
  readonly stopPrice?: Decimal | undefined
  readonly updatedAt: InstantNs
  /** Broker id of the order that this one replaces, and of the one that replaces it. */
  readonly replaces?: string | undefined
  readonly replacedBy?: string | undefined
}

/** One execution. Identity: `executionId`, whatever the way and however often it comes. */
export interface ExecutionFact {
  readonly type: "execution"
  readonly source: FactSource
  readonly brokerOrderId: string
  readonly executionId: string
  readonly quantity: Decimal
  readonly price: Decimal
  readonly at: InstantNs
}

/** An execution that the venue undid (`quantity` 0) or changed. It names the execution that it stands for. */
export interface AmendmentFact {
  readonly type: "amendment"
  readonly source: FactSource
  readonly brokerOrderId: string
  readonly executionId: string
  readonly previousExecutionId: string
  readonly quantity: Decimal
  readonly price: Decimal
  readonly at: InstantNs
}

export type VenueFact = SnapshotFact | ExecutionFact | AmendmentFact

/**
 * Everything that may change an order, from whatever source. The order of arrival has no meaning: the same facts in
 * any order, some of them several times, give the same order.
 */
export type OrderFact = SendingFact | VenueFact
