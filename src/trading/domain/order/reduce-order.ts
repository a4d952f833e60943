import { BigDecimal } from "effect"
import { decimalText } from "../../../kernel/decimal.ts"
import { deriveOrder } from "./derive-order.ts"
import { type Order, type OrderLeg, type Sending, sendings } from "./order.ts"
import type { AmendmentFact, ExecutionFact, OrderFact, SendingFact, SnapshotFact } from "./order-fact.ts"
import { sourcePriority } from "./order-words.ts"

/** Statuses after which the venue works no more on the leg. `filled` is not here: it follows from the quantity. */
const ends: ReadonlySet<string> = new Set(["canceled", "expired", "rejected", "replaced"])

/** Whether `a` says more than `b`: the later one, then the larger quantity, then the better source, then its text. */
const beats = (a: SnapshotFact, b: SnapshotFact | undefined): boolean => {
  if (b === undefined) return true
  if (a.updatedAt !== b.updatedAt) return a.updatedAt > b.updatedAt
  const quantities = BigDecimal.Order(a.filledQuantity, b.filledQuantity)
  if (quantities !== 0) return quantities > 0
  const sources = sourcePriority[a.source] - sourcePriority[b.source]
  return sources !== 0 ? sources < 0 : textOf(a) > textOf(b)
}

const textOf = (fact: SnapshotFact): string =>
  [
    fact.status,
    fact.quantity === undefined ? "" : decimalText(fact.quantity),
    fact.averagePrice === undefined ? "" : decimalText(fact.averagePrice),
    fact.limitPrice === undefined ? "" : decimalText(fact.limitPrice),
    fact.stopPrice === undefined ? "" : decimalText(fact.stopPrice),
    fact.replaces ?? "",
    fact.replacedBy ?? ""
  ].join("|")

const withSnapshot = (leg: OrderLeg, fact: SnapshotFact): OrderLeg => {
  const slot = ends.has(fact.status) ? "ended" : fact.status === "filled" ? undefined : "working"
  const replaces = [leg.replaces, fact.replaces].filter((id) => id !== undefined).sort()[0]
  const newSlot = slot !== undefined && beats(fact, leg[slot])
  const newClaim = beats(fact, leg.claim)
  if (!newSlot && !newClaim && replaces === leg.replaces) return leg
  return {
    ...leg,
    ...(newSlot ? { [slot]: fact } : {}),
    ...(newClaim ? { claim: fact } : {}),
    ...(replaces === undefined ? {} : { replaces })
  }
}

/** Of two different reports with one id, the one to keep: the better source, then the smaller text. */
const keeps = <F extends ExecutionFact | AmendmentFact>(old: F, fact: F): boolean => {
  const sources = sourcePriority[old.source] - sourcePriority[fact.source]
  if (sources !== 0) return sources < 0
  const [a, b] = [old, fact].map((one) =>
    [one.executionId, one.brokerOrderId, decimalText(one.quantity), decimalText(one.price), one.at].join("|")
  )
  return (a ?? "") <= (b ?? "")
}

const withLeg = (order: Order, leg: OrderLeg): Order =>
  order.legs.get(leg.brokerOrderId) === leg
    ? order
    : { ...order, legs: new Map(order.legs).set(leg.brokerOrderId, leg) }

const legOf = (order: Order, brokerOrderId: string): OrderLeg => order.legs.get(brokerOrderId) ?? { brokerOrderId }

const withExecution = (order: Order, fact: ExecutionFact): Order => {
  const old = order.executions.get(fact.executionId)
  if (old !== undefined && keeps(old, fact)) return order
  const known = withLeg(order, legOf(order, fact.brokerOrderId))
  return { ...known, executions: new Map(known.executions).set(fact.executionId, fact) }
}

/** Of two amendments of one execution the later one holds. */
const withAmendment = (order: Order, fact: AmendmentFact): Order => {
  const old = order.amendments.get(fact.previousExecutionId)
  if (old !== undefined && (old.at === fact.at ? keeps(old, fact) : old.at > fact.at)) return order
  const known = withLeg(order, legOf(order, fact.brokerOrderId))
  return { ...known, amendments: new Map(known.amendments).set(fact.previousExecutionId, fact) }
}

const sendingOf = (fact: SendingFact): readonly [Sending, string] => {
  switch (fact.type) {
    case "sent":
      return ["sent", ""]
    case "outcomeUnknown":
      return ["unknown", fact.cause]
    case "lost":
      return ["lost", "not at the venue after the grace period and a lookup"]
    case "refused":
      return ["refused", `${fact.code}: ${fact.message}`]
  }
}

const withSending = (order: Order, fact: SendingFact): Order => {
  const [sending, sendingReason] = sendingOf(fact)
  const further = sendings.indexOf(sending) - sendings.indexOf(order.sending)
  if (further < 0 || (further === 0 && sendingReason <= order.sendingReason)) return order
  return { ...order, sending, sendingReason }
}

/**
 * The one way in which an order changes. `(order, fact) → order`, whatever the source of the fact.
 * The same facts in any order, also repeated, give the same order. Only the cumulative quantity and final states are
 * monotone: an amendment may lower the quantity, a late execution may fill a canceled order. A fact that adds nothing
 * gives back the same object.
 */
export const reduceOrder = (order: Order, fact: OrderFact): Order => {
  const next =
    fact.type === "snapshot"
      ? withLeg(order, withSnapshot(legOf(order, fact.brokerOrderId), fact))
      : fact.type === "execution"
        ? withExecution(order, fact)
        : fact.type === "amendment"
          ? withAmendment(order, fact)
          : withSending(order, fact)
  return next === order ? order : deriveOrder(next)
}
