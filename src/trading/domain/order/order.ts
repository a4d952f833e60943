import { type Decimal, zero } from "../../../kernel/decimal.ts"
import type { InstantNs } from "../../../kernel/time/utc-instant.ts"
import type { AmendmentFact, ExecutionFact, SnapshotFact } from "./order-fact.ts"
import type { OrderRequest } from "./order-request.ts"
import type { OrderStatus } from "./order-words.ts"

/** One order at the venue. A replacement is another leg of the same order; both ids stay mapped for ever. */
export interface OrderLeg {
  readonly brokerOrderId: string
  /** The newest snapshot of a working state, and the newest of a final one. */
  readonly working?: SnapshotFact | undefined
  readonly ended?: SnapshotFact | undefined
  /** The newest claim of a cumulative quantity, whatever its status. */
  readonly claim?: SnapshotFact | undefined
  readonly replaces?: string | undefined
}

/** How far the sending came, as far as tickd knows by itself. Each word beats the ones before it. */
export const sendings = ["intended", "sent", "unknown", "lost", "refused", "dryRun"] as const
export type Sending = (typeof sendings)[number]

/**
 * One order and everything that is known of it.
 * Identity: `clientOrderId`. The fields below `executions` are derived from those above by the reducer alone.
 * Units: shares, USD. `filled` = Σ of executions that hold + `inferred`.
 */
export interface Order {
  readonly clientOrderId: string
  /** Distinguishes a resend from another request under the same id. */
  readonly payloadHash: string
  readonly request: OrderRequest
  readonly createdAt: InstantNs
  /** Who sent the request; empty for an order that is not ours. */
  readonly by: string
  readonly sending: Sending
  /** Why the sending ended as it did; empty for none. */
  readonly sendingReason: string
  readonly legs: ReadonlyMap<string, OrderLeg>
  readonly executions: ReadonlyMap<string, ExecutionFact>
  /** By the id of the execution that is undone or changed. */
  readonly amendments: ReadonlyMap<string, AmendmentFact>

  readonly status: OrderStatus
  /** The leg that works, or worked last. `undefined`: the venue has confirmed nothing. */
  readonly brokerOrderId: string | undefined
  /** What the order may fill in all: the filled part of replaced legs and the quantity of the current one. */
  readonly quantity: Decimal
  readonly filled: Decimal
  readonly averagePrice: Decimal | undefined
  /** Quantity that the venue claims and for which no execution has come yet. */
  readonly inferred: Decimal
  /** Filled beyond `quantity`: the venue's fault, booked, and a person must look at it. */
  readonly overfill: Decimal
}

/** Why tickd itself did not send an order that the gate had let through: these are no refusals of the venue. */
const ownRefusal = /^(NOT_SENT|CANCELED|GATE_CLOSED): /
export const refusedByVenue = ({ sending, sendingReason, status }: Order): boolean =>
  status === "rejected" && !(sending === "refused" && ownRefusal.test(sendingReason))

/** An order whose intent is stored and of which nothing has been sent. */
export const intendedOrder = (
  clientOrderId: string,
  payloadHash: string,
  request: OrderRequest,
  createdAt: InstantNs,
  by = ""
): Order => ({
  clientOrderId,
  payloadHash,
  request,
  createdAt,
  by,
  sending: "intended",
  sendingReason: "",
  legs: new Map(),
  executions: new Map(),
  amendments: new Map(),
  status: "pending_new",
  brokerOrderId: undefined,
  quantity: request.quantity,
  filled: zero,
  averagePrice: undefined,
  inferred: zero,
  overfill: zero
})
