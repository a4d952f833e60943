import { BigDecimal, Clock, Effect, Layer, Option, Semaphore } from "effect"
import { newYorkTradingDay } from "../../../kernel/calendar/new-york.ts"
import { instantOfMs } from "../../../kernel/time/utc-instant.ts"
import { clientOrderIdOf, isClientOrderId, payloadHashOf } from "../../domain/order/client-order-id.ts"
import { deriveOrder } from "../../domain/order/derive-order.ts"
import { intendedOrder, type Order } from "../../domain/order/order.ts"
import type { OrderRequest } from "../../domain/order/order-request.ts"
import { isTerminal } from "../../domain/order/order-words.ts"
import type { OrderChange } from "../../domain/order/venue-order.ts"
import { exposureOf, priceOf } from "../../domain/risk/exposure.ts"
import type { Proposal } from "../../domain/risk/gate-view.ts"
import { type Judgement, judge } from "../../domain/risk/judge.ts"
import { OrderActors } from "../../ports/order-actors.ts"
import { DeskUnavailable, IdInUse, NoSuchOrder, NotPossible, OrderDesk, OrderRefused } from "../../ports/order-desk.ts"
import { type Exposure, OrderStore, type OrderStoreError } from "../../ports/order-store.ts"
import { LimitBook, TradeMode } from "../../ports/trade-conditions.ts"
import { makeGateView } from "./gate-view.ts"
import { makeRecentOrders } from "./recent-orders.ts"

const unavailable = (error: OrderStoreError) => new DeskUnavailable({ message: error.message })

const refusal = ({ findings }: Judgement) => {
  const reasons = findings.filter(({ outcome }) => outcome === "refuse")
  return new OrderRefused({ message: reasons.map(({ code, message }) => `${code}: ${message}`).join("; "), findings })
}

/**
 * The one way of orders to the venue. Orders are judged one after the other, on a view that has the reservation of
 * every order before: two orders that only fit alone cannot both pass.
 */
export const layer = Layer.effect(
  OrderDesk,
  Effect.gen(function* () {
    const [store, actors, limits, mode] = [yield* OrderStore, yield* OrderActors, yield* LimitBook, yield* TradeMode]
    const gateView = yield* makeGateView
    const recent = makeRecentOrders()
    const oneByOne = Semaphore.makeUnsafe(1)

    const judged = Effect.fnUntraced(function* (proposal: Proposal, exposure: Exposure, working: ReadonlyArray<Order>) {
      const nowMs = yield* Clock.currentTimeMillis
      const prices = new Map(working.map(({ clientOrderId, request }) => [clientOrderId, request.limitPrice]))
      const view = yield* gateView(proposal.request, exposure, recent.recent(nowMs, limits.current()), prices)
      return { view, judgement: judge(view, proposal) }
    })

    const submit = Effect.fnUntraced(function* (
      request: OrderRequest,
      options: { readonly clientOrderId?: string | undefined; readonly reduceOnly: boolean; readonly by: string }
    ) {
      const nowMs = yield* Clock.currentTimeMillis
      const tradingDay = newYorkTradingDay(nowMs).day
      const id = options.clientOrderId ?? clientOrderIdOf(request, tradingDay)
      const payloadHash = payloadHashOf(request)
      if (!isClientOrderId(id)) {
        return yield* new IdInUse({ message: "client_order_id: use 1 to 24 letters, digits, '_' or '-'." })
      }
      const known = yield* Effect.mapError(store.orderOf(id), unavailable)
      if (Option.isSome(known)) return yield* repeated(known.value, payloadHash)
      const [exposure, working] = yield* Effect.mapError(Effect.all([store.exposure, store.workingOrders]), unavailable)
      const proposal: Proposal = { clientOrderId: id, payloadHash, request, reduceOnly: options.reduceOnly }
      const { view, judgement } = yield* judged(proposal, exposure, working)
      recent.noteOrder(nowMs, payloadHash)
      if (!judgement.allowed) {
        if (judgement.findings.some(({ code, outcome }) => code === "REPEATED_EXECUTION" && outcome === "refuse")) {
          yield* Effect.mapError(limits.stop(request.strategyId, "repeated executions"), unavailable)
        }
        return yield* refusal(judgement)
      }
      const live = mode.configured === "live" && mode.armed(tradingDay)
      const intent = intendedOrder(id, payloadHash, request, instantOfMs(nowMs))
      const order = live ? intent : deriveOrder({ ...intent, sending: "dryRun" })
      const { kind } = exposureOf(view, proposal)
      const price = priceOf(view, proposal) ?? BigDecimal.make(0n, 0)
      const { symbol, side, quantity } = request
      const reservation = { clientOrderId: id, symbol, side, quantity, price, reduceOnly: kind === "exit" }
      const outcome = yield* Effect.mapError(store.recordIntent(order, live ? reservation : undefined), unavailable)
      if (outcome.type === "existing") return yield* repeated(outcome.order, payloadHash)
      if (live) yield* actors.start(order, "new")
      return { order, repeat: false, kind, findings: judgement.findings }
    })

    const repeated = (order: Order, payloadHash: string) =>
      order.payloadHash === payloadHash
        ? Effect.succeed({ order, repeat: true, kind: "entry" as const, findings: [] })
        : Effect.fail(
            new IdInUse({
              message: `client_order_id ${order.clientOrderId} belongs to another order: use another id, or a nonce.`
            })
          )

    const find = Effect.fnUntraced(function* (clientOrderId: string) {
      const known = yield* Effect.mapError(store.orderOf(clientOrderId), unavailable)
      if (Option.isNone(known)) return yield* new NoSuchOrder({ message: `There is no order ${clientOrderId}.` })
      if (isTerminal(known.value.status)) {
        return yield* new NotPossible({ message: `Order ${clientOrderId} is ${known.value.status} already.` })
      }
      return known.value
    })

    const asked = (order: Order, taken: boolean) =>
      taken
        ? Effect.succeed(order)
        : Effect.fail(new NotPossible({ message: `Order ${order.clientOrderId} has just ended: read it again.` }))

    const replace = Effect.fnUntraced(function* (clientOrderId: string, change: OrderChange) {
      const order = yield* find(clientOrderId)
      const [exposure, working] = yield* Effect.mapError(Effect.all([store.exposure, store.workingOrders]), unavailable)
      const { request } = order
      const left = BigDecimal.subtract(order.quantity, order.filled)
      // Until the venue has decided, the larger of the two holds buying power.
      const quantity = BigDecimal.max(left, change.quantity ?? left)
      const proposal: Proposal = {
        clientOrderId,
        payloadHash: `${order.payloadHash}:replace`,
        request: {
          ...request,
          quantity,
          limitPrice: change.limitPrice ?? request.limitPrice,
          stopPrice: change.stopPrice ?? request.stopPrice,
          timeInForce: change.timeInForce ?? request.timeInForce
        },
        reduceOnly: false
      }
      const others = {
        ...exposure,
        reservations: exposure.reservations.filter((one) => one.clientOrderId !== clientOrderId)
      }
      const { judgement } = yield* judged(proposal, others, working)
      if (!judgement.allowed) return yield* refusal(judgement)
      return yield* asked(order, yield* actors.replace(clientOrderId, change))
    })

    return OrderDesk.of({
      submit: (request, options) => oneByOne.withPermits(1)(submit(request, options)),
      cancel: Effect.fnUntraced(function* (clientOrderId) {
        const order = yield* find(clientOrderId)
        return yield* asked(order, yield* actors.cancel(clientOrderId))
      }),
      replace: (clientOrderId, change) => oneByOne.withPermits(1)(replace(clientOrderId, change)),
      cancelAll: Effect.fnUntraced(function* (which, _by, of = {}) {
        const [{ reservations }, working] = yield* Effect.mapError(
          Effect.all([store.exposure, store.workingOrders]),
          unavailable
        )
        const exits = new Set(reservations.filter(({ reduceOnly }) => reduceOnly).map((one) => one.clientOrderId))
        const chosen = working.filter(
          ({ clientOrderId, request: { strategyId, symbol } }) =>
            (which === "all" || !exits.has(clientOrderId)) &&
            (of.strategyId ?? strategyId) === strategyId &&
            (of.symbol ?? symbol) === symbol
        )
        const taken = yield* Effect.forEach(chosen, ({ clientOrderId }) => actors.cancel(clientOrderId))
        return taken.filter(Boolean).length
      })
    })
  })
)
