import { Effect, Option } from "effect"
import type { InstantNs } from "../../../kernel/time/utc-instant.ts"
import type { OrderDifference } from "../../domain/reconcile/compare-orders.ts"
import { OrderActors } from "../../ports/order-actors.ts"
import { OrderStore } from "../../ports/order-store.ts"
import { Venue } from "../../ports/venue.ts"
import { adopt } from "./adopt.ts"

/** Facts that are booked at a time: the store writes those that wait together. */
const bookedAtOnce = 64

/** Applies one difference through the reducer. Applying it twice changes nothing the second time. */
const applyDifference = Effect.fnUntraced(function* (difference: OrderDifference, at: InstantNs) {
  const [actors, store, venue] = [yield* OrderActors, yield* OrderStore, yield* Venue]
  switch (difference.type) {
    case "facts":
      yield* actors.book(
        difference.clientOrderId,
        difference.facts.map(({ fact, raw }) => ({ fact, raw, receivedAt: at }))
      )
      return
    case "lost":
      yield* actors.book(difference.clientOrderId, [{ fact: { type: "lost" }, raw: "", receivedAt: at }])
      return
    case "orphan":
      yield* adopt(
        difference.order,
        difference.facts.map(({ fact, raw }) => ({ fact, raw, receivedAt: at })),
        at
      )
      return
    case "unknownFill": {
      const { fact, raw } = difference
      const found = yield* venue.orderById(fact.brokerOrderId)
      if (Option.isNone(found)) return
      const shown = { fact: found.value.snapshot, raw: found.value.raw, receivedAt: at }
      const facts = [shown, { fact, raw, receivedAt: at }]
      const owner = yield* store.orderOfBrokerId(fact.brokerOrderId)
      if (Option.isSome(owner)) yield* actors.book(owner.value.clientOrderId, facts)
      else yield* adopt(found.value, facts, at)
      return
    }
    case "waiting":
    case "vanished":
      return
  }
})

/** Applies all, in their order; facts of different orders are booked at the same time. */
export const applyDifferences = Effect.fnUntraced(function* (
  differences: ReadonlyArray<OrderDifference>,
  at: InstantNs
) {
  let from = 0
  while (from < differences.length) {
    let to = from
    while (differences[to]?.type === "facts") to++
    const facts = differences.slice(from, to)
    yield* Effect.forEach(facts, (one) => applyDifference(one, at), { concurrency: bookedAtOnce, discard: true })
    const next = differences[to]
    if (next !== undefined) yield* applyDifference(next, at)
    from = to + 1
  }
})
