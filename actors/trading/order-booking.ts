import { Clock, Effect, Option, Result } from "effect"
import { type BackoffPolicy, backoffMs } from "../../machines/backoff.ts"
import { newExecutions, type RecentOrders } from "../../src/trading/application/orders/recent-orders.ts"
import type { Order } from "../../src/trading/domain/order/order.ts"
import type { OrderStore, OrderStoreError, RecordedFact } from "../../src/trading/ports/order-store.ts"
import type { TradeEvents } from "../../src/trading/ports/trade-events.ts"
import { makeKeyedLocks } from "./keyed-locks.ts"

export interface BookingCounts {
  /** Attempts that the store refused and that were repeated. */
  storeRetries: number
  /** Facts that break a rule of the book. */
  factsRefused: number
}

/** `notStored`: only with a time limit. `refused`: a rule of the book forbids the facts. */
export type Booked =
  | { readonly type: "booked"; readonly after: Order }
  | { readonly type: "noSuchOrder" }
  | { readonly type: "notStored"; readonly message: string }
  | { readonly type: "refused"; readonly message: string }

export interface BookingOptions {
  readonly store: (typeof OrderStore)["Service"]
  readonly events: (typeof TradeEvents)["Service"]
  readonly recent: (typeof RecentOrders)["Service"]
  readonly counts: BookingCounts
  /** Called with each stored change, before the next one of the same order is booked. */
  readonly onBooked: (before: Order, after: Order, changed: boolean) => void
}

const pauses: BackoffPolicy = { baseMs: 50, capMs: 2000 }

/** Another attempt may succeed; the rest breaks a rule or cannot be read, and the venue can be asked again later. */
const lasting: ReadonlySet<string> = new Set(["constraint", "damaged", "version"])
const passes = ({ reason }: OrderStoreError): boolean => !lasting.has(reason)

/**
 * Books facts, those of one order one after the other. A store that does not take them is asked until it does: the
 * caller waits, so that what waits is bounded by the callers: one reader of the stream and two requests of each order.
 */
export const makeBooking = ({ counts, events, onBooked, recent, store }: BookingOptions) => {
  const underLock = makeKeyedLocks()
  let troubled = false

  const note = Effect.fnUntraced(function* (before: Order, after: Order, changed: boolean) {
    if (changed) {
      const atMs = yield* Clock.currentTimeMillis
      const { strategyId, symbol, side } = after.request
      for (const _ of newExecutions(before, after)) recent.noteExecution(atMs, strategyId, symbol, side)
      events.publish({ type: "orderChanged", before, after })
    }
    onBooked(before, after, changed)
  })

  // Not interrupted between the commit and the note: what is stored is known to the actor.
  const attempt = (clientOrderId: string, facts: ReadonlyArray<RecordedFact>) =>
    underLock(
      clientOrderId,
      Effect.uninterruptible(
        Effect.tap(store.applyFacts(clientOrderId, facts), (found) =>
          Option.isSome(found) ? note(found.value.before, found.value.after, found.value.changed) : Effect.void
        )
      )
    )

  const worked = () => {
    if (troubled) events.publish({ type: "storeBack" })
    troubled = false
  }

  const refuse = (clientOrderId: string, message: string): Booked => {
    counts.factsRefused++
    events.publish({ type: "factRefused", clientOrderId, message })
    return { type: "refused", message }
  }

  /** @param withinMs gives up after this time; omit to try until it is stored */
  const book = Effect.fnUntraced(function* (
    clientOrderId: string,
    facts: ReadonlyArray<RecordedFact>,
    withinMs = Number.POSITIVE_INFINITY
  ): Effect.fn.Return<Booked> {
    const startMs = yield* Clock.currentTimeMillis
    for (let tries = 1; ; tries++) {
      const result = yield* Effect.result(attempt(clientOrderId, facts))
      if (Result.isSuccess(result)) {
        worked()
        return Option.match(result.success, {
          onNone: () => ({ type: "noSuchOrder" as const }),
          onSome: ({ after }) => ({ type: "booked" as const, after })
        })
      }
      const { failure } = result
      if (!passes(failure)) {
        if (facts.length === 1) return refuse(clientOrderId, failure.message)
        // One bad fact must not keep the others out.
        let last: Booked = { type: "noSuchOrder" }
        for (const fact of facts) {
          const one = yield* book(clientOrderId, [fact])
          if (last.type !== "refused") last = one
        }
        return last
      }
      counts.storeRetries++
      if (!troubled) events.publish({ type: "storeTrouble", message: failure.message })
      troubled = true
      const pauseMs = backoffMs(pauses, tries, tries)
      if ((yield* Clock.currentTimeMillis) + pauseMs > startMs + withinMs) {
        return { type: "notStored", message: failure.message }
      }
      yield* Effect.sleep(pauseMs)
    }
  })
  return book
}

export type Book = ReturnType<typeof makeBooking>
