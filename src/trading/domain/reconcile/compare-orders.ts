import { BigDecimal } from "effect"
import { decimalText } from "../../../kernel/decimal.ts"
import type { InstantNs } from "../../../kernel/time/utc-instant.ts"
import type { Order } from "../order/order.ts"
import type { ExecutionFact, OrderFact, VenueFact } from "../order/order-fact.ts"
import { reduceOrder } from "../order/reduce-order.ts"
import type { VenueOrder } from "../order/venue-order.ts"

/** What was collected from the venue, all pages. A part that is missing fails the collection instead. */
export interface VenueOrders {
  /** Open ones, and those submitted since the mark; an order may be in it several times. */
  readonly listed: ReadonlyArray<VenueOrder>
  /** Each order of ours that works or is unconfirmed was looked up by itself. `undefined`: not at the venue. */
  readonly lookedUp: ReadonlyMap<string, VenueOrder | undefined>
  /** The fill ledger since the cursor, with the symbol of each. */
  readonly fills: ReadonlyArray<{ readonly fact: ExecutionFact; readonly symbol: string; readonly raw: string }>
}

/** What the book has, when the collection began. */
export interface BookedOrders {
  /** Every order of ours that the collection names or that works, by client id. */
  readonly orders: ReadonlyMap<string, Order>
  /** Client id by broker id, also of replaced legs and of adopted orders. */
  readonly clientIds: ReadonlyMap<string, string>
}

/** One difference between the book and the venue, with its cause. */
export type OrderDifference =
  /** The book has not seen these facts. `kind`: an execution is missing, or only the state is old. */
  | {
      readonly type: "facts"
      readonly kind: "missedFill" | "staleState"
      readonly clientOrderId: string
      readonly facts: ReadonlyArray<{ readonly fact: OrderFact; readonly raw: string }>
    }
  /** Unconfirmed, and not at the venue after the grace period: it never arrived. */
  | { readonly type: "lost"; readonly clientOrderId: string }
  /** Unconfirmed, not at the venue, and still within the grace period. */
  | { readonly type: "waiting"; readonly clientOrderId: string }
  /** The venue once confirmed it and has it no more. Nothing follows from that by itself; a person must look. */
  | { readonly type: "vanished"; readonly clientOrderId: string }
  /** At the venue, and no order of ours. `facts`: its state and its executions. */
  | {
      readonly type: "orphan"
      readonly order: VenueOrder
      readonly facts: ReadonlyArray<{ readonly fact: OrderFact; readonly raw: string }>
    }
  /** An execution of an unknown broker order: the order must be looked up. */
  | { readonly type: "unknownFill"; readonly symbol: string; readonly fact: ExecutionFact; readonly raw: string }

/** A fact without its source, as one text. */
const wordsOf = (fact: VenueFact): string =>
  JSON.stringify(
    Object.entries(fact)
      .filter(([name, value]) => name !== "source" && value !== undefined)
      .map(([name, value]) => [name, BigDecimal.isBigDecimal(value) ? decimalText(value) : String(value)])
      .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1))
  )

/** The book has it by another way: the same words from another source are no difference. */
const isKnown = ({ amendments, executions, legs }: Order, fact: OrderFact): boolean => {
  if (!("source" in fact)) return false
  const leg = legs.get(fact.brokerOrderId)
  const known: ReadonlyArray<VenueFact | undefined> =
    fact.type === "execution"
      ? [executions.get(fact.executionId)]
      : fact.type === "amendment"
        ? [amendments.get(fact.previousExecutionId)]
        : [leg?.working, leg?.ended, leg?.claim]
  const words = wordsOf(fact)
  return known.some((one) => one !== undefined && wordsOf(one) === words)
}

const clientIdOf = (book: BookedOrders, order: VenueOrder): string | undefined =>
  book.clientIds.get(order.snapshot.brokerOrderId) ??
  (order.snapshot.replaces === undefined ? undefined : book.clientIds.get(order.snapshot.replaces)) ??
  (book.orders.has(order.clientOrderId) ? order.clientOrderId : undefined)

/**
 * What the book lacks. A pure function: the same book and the same venue give the same list, and after it was applied
 * the list is empty, but for orders that wait or have vanished.
 * @param graceNs how long an unconfirmed order may be missing before it counts as lost
 */
export const compareOrders = (
  book: BookedOrders,
  venue: VenueOrders,
  now: InstantNs,
  graceNs: bigint
): ReadonlyArray<OrderDifference> => {
  const found = new Map<string, Array<{ fact: OrderFact; raw: string }>>()
  const differences: Array<OrderDifference> = []
  const orphans = new Map<
    string,
    { readonly order: VenueOrder; readonly facts: Array<{ fact: OrderFact; raw: string }> }
  >()
  const add = (clientOrderId: string, fact: OrderFact, raw: string): void => {
    const facts = found.get(clientOrderId) ?? []
    facts.push({ fact, raw })
    found.set(clientOrderId, facts)
  }
  // Client ids of this collection too: a fill may belong to a leg that only its order names.
  const clientIds = new Map(book.clientIds)
  for (const order of [...venue.listed, ...venue.lookedUp.values()]) {
    if (order === undefined) continue
    const clientOrderId = clientIdOf({ ...book, clientIds }, order)
    if (clientOrderId === undefined) {
      orphans.set(order.snapshot.brokerOrderId, { order, facts: [{ fact: order.snapshot, raw: order.raw }] })
      continue
    }
    clientIds.set(order.snapshot.brokerOrderId, clientOrderId)
    add(clientOrderId, order.snapshot, order.raw)
  }
  for (const { fact, raw, symbol } of venue.fills) {
    const clientOrderId = clientIds.get(fact.brokerOrderId)
    const orphan = orphans.get(fact.brokerOrderId)
    if (clientOrderId !== undefined) add(clientOrderId, fact, raw)
    else if (orphan !== undefined) orphan.facts.push({ fact, raw })
    else differences.push({ type: "unknownFill", symbol, fact, raw })
  }
  for (const [clientOrderId, facts] of found) {
    const order = book.orders.get(clientOrderId)
    if (order === undefined) continue
    const news: Array<{ fact: OrderFact; raw: string }> = []
    let after = order
    for (const one of facts) {
      if (isKnown(after, one.fact)) continue
      const next = reduceOrder(after, one.fact)
      if (next !== after) news.push(one)
      after = next
    }
    if (news.length === 0) continue
    const fills = !BigDecimal.equals(after.filled, order.filled) || after.executions.size !== order.executions.size
    differences.push({ type: "facts", kind: fills ? "missedFill" : "staleState", clientOrderId, facts: news })
  }
  for (const [clientOrderId, order] of venue.lookedUp) {
    const own = book.orders.get(clientOrderId)
    if (order !== undefined || own === undefined || found.has(clientOrderId)) continue
    // Booked as lost before: it was looked up once more, and is still not there.
    if (own.status === "failed") continue
    if (own.legs.size > 0) differences.push({ type: "vanished", clientOrderId })
    else differences.push({ type: now - own.createdAt < graceNs ? "waiting" : "lost", clientOrderId })
  }
  for (const orphan of orphans.values()) differences.push({ type: "orphan", ...orphan })
  return differences
}
