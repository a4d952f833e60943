import { BigDecimal, Clock, Effect, Layer, Option } from "effect"
import { type Decimal, zero } from "../../../kernel/decimal.ts"
import { isOpenChange, payloadHashOf } from "../../domain/order/client-order-id.ts"
import type { Order } from "../../domain/order/order.ts"
import { changeFaults, type OrderRequest } from "../../domain/order/order-request.ts"
import { isTerminal } from "../../domain/order/order-words.ts"
import type { OrderChange } from "../../domain/order/venue-order.ts"
import { priceOf } from "../../domain/risk/exposure.ts"
import type { Proposal } from "../../domain/risk/gate-view.ts"
import { judge } from "../../domain/risk/judge.ts"
import { type Asked, OrderActors } from "../../ports/order-actors.ts"
import { DeskUnavailable, NoSuchOrder, NotPossible, OrderDesk } from "../../ports/order-desk.ts"
import { type Exposure, OrderStore } from "../../ports/order-store.ts"
import { LimitBook, TradeMode, VenueWatch } from "../../ports/trade-conditions.ts"
import { TradeEvents } from "../../ports/trade-events.ts"
import { makeExits } from "./exits.ts"
import { makeGateView, type WorkingPrices } from "./gate-view.ts"
import { invalid, makeIntake, refusal, unavailable } from "./order-intake.ts"
import { RecentOrders } from "./recent-orders.ts"
import { reportedIntents } from "./reported-intents.ts"
import { makeSentValue } from "./sent-value.ts"

/** The limit price that works: after a replacement, that of its leg. */
const limitPriceOf = (order: Order): Decimal | undefined =>
  order.legs.get(order.brokerOrderId ?? "")?.claim?.limitPrice ?? order.request.limitPrice

/** Until the venue has decided, the larger of the two holds buying power. */
const raisedBy = (order: Order, change: OrderChange) => {
  const left = BigDecimal.subtract(order.quantity, order.filled)
  return {
    quantity: BigDecimal.max(left, change.quantity ?? left),
    price: change.limitPrice ?? limitPriceOf(order)
  }
}

/**
 * The one way of orders to the venue. Orders are judged one after the other, on a view that has the reservation of
 * every order before: two orders that only fit alone cannot both pass.
 */
export const layer = Layer.effect(
  OrderDesk,
  Effect.gen(function* () {
    const [store, actors, limits, mode] = [yield* OrderStore, yield* OrderActors, yield* LimitBook, yield* TradeMode]
    const [recent, watch, events] = [yield* RecentOrders, yield* VenueWatch, yield* TradeEvents]
    const gateView = yield* makeGateView
    /** Quantities that changes under way would bring: held until the venue has decided, by client id. */
    const raised = new Map<string, { readonly quantity: Decimal; readonly price: Decimal | undefined }>()
    // A change that was under way when the program ended may yet come about.
    const wishes = yield* store.wishes
    for (const order of wishes.size === 0 ? [] : yield* store.workingOrders) {
      const replace = wishes.get(order.clientOrderId)?.replace
      if (replace === undefined || !isOpenChange(order, replace.replacementId)) continue
      raised.set(order.clientOrderId, raisedBy(order, replace.change))
    }
    const unsubscribe = events.subscribe((event) => {
      if (event.type === "replaceRefused") raised.delete(event.order.clientOrderId)
      if (event.type !== "orderChanged") return
      const { after, before } = event
      if (isTerminal(after.status) || after.legs.size > before.legs.size) raised.delete(after.clientOrderId)
    })
    yield* Effect.addFinalizer(() => Effect.sync(unsubscribe))

    const withRaised = (exposure: Exposure): Exposure =>
      raised.size === 0
        ? exposure
        : {
            ...exposure,
            reservations: exposure.reservations.map((one) => {
              const more = raised.get(one.clientOrderId)
              if (more === undefined) return one
              const quantity = BigDecimal.max(one.quantity, more.quantity)
              return { ...one, quantity, price: BigDecimal.max(one.price, more.price ?? one.price) }
            })
          }
    const moment = Effect.gen(function* () {
      const exposure = withRaised(yield* store.exposure)
      const working = exposure.reservations.length === 0 ? [] : yield* store.workingOrders
      return { exposure, prices: new Map(working.map((order) => [order.clientOrderId, limitPriceOf(order)])) }
    })
    const sent = makeSentValue()
    const exits = yield* makeExits
    /** @param released buying power that the proposal gives back: that of the order it changes */
    const judged = Effect.fnUntraced(function* (
      proposal: Proposal,
      exposure: Exposure,
      prices: WorkingPrices,
      released: Decimal = zero
    ) {
      const nowMs = yield* Clock.currentTimeMillis
      const held = BigDecimal.subtract(sent.since(watch.accountAtMs()), released)
      const view = yield* gateView(proposal.request, exposure, recent.recent(nowMs, limits.current()), prices, held)
      return { view, judgement: judge(view, proposal) }
    })
    const reported = reportedIntents(store, events)
    const parts = { store: reported, actors, limits, mode, recent, moment, judged, sending: sent.note, exits }
    const intake = makeIntake(parts)

    /** Wrong keys: nothing that is sent could arrive. */
    const ready = Effect.suspend(() => {
      const message = watch.stopped()
      return message === undefined ? Effect.void : Effect.fail(new DeskUnavailable({ message }))
    })

    const find = Effect.fnUntraced(function* (clientOrderId: string) {
      const known = yield* Effect.mapError(store.orderOf(clientOrderId), unavailable)
      if (Option.isNone(known)) return yield* new NoSuchOrder({ message: `There is no order ${clientOrderId}.` })
      if (isTerminal(known.value.status)) {
        return yield* new NotPossible({ message: `Order ${clientOrderId} is ${known.value.status} already.` })
      }
      return known.value
    })

    const asked = (order: Order, outcome: Asked): Effect.Effect<Order, NotPossible | DeskUnavailable> => {
      const { clientOrderId } = order
      switch (outcome) {
        case "taken":
          return Effect.succeed(order)
        case "ended":
          return Effect.fail(new NotPossible({ message: `Order ${clientOrderId} has just ended: read it again.` }))
        case "notStored":
          return Effect.fail(
            new DeskUnavailable({ message: `The book did not take the change of ${clientOrderId}: try again later.` })
          )
        case "busy":
          return Effect.fail(
            new NotPossible({ message: `A change of order ${clientOrderId} is under way: wait for its result.` })
          )
      }
    }

    const replace = Effect.fnUntraced(function* (clientOrderId: string, change: OrderChange) {
      const order = yield* find(clientOrderId)
      const { request } = order
      const changed: OrderRequest = {
        ...request,
        quantity: change.quantity ?? request.quantity,
        limitPrice: change.limitPrice ?? request.limitPrice,
        stopPrice: change.stopPrice ?? request.stopPrice,
        timeInForce: change.timeInForce ?? request.timeInForce
      }
      const faults = changeFaults(changed, request)
      if (faults.length > 0) return yield* invalid(faults)
      const { exposure, prices } = yield* Effect.mapError(moment, unavailable)
      const { price: limitPrice, quantity } = raisedBy(order, change)
      const proposal: Proposal = {
        clientOrderId,
        payloadHash: `${order.payloadHash}:${payloadHashOf(changed)}`,
        request: { ...changed, quantity, limitPrice },
        reduceOnly: false
      }
      const others = {
        ...exposure,
        reservations: exposure.reservations.filter((one) => one.clientOrderId !== clientOrderId)
      }
      const own = exposure.reservations.find((one) => one.clientOrderId === clientOrderId)
      const released = own === undefined || own.reduceOnly ? zero : BigDecimal.multiply(own.quantity, own.price)
      const { judgement, view } = yield* judged(proposal, others, prices, released)
      // A change is a message to the venue like any other.
      recent.noteOrder(yield* Clock.currentTimeMillis, proposal.payloadHash)
      if (!judgement.allowed) return yield* refusal(judgement)
      // Before it is sent: the venue's decision may be faster than this line's end.
      const before = raised.get(clientOrderId)
      const value = BigDecimal.multiply(quantity, priceOf(view, proposal) ?? zero)
      if (judgement.kind === "entry") {
        sent.note(yield* Clock.currentTimeMillis, BigDecimal.subtract(value, released))
      }
      raised.set(clientOrderId, { quantity, price: limitPrice })
      const outcome = yield* actors.replace(clientOrderId, change)
      if (outcome !== "taken") {
        if (before === undefined) raised.delete(clientOrderId)
        else raised.set(clientOrderId, before)
      }
      return yield* asked(order, outcome)
    })

    return OrderDesk.of({
      submit: (request, options) => Effect.andThen(ready, intake.submit(request, options)),
      cancel: Effect.fnUntraced(function* (clientOrderId) {
        // Its actor knows it: a cancel needs no row of the book.
        const order = actors.working(clientOrderId) ?? (yield* find(clientOrderId))
        const [outcome = "ended"] = yield* actors.cancelAll([clientOrderId])
        return yield* asked(order, outcome)
      }),
      replace: (clientOrderId, change) => Effect.andThen(ready, intake.alone(replace(clientOrderId, change))),
      // Only what has an actor can be canceled, so that nothing is read.
      cancelAll: Effect.fnUntraced(function* (which, _by, of = {}) {
        const chosen = actors
          .allWorking()
          .filter(
            ({ clientOrderId, request: { strategyId, symbol } }) =>
              (which === "all" || !exits.has(clientOrderId)) &&
              (of.strategyId ?? strategyId) === strategyId &&
              (of.symbol ?? symbol) === symbol
          )
        const taken = yield* actors.cancelAll(chosen.map(({ clientOrderId }) => clientOrderId))
        return taken.filter((outcome) => outcome === "taken").length
      })
    })
  })
)
