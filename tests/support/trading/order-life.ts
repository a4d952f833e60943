import { BigDecimal } from "effect"
import { type Decimal, decimalText } from "../../../src/kernel/decimal.ts"
import { intendedOrder, type Order } from "../../../src/trading/domain/order/order.ts"
import type { OrderFact, VenueFact } from "../../../src/trading/domain/order/order-fact.ts"
import { type FactSource, sourcePriority } from "../../../src/trading/domain/order/order-words.ts"

const shares = (count: number): Decimal => BigDecimal.fromBigInt(BigInt(count))
const sources = Object.keys(sourcePriority) as ReadonlyArray<FactSource>

interface Leg {
  readonly id: string
  readonly replaces?: string
  quantity: number
  filled: number
  value: number
  status: string
}

/**
 * One order at a venue, from a source of whole numbers: fills, a replacement, a cancel, an expiry, a bust and a
 * correction, with several events in one instant. `facts` is everything that the venue could report, in its order.
 * The last snapshot of each leg is its true end.
 */
export const makeOrderLife = (below: (n: number) => number) => {
  const quantity = 1 + below(9)
  const order = intendedOrder(
    "c1",
    "h1",
    { symbol: "AAPL", side: "buy", quantity: shares(quantity), type: "market", timeInForce: "day", strategyId: "s" },
    0n
  )
  const facts: Array<OrderFact> = [{ type: "sent" }]
  if (below(4) === 0) facts.push({ type: "outcomeUnknown", cause: "timeout" })
  if (below(8) === 0) facts.push({ type: "lost" })
  const source = (): FactSource => sources[below(sources.length)] ?? "rest"
  let at = 1000n
  let executions = 0
  let ids = 1
  const legs: Array<Leg> = [{ id: "b1", quantity, filled: 0, value: 0, status: "new" }]
  const booked: Array<{ id: string; leg: Leg; quantity: number; price: number }> = []
  // The venue gives each event of a leg a later time, or the same one when it has raised the quantity.
  const show = (leg: Leg, more: Partial<VenueFact> = {}): void => {
    facts.push({
      type: "snapshot",
      source: source(),
      brokerOrderId: leg.id,
      status: leg.status,
      quantity: shares(leg.quantity),
      filledQuantity: shares(leg.filled),
      ...(leg.filled === 0
        ? {}
        : {
            averagePrice: BigDecimal.round(BigDecimal.divideUnsafe(shares(leg.value), shares(leg.filled)), { scale: 9 })
          }),
      updatedAt: at,
      ...(leg.replaces === undefined ? {} : { replaces: leg.replaces }),
      ...more
    } as VenueFact)
  }
  const current = (): Leg => legs.at(-1) as Leg
  const done = (): boolean => ["filled", "canceled", "expired", "rejected"].includes(current().status)
  const fill = (leg: Leg): void => {
    const part = 1 + below(leg.quantity - leg.filled)
    const price = 90 + below(20)
    const id = `e${++executions}`
    leg.filled += part
    leg.value += part * price
    if (leg.status === "new" || leg.status === "partially_filled") leg.status = "partially_filled"
    if (leg.filled === leg.quantity) leg.status = "filled"
    booked.push({ id, leg, quantity: part, price })
    facts.push({
      type: "execution",
      source: source(),
      brokerOrderId: leg.id,
      executionId: id,
      quantity: shares(part),
      price: shares(price),
      at
    })
    show(leg)
  }
  const amend = (): void => {
    const last = booked.pop()
    if (last === undefined || last.leg !== current()) return
    const next = below(2) === 0 ? 0 : 1 + below(last.quantity)
    const { leg } = last
    leg.filled += next - last.quantity
    leg.value += (next - last.quantity) * last.price
    if (leg.filled < leg.quantity && (leg.status === "filled" || leg.status === "partially_filled")) {
      leg.status = leg.filled > 0 ? "partially_filled" : "new"
    }
    const id = `e${++executions}`
    facts.push({
      type: "amendment",
      source: source(),
      brokerOrderId: leg.id,
      executionId: id,
      previousExecutionId: last.id,
      quantity: shares(next),
      price: shares(last.price),
      at
    })
    if (next > 0) booked.push({ id, leg, quantity: next, price: last.price })
    show(leg)
  }
  show(current())
  for (let step = below(10); step > 0 && !done(); step--) {
    const leg = current()
    at += BigInt(1 + below(3))
    const choice = below(12)
    if (choice < 6) fill(leg)
    else if (choice < 7 && legs.length < 3) {
      const next: Leg = {
        id: `b${++ids}`,
        replaces: leg.id,
        quantity: 1 + below(9),
        filled: 0,
        value: 0,
        status: "new"
      }
      if (below(3) === 0) {
        // Refused: the old order lives on.
        next.status = "rejected"
        show(next)
        continue
      }
      leg.status = "replaced"
      show(leg, { replacedBy: next.id })
      legs.push(next)
      show(next)
    } else if (choice < 8) {
      leg.status = "pending_cancel"
      show(leg)
    } else if (choice < 9 && leg.filled < leg.quantity) {
      leg.status = below(2) === 0 ? "canceled" : "expired"
      show(leg)
    } else if (choice < 10 && booked.length > 0) {
      amend()
    }
  }
  // The end of each leg, as a reconciliation sees it.
  at += 5n
  for (const leg of legs) show(leg)
  const filled = legs.reduce((sum, leg) => sum + leg.filled, 0)
  return { order, facts, filled, status: current().status, amended: facts.some(({ type }) => type === "amendment") }
}

/** The text of an order: what two orders share when they are in one state. Keys are sorted. */
export const orderText = (order: Order): string =>
  JSON.stringify(order, (_, value) =>
    typeof value === "bigint"
      ? `${value}`
      : value?._id === "BigDecimal"
        ? decimalText(BigDecimal.make(BigInt(value.value), value.scale))
        : value instanceof Map
          ? [...value].sort(([a], [b]) => (a < b ? -1 : 1))
          : typeof value === "object" && value !== null && !Array.isArray(value)
            ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
            : value
  )

const sameDecimal = (a: Decimal | undefined, b: Decimal | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.value === b.value && a.scale === b.scale)

const sameEntries = <A>(
  a: ReadonlyMap<string, A>,
  b: ReadonlyMap<string, A>,
  same: (x: A, y: A) => boolean
): boolean => {
  if (a.size !== b.size) return false
  for (const [key, value] of a) {
    const other = b.get(key)
    if (other === undefined || !same(value, other)) return false
  }
  return true
}

/**
 * Whether two orders are surely in one state: they hold the same facts, and what follows from them is equal. A tenth of
 * the cost of their texts. False says nothing: equal facts may be two objects, and 1 may be 1.0.
 */
export const surelySame = (a: Order, b: Order): boolean =>
  a.status === b.status &&
  a.brokerOrderId === b.brokerOrderId &&
  a.sending === b.sending &&
  a.sendingReason === b.sendingReason &&
  a.request === b.request &&
  a.clientOrderId === b.clientOrderId &&
  a.payloadHash === b.payloadHash &&
  a.createdAt === b.createdAt &&
  sameDecimal(a.quantity, b.quantity) &&
  sameDecimal(a.filled, b.filled) &&
  sameDecimal(a.averagePrice, b.averagePrice) &&
  sameDecimal(a.inferred, b.inferred) &&
  sameDecimal(a.overfill, b.overfill) &&
  sameEntries(a.executions, b.executions, (x, y) => x === y) &&
  sameEntries(a.amendments, b.amendments, (x, y) => x === y) &&
  sameEntries(
    a.legs,
    b.legs,
    (x, y) =>
      x.brokerOrderId === y.brokerOrderId &&
      x.working === y.working &&
      x.ended === y.ended &&
      x.claim === y.claim &&
      x.replaces === y.replaces
  )

/** The same list in another order, and with some elements twice. */
export const shuffled = <A>(items: ReadonlyArray<A>, below: (n: number) => number): ReadonlyArray<A> => {
  const all = [...items, ...items.filter(() => below(4) === 0)]
  for (let at = all.length - 1; at > 0; at--) {
    const other = below(at + 1)
    ;[all[at], all[other]] = [all[other] as A, all[at] as A]
  }
  return all
}
