import { BigDecimal } from "effect"
import { type Decimal, divideRounded, zero } from "../../../kernel/decimal.ts"
import { type BookedFill, bookedFills, quantityOf } from "./booked-fills.ts"
import type { Order, OrderLeg } from "./order.ts"
import type { SnapshotFact } from "./order-fact.ts"
import { type OrderStatus, orderStatuses } from "./order-words.ts"

const known: ReadonlySet<string> = new Set(orderStatuses)
const pricePlaces = 9

/** A replacement that the venue rejected without a fill: its predecessor lives on. */
const refusedReplacement = (leg: OrderLeg, fills: ReadonlyArray<BookedFill>): boolean =>
  leg.replaces !== undefined &&
  leg.ended?.status === "rejected" &&
  fills.every((fill) => fill.brokerOrderId !== leg.brokerOrderId)

const lastSeen = (leg: OrderLeg): bigint => leg.claim?.updatedAt ?? 0n

/** Replaced by a leg that is not known yet. */
const leftOpen = ({ ended }: OrderLeg): boolean => ended?.status === "replaced"

/** The leg that works, or worked last: the one that no living replacement follows. */
const currentLeg = (legs: ReadonlyArray<OrderLeg>, fills: ReadonlyArray<BookedFill>): OrderLeg | undefined => {
  const living = legs.filter((leg) => !refusedReplacement(leg, fills))
  const followed = new Set(living.map(({ replaces }) => replaces))
  for (const { claim, ended } of living) {
    const next = ended?.replacedBy ?? claim?.replacedBy
    if (next !== undefined && living.some(({ brokerOrderId }) => brokerOrderId === next)) {
      followed.add((ended ?? claim)?.brokerOrderId)
    }
  }
  return living
    .filter(({ brokerOrderId }) => !followed.has(brokerOrderId))
    .sort((a, b) => {
      if (leftOpen(a) !== leftOpen(b)) return leftOpen(a) ? 1 : -1
      const [seenA, seenB] = [lastSeen(a), lastSeen(b)]
      if (seenA !== seenB) return seenA < seenB ? 1 : -1
      return a.brokerOrderId < b.brokerOrderId ? 1 : -1
    })[0]
}

const endedStatus = (ended: SnapshotFact): OrderStatus =>
  // Replaced, and the replacement is not known yet: the order goes on.
  ended.status === "replaced" ? "pending_replace" : (ended.status as OrderStatus)

const workingStatus = (working: SnapshotFact | undefined, filled: Decimal): OrderStatus => {
  const some = BigDecimal.isPositive(filled)
  if (working === undefined) return some ? "partially_filled" : "accepted"
  const { status } = working
  if (!known.has(status)) return "unknown"
  if (some && (status === "new" || status === "accepted" || status === "pending_new")) return "partially_filled"
  return !some && status === "partially_filled" ? "new" : (status as OrderStatus)
}

const sendingStatus: Record<Order["sending"], OrderStatus> = {
  intended: "pending_new",
  sent: "submitted",
  unknown: "submitted_unconfirmed",
  lost: "failed",
  refused: "rejected",
  dryRun: "dry_run"
}

const average = (fills: ReadonlyArray<BookedFill>): Decimal | undefined => {
  const priced = fills.filter(({ price }) => price !== undefined)
  const quantity = quantityOf(priced)
  if (!BigDecimal.isPositive(quantity)) return undefined
  const value = BigDecimal.sumAll(priced.map((fill) => BigDecimal.multiply(fill.quantity, fill.price ?? zero)))
  return divideRounded(value, quantity, pricePlaces)
}

/** Computes everything that follows from what is known: a pure function of the set of facts, not of their order. */
export const deriveOrder = (order: Order): Order => {
  const fills = bookedFills(order)
  const filled = BigDecimal.normalize(quantityOf(fills))
  const legs = [...order.legs.values()]
  const leg = currentLeg(legs, fills)
  const ofLeg = quantityOf(fills.filter(({ brokerOrderId }) => brokerOrderId === leg?.brokerOrderId))
  const requested = BigDecimal.isPositive(order.request.quantity) ? order.request.quantity : undefined
  const legQuantity = leg?.claim?.quantity ?? requested
  const quantity = BigDecimal.normalize(BigDecimal.sum(BigDecimal.subtract(filled, ofLeg), legQuantity ?? ofLeg))
  // Executions alone do not say how large the leg is: a replacement may have another quantity than the request.
  const sized = leg?.claim !== undefined
  const over = BigDecimal.subtract(filled, quantity)
  const full =
    sized &&
    BigDecimal.isPositive(ofLeg) &&
    // An order for an amount of money has no quantity before its end, which only the venue knows.
    (legQuantity === undefined ? leg.claim.status === "filled" : BigDecimal.isGreaterThanOrEqualTo(ofLeg, legQuantity))
  const status: OrderStatus =
    leg === undefined
      ? sendingStatus[order.sending]
      : full
        ? "filled"
        : leg.ended !== undefined
          ? endedStatus(leg.ended)
          : workingStatus(leg.working, ofLeg)
  return {
    ...order,
    status,
    brokerOrderId: leg?.brokerOrderId,
    quantity,
    filled,
    averagePrice: average(fills),
    inferred: quantityOf(fills.filter(({ kind }) => kind === "inferred")),
    overfill: sized && BigDecimal.isPositive(over) ? BigDecimal.normalize(over) : zero
  }
}
