import { Cause, Effect, Queue } from "effect"
import type { OrderMachineEvent } from "../../machines/trading/order-machine.ts"

/** More than the order machine has kinds of events: a kind that waits is not added twice, so it cannot overflow. */
const mailboxCapacity = 32

/** Counted over all orders since the start of the daemon. */
export interface MailboxCounts {
  /** Events that were not added, because one of the same kind waits. */
  coalesced: number
  overflowed: number
}

export interface OrderMailbox {
  readonly queue: Queue.Dequeue<OrderMachineEvent>
  readonly offer: (event: OrderMachineEvent) => void
  /** Called when the machine has processed an event: the next one of its kind is news again. */
  readonly processed: (type: string) => void
}

/**
 * The bounded mailbox of one order. An event says that something happened, and what it was is in the book: two of a
 * kind that wait are one.
 */
export const makeOrderMailbox = (clientOrderId: string, counts: MailboxCounts): Effect.Effect<OrderMailbox> =>
  Effect.map(Queue.bounded<OrderMachineEvent>(mailboxCapacity), (queue) => {
    const waiting = new Set<string>()
    return {
      queue,
      offer: (event) => {
        if (waiting.has(event.type)) return void counts.coalesced++
        waiting.add(event.type)
        if (Queue.offerUnsafe(queue, event)) return
        counts.overflowed++
        const why = `the mailbox of order ${clientOrderId} overflowed at ${event.type}`
        Queue.failCauseUnsafe(queue, Cause.die(new Error(why)))
      },
      processed: (type) => void waiting.delete(type)
    }
  })
