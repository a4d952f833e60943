import { Context } from "effect"
import type { BackoffPolicy } from "../../machines/backoff.ts"
import type { OrderMachineInput } from "../../machines/trading/order-machine.ts"
import type { Body } from "../runtime/tree.ts"
import type { BookingCounts } from "./order-booking.ts"
import type { MailboxCounts } from "./order-mailbox.ts"

/** Times in milliseconds; those of the machine are described there. */
export interface OrderActorSettings extends Pick<OrderMachineInput, "silence" | "lookup" | "graceMs" | "answerMs"> {
  /** How long an order that is to be sent waits for the store. */
  readonly storeWaitMs: number
  /** Pauses between the runs of an actor that crashed. */
  readonly restart: BackoffPolicy
}

export const defaultSettings: OrderActorSettings = {
  silence: { baseMs: 5000, capMs: 60_000 },
  lookup: { baseMs: 1000, capMs: 30_000 },
  graceMs: 300_000,
  answerMs: 10_000,
  storeWaitMs: 2000,
  restart: { baseMs: 200, capMs: 30_000 }
}

export interface OrderActorCounts extends BookingCounts, MailboxCounts {
  crashes: number
  /** Orders of the store that got an actor at the start. */
  recovered: number
}

/** The supervised side of the order actors: its body is one child of the trading daemon's tree. */
export class OrderSupervision extends Context.Service<
  OrderSupervision,
  {
    /** A supervisor with a child for each working order. Ready at once: the actors start after it, in a row. */
    readonly body: Body
    readonly counts: Readonly<OrderActorCounts>
    /** The state of each order's machine, by client id. */
    readonly states: () => ReadonlyMap<string, string>
  }
>()("tickd/trading/OrderSupervision") {}
