import { BigDecimal, Effect, Option, Queue, Stream } from "effect"
import { zero } from "../../../src/kernel/decimal.ts"
import { instantOfMs } from "../../../src/kernel/time/utc-instant.ts"
import type { ExecutionFact, SnapshotFact } from "../../../src/trading/domain/order/order-fact.ts"
import type { OrderRequest } from "../../../src/trading/domain/order/order-request.ts"
import type { VenueOrder } from "../../../src/trading/domain/order/venue-order.ts"
import {
  Venue,
  VenueError,
  VenueOutcomeUnknown,
  VenueRateLimited,
  VenueRefused,
  VenueUnauthorized,
  type VenueUpdate
} from "../../../src/trading/ports/venue.ts"
import { decimal, openMs } from "./gate-view.ts"

/** What happens to one request. Of a POST, `lost` and `refusedYetThere` leave an order at the venue. */
export type Script =
  | "accept"
  | "lost"
  | "lostUnsent"
  /** A cancel that is answered as taken and has no effect. */
  | "takenUndone"
  | "refuse"
  | "refusedYetThere"
  | "rateLimited"
  | "wrongKeys"
  | "never"

const failure = (reason: VenueError["reason"]) => Effect.fail(new VenueError({ reason }))
const refused = (message: string, duplicateId = false) =>
  failure(new VenueRefused({ status: 422, code: "42210000", message, duplicateId }))
const unknown = (cause: string) => failure(new VenueOutcomeUnknown({ cause }))

/**
 * A deterministic venue in memory for the tests of one part: it does what its script says, and keeps what it was asked.
 * It outlives the program that uses it.
 */
export const makeScriptedVenue = () => {
  const orders = new Map<string, VenueOrder>()
  const posts: Array<string> = []
  const cancels: Array<string> = []
  const replacements: Array<string> = []
  const lookups: Array<string> = []
  const listeners = new Set<Queue.Queue<VenueUpdate>>()
  /** What happens to the next requests; without more, all are accepted. */
  const script: Array<Script> = []
  const cancelScript: Array<Script> = []
  /** What happens to every lookup. */
  const state = { lookup: "accept" as Script, clockNs: instantOfMs(openMs), keysWork: true }
  /** Runs at the venue before a POST is answered. */
  const beforeReply: { run: (order: VenueOrder) => void } = { run: () => undefined }

  const emit = (update: VenueUpdate) => {
    for (const queue of listeners) Queue.offerUnsafe(queue, update)
  }
  const change = (brokerOrderId: string, more: Partial<SnapshotFact>): VenueOrder => {
    const known = orders.get(brokerOrderId)
    if (known === undefined) throw new Error(`no order ${brokerOrderId}`)
    const snapshot = { ...known.snapshot, updatedAt: ++state.clockNs, ...more }
    const order = { ...known, snapshot, raw: `{"id":"${brokerOrderId}","status":"${snapshot.status}"}` }
    orders.set(brokerOrderId, order)
    return order
  }
  const place = (clientOrderId: string, request: OrderRequest, more: Partial<SnapshotFact> = {}): VenueOrder => {
    const brokerOrderId = `b${orders.size + 1}`
    orders.set(brokerOrderId, {
      clientOrderId,
      symbol: request.symbol,
      side: request.side,
      type: request.type,
      timeInForce: request.timeInForce,
      snapshot: {
        type: "snapshot",
        source: "rest",
        brokerOrderId,
        status: "new",
        quantity: request.quantity,
        filledQuantity: zero,
        limitPrice: request.limitPrice,
        updatedAt: 0n
      },
      raw: ""
    })
    return change(brokerOrderId, more)
  }
  const byClientId = (clientOrderId: string) =>
    [...orders.values()].find((order) => order.clientOrderId === clientOrderId)
  const send = (order: VenueOrder, event: string, more: ReadonlyArray<ExecutionFact> = []) =>
    emit({
      type: "order",
      order,
      facts: [{ ...order.snapshot, source: "stream" }, ...more],
      event,
      reason: ""
    })
  /** Fills a part. Returns the update, so that a test may send it again. */
  const fill = (brokerOrderId: string, executionId: string, quantity: string, price = "100", quiet = false) => {
    const known = orders.get(brokerOrderId)
    if (known === undefined) throw new Error(`no order ${brokerOrderId}`)
    const filledQuantity = BigDecimal.sum(known.snapshot.filledQuantity, decimal(quantity))
    const full = BigDecimal.isGreaterThanOrEqualTo(filledQuantity, known.snapshot.quantity ?? zero)
    const order = change(brokerOrderId, {
      filledQuantity,
      averagePrice: decimal(price),
      status: full ? "filled" : "partially_filled"
    })
    const execution: ExecutionFact = {
      type: "execution",
      source: "stream",
      brokerOrderId,
      executionId,
      quantity: decimal(quantity),
      price: decimal(price),
      at: state.clockNs
    }
    const again = () => send(order, full ? "fill" : "partial_fill", [execution])
    if (!quiet) again()
    return again
  }
  /** `quiet`: its update is lost. */
  const end = (brokerOrderId: string, status: string, quiet = false) => {
    const order = change(brokerOrderId, { status })
    if (!quiet) send(order, status)
  }

  const lookUp = (id: string, find: () => VenueOrder | undefined) =>
    Effect.suspend(() => {
      lookups.push(id)
      if (state.lookup === "accept") return Effect.succeed(Option.fromUndefinedOr(find()))
      return state.lookup === "never" ? Effect.never : unknown("503")
    })

  const venue = Venue.of({
    submit: (clientOrderId, request) =>
      Effect.suspend(() => {
        posts.push(clientOrderId)
        const does = script.shift() ?? "accept"
        if (does === "refuse") return refused("insufficient buying power")
        if (does === "rateLimited") return failure(new VenueRateLimited({ retryAfterMs: 100 }))
        if (does === "wrongKeys") return failure(new VenueUnauthorized({ message: "forbidden" }))
        if (does === "lostUnsent") return unknown("connection reset")
        if (byClientId(clientOrderId) !== undefined) return refused("client_order_id must be unique", true)
        const order = place(clientOrderId, request)
        beforeReply.run(order)
        if (does === "never") return Effect.never
        if (does === "lost") return unknown("504 Gateway Timeout")
        return does === "refusedYetThere" ? refused("internal") : Effect.succeed(order)
      }),
    cancel: (brokerOrderId) =>
      Effect.suspend(() => {
        cancels.push(brokerOrderId)
        const does = cancelScript.shift() ?? "accept"
        if (does === "rateLimited") return failure(new VenueRateLimited({ retryAfterMs: 100 }))
        if (does === "lostUnsent") return unknown("connection reset")
        if (does === "never") return Effect.never
        if (does === "takenUndone") return Effect.void
        if (does === "refuse") return refused('order is already in "filled" state')
        change(brokerOrderId, { status: "pending_cancel" })
        return Effect.void
      }),
    replace: (brokerOrderId, clientOrderId, { limitPrice, quantity }) =>
      Effect.suspend(() => {
        replacements.push(clientOrderId)
        const does = script.shift() ?? "accept"
        if (does === "refuse") return refused("the order cannot be replaced")
        if (does === "lostUnsent") return unknown("connection reset")
        if (byClientId(clientOrderId) !== undefined) return refused("client_order_id must be unique", true)
        const old = orders.get(brokerOrderId)
        if (old === undefined) return refused("no such order")
        const request = { symbol: old.symbol, side: old.side, type: old.type ?? "limit", timeInForce: "day" as const }
        const next = place(
          clientOrderId,
          { ...request, strategyId: "", quantity: quantity ?? old.snapshot.quantity ?? zero, limitPrice },
          { replaces: brokerOrderId }
        )
        change(brokerOrderId, { status: "replaced", replacedBy: next.snapshot.brokerOrderId })
        return does === "lost" ? unknown("504") : Effect.succeed(next)
      }),
    orderByClientId: (clientOrderId) => lookUp(clientOrderId, () => byClientId(clientOrderId)),
    orderById: (brokerOrderId) => lookUp(brokerOrderId, () => orders.get(brokerOrderId)),
    openOrders: Effect.sync(() => [...orders.values()]),
    ordersSince: () => Effect.sync(() => [...orders.values()]),
    fills: () => Effect.succeed({ fills: [], cursor: undefined }),
    positions: Effect.succeed([]),
    account: Effect.suspend(() =>
      state.keysWork
        ? Effect.succeed({
            equity: decimal("1000000"),
            equityAtClose: decimal("1000000"),
            cash: decimal("1000000"),
            buyingPower: decimal("1000000"),
            shortingEnabled: true,
            blocks: []
          })
        : failure(new VenueUnauthorized({ message: "forbidden" }))
    ),
    time: Effect.sync(() => state.clockNs),
    tradingDays: () => Effect.succeed([]),
    updates: Stream.unwrap(
      Effect.gen(function* () {
        const queue = yield* Queue.unbounded<VenueUpdate>()
        listeners.add(queue)
        yield* Queue.offer(queue, { type: "listening" })
        return Stream.fromQueue(queue).pipe(Stream.ensuring(Effect.sync(() => listeners.delete(queue))))
      })
    ),
    averageDailyVolume: () => Effect.succeed(decimal("1000000"))
  })

  return {
    venue,
    orders,
    posts,
    cancels,
    replacements,
    lookups,
    script,
    cancelScript,
    state,
    beforeReply,
    emit,
    send,
    place,
    fill,
    end,
    byClientId
  }
}
