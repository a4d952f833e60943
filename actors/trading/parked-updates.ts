import type { VenueOrder } from "../../src/trading/domain/order/venue-order.ts"
import type { RecordedFact } from "../../src/trading/ports/order-store.ts"

/** Orders that wait for their explanation: each is one that the book will know in a moment, or an orphan. */
const parkedMax = 256

export interface Parked {
  order: VenueOrder
  readonly facts: Array<RecordedFact>
  dueMs: number
  tries: number
}

/** Updates of orders that the book does not know yet, by broker id. Bounded: the oldest is given back when full. */
export class ParkedUpdates {
  private readonly byBrokerId = new Map<string, Parked>()
  /** Given back before their time, because the place was needed. */
  overflowed = 0

  get size(): number {
    return this.byBrokerId.size
  }

  /** Returns the one that has to leave for it. */
  add(order: VenueOrder, facts: ReadonlyArray<RecordedFact>, dueMs: number): Parked | undefined {
    const { brokerOrderId } = order.snapshot
    const known = this.byBrokerId.get(brokerOrderId)
    if (known !== undefined) {
      known.order = order
      known.facts.push(...facts)
      return undefined
    }
    this.byBrokerId.set(brokerOrderId, { order, facts: [...facts], dueMs, tries: 0 })
    if (this.byBrokerId.size <= parkedMax) return undefined
    const [oldest] = this.byBrokerId.values()
    if (oldest === undefined) return undefined
    this.overflowed++
    this.remove(oldest)
    return oldest
  }

  remove({ order }: Parked): void {
    this.byBrokerId.delete(order.snapshot.brokerOrderId)
  }

  due(nowMs: number): ReadonlyArray<Parked> {
    return [...this.byBrokerId.values()].filter(({ dueMs }) => dueMs <= nowMs)
  }
}
