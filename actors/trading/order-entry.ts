import { sha256Hex } from "../../src/kernel/sha256.ts"
import { isOpenChange } from "../../src/trading/domain/order/client-order-id.ts"
import type { Order } from "../../src/trading/domain/order/order.ts"
import type { OrderChange } from "../../src/trading/domain/order/venue-order.ts"
import type { Resume } from "../../src/trading/ports/order-actors.ts"
import type { OrderWish } from "../../src/trading/ports/order-store.ts"
import type { OrderMailbox } from "./order-mailbox.ts"

/** A change between its request and the venue's decision. */
export interface EntryChange {
  readonly change: OrderChange
  readonly replacementId: string
  readonly askedAtMs: number
  /** Undefined: it has not left. Otherwise the venue may have it, and it is not sent again. */
  sentAtMs: number | undefined
}

/** One working order in memory. It outlives the runs of its actor. */
export interface OrderEntry {
  readonly clientOrderId: string
  /** As it was booked last. */
  order: Order
  /** How the next run begins. */
  resume: Resume
  readonly startedAtMs: number
  /** Undefined between two runs. */
  mailbox: OrderMailbox | undefined
  /** The state of its machine. */
  state: string
  /** `launching` and `running` have a child under the supervisor. */
  life: "down" | "launching" | "running"
  /** When the next run may begin, epoch milliseconds. */
  dueMs: number
  crashes: number
  /** Asked for and not decided by the venue: survives a crash of the actor. */
  cancelWanted: boolean
  /** The change that is under way. */
  change: EntryChange | undefined
  /** Why the POST was refused. */
  refusal: { readonly code: string; readonly message: string } | undefined
}

export const newEntry = (order: Order, resume: Resume, nowMs: number): OrderEntry => ({
  clientOrderId: order.clientOrderId,
  order,
  resume,
  startedAtMs: nowMs,
  mailbox: undefined,
  state: "",
  life: "down",
  dueMs: 0,
  crashes: 0,
  cancelWanted: false,
  change: undefined,
  refusal: undefined
})

/** What of an entry must survive the program. */
export const wishOf = ({ cancelWanted, change }: OrderEntry): OrderWish | undefined =>
  cancelWanted || change !== undefined
    ? { cancel: cancelWanted, replace: change && { change: change.change, replacementId: change.replacementId } }
    : undefined

/** Takes over what an earlier program left. Its change may have left too, so that it is looked up first. */
export const resumeWish = (entry: OrderEntry, { cancel, replace }: OrderWish, nowMs: number): void => {
  entry.cancelWanted = cancel
  if (replace !== undefined && isOpenChange(entry.order, replace.replacementId)) {
    entry.change = { ...replace, askedAtMs: nowMs, sentAtMs: nowMs }
  }
}

/** Where an order goes on that an earlier run has left. Without a word of the venue it may or may not be there. */
export const resumeOf = ({ legs }: Order): Resume => (legs.size > 0 ? "working" : "unsure")

/** Of the jitter: the same order has the same pauses. */
export const seedOf = (clientOrderId: string): number => Number.parseInt(sha256Hex(clientOrderId).slice(0, 7), 16)
