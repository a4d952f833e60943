import { BigDecimal } from "effect"
import { type Decimal, zero } from "../../../kernel/decimal.ts"
import type { InstantNs } from "../../../kernel/time/utc-instant.ts"
import type { Order, OrderLeg } from "./order.ts"

/**
 * One line of the order in the book of positions.
 * `inferred`: the venue's cumulative quantity is ahead of its executions. Its id is a function of the broker order, so
 * that a second look gives the same line; it shrinks to nothing when the executions come.
 */
export interface BookedFill {
  readonly executionId: string
  readonly brokerOrderId: string
  readonly kind: "real" | "corrected" | "inferred"
  readonly quantity: Decimal
  readonly price: Decimal | undefined
  readonly at: InstantNs
}

type Evidence = Pick<Order, "legs" | "executions" | "amendments">

/** Executions that hold: those that no amendment stands for, and the amendments themselves. */
const standing = (order: Evidence): ReadonlyArray<BookedFill> => {
  const held: Array<BookedFill> = []
  for (const fill of order.executions.values()) {
    if (!order.amendments.has(fill.executionId)) held.push({ ...bare(fill), kind: "real" })
  }
  const ids = new Set(held.map(({ executionId }) => executionId))
  for (const change of order.amendments.values()) {
    const replaced = order.amendments.has(change.executionId) || ids.has(change.executionId)
    if (!replaced && BigDecimal.isPositive(change.quantity)) held.push({ ...bare(change), kind: "corrected" })
  }
  return held
}

const bare = ({ executionId, brokerOrderId, quantity, price, at }: Omit<BookedFill, "kind">) => ({
  executionId,
  brokerOrderId,
  quantity,
  price,
  at
})

/** What amendments after the claim have changed: the claim does not know of them. */
const amendedSince = (order: Evidence, leg: OrderLeg, claimedAt: InstantNs): Decimal => {
  let sum = zero
  for (const change of order.amendments.values()) {
    if (change.brokerOrderId !== leg.brokerOrderId || change.at <= claimedAt) continue
    const before =
      order.executions.get(change.previousExecutionId) ??
      [...order.amendments.values()].find(({ executionId }) => executionId === change.previousExecutionId)
    if (before !== undefined) sum = BigDecimal.sum(sum, BigDecimal.subtract(change.quantity, before.quantity))
  }
  return sum
}

const inferredFill = (order: Evidence, leg: OrderLeg, held: Decimal): BookedFill | undefined => {
  const { claim } = leg
  if (claim === undefined) return undefined
  const claimed = BigDecimal.sum(claim.filledQuantity, amendedSince(order, leg, claim.updatedAt))
  const quantity = BigDecimal.subtract(claimed, held)
  if (!BigDecimal.isPositive(quantity)) return undefined
  return {
    executionId: `inferred:${leg.brokerOrderId}`,
    brokerOrderId: leg.brokerOrderId,
    kind: "inferred",
    quantity,
    price: claim.averagePrice,
    at: claim.updatedAt
  }
}

export const quantityOf = (fills: ReadonlyArray<BookedFill>): Decimal =>
  BigDecimal.sumAll(fills.map(({ quantity }) => quantity))

/** Every line of the order, by time and id, so that the same facts give the same lines in the same order. */
export const bookedFills = (order: Evidence): ReadonlyArray<BookedFill> => {
  const fills = [...standing(order)]
  for (const leg of order.legs.values()) {
    const own = fills.filter(({ brokerOrderId }) => brokerOrderId === leg.brokerOrderId)
    const inferred = inferredFill(order, leg, quantityOf(own))
    if (inferred !== undefined) fills.push(inferred)
  }
  return fills.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.executionId < b.executionId ? -1 : 1))
}
