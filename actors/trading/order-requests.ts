import { Clock, Effect, Option, Result } from "effect"
import type { orderMachine } from "../../machines/trading/order-machine.ts"
import { nowInstant } from "../../src/trading/application/orders/gate-view.ts"
import type { Order } from "../../src/trading/domain/order/order.ts"
import type { OrderFact } from "../../src/trading/domain/order/order-fact.ts"
import { isTerminal } from "../../src/trading/domain/order/order-words.ts"
import type { VenueOrder } from "../../src/trading/domain/order/venue-order.ts"
import type { RecordedFact } from "../../src/trading/ports/order-store.ts"
import type { TradeEvents } from "../../src/trading/ports/trade-events.ts"
import { type Venue, VenueError, VenueOutcomeUnknown } from "../../src/trading/ports/venue.ts"
import type { Performers } from "../runtime/machine-actor.ts"
import type { Book } from "./order-booking.ts"
import type { OrderEntry } from "./order-entry.ts"
import type { makeRequestLanes } from "./request-lanes.ts"

export interface RequestOptions {
  readonly venue: (typeof Venue)["Service"]
  readonly events: (typeof TradeEvents)["Service"]
  readonly book: Book
  /** A request without an answer for so long has an unknown outcome. Shorter than the machine's own limit. */
  readonly answerMs: number
  /** How long an order that is to be sent waits for the store. Then it is not sent: its price is too old. */
  readonly storeWaitMs: number
  /** How long a change whose answer was lost may be missing at the venue before it counts as not arrived. */
  readonly replaceGraceMs: number
  /** Why an order must not leave now, although the gate has let it through; empty: it may. */
  readonly lastLook: (order: Order) => Effect.Effect<string>
  /** Stores what of the order must survive the program. It never fails. */
  readonly saveWish: (entry: OrderEntry) => Effect.Effect<void>
}

type Reason = VenueError["reason"]

const sentenceOf = (reason: Reason): string => {
  switch (reason._tag) {
    case "VenueRefused":
      return `${reason.code}: ${reason.message}`
    case "VenueOutcomeUnknown":
      return reason.cause
    case "VenueUnauthorized":
      return reason.message
    case "VenueRateLimited":
      return `too many requests: again in ${reason.retryAfterMs} ms`
  }
}

/** What the events of a request that failed have in common. */
export const reportTrouble = (events: (typeof TradeEvents)["Service"], request: string, { reason }: VenueError) => {
  const message = sentenceOf(reason)
  if (reason._tag === "VenueUnauthorized") {
    events.publish({
      type: "unauthorized",
      message: `The venue rejects the API keys (${message}): trading has stopped. Put working keys in place: a file is read again, and trading goes on by itself; a variable needs a restart.`
    })
  } else if (reason._tag !== "VenueRefused") events.publish({ type: "venueTrouble", request, message })
}

/**
 * One performer for each command of the order machine. The only place that sends, cancels or replaces at the venue.
 * Requests run beside the machine, and their outcome comes back as an event.
 */
export const makeRequests = (options: RequestOptions) => {
  const { answerMs, book, events, venue } = options

  const answered = <A>(request: string, call: Effect.Effect<A, VenueError>) =>
    call.pipe(
      Effect.timeoutOrElse({
        duration: answerMs,
        orElse: () =>
          Effect.fail(new VenueError({ reason: new VenueOutcomeUnknown({ cause: `no answer within ${answerMs} ms` }) }))
      }),
      Effect.tapError((error) => Effect.sync(() => reportTrouble(events, request, error))),
      Effect.result
    )

  return (entry: OrderEntry, lanes: Effect.Success<typeof makeRequestLanes>): Performers<typeof orderMachine> => {
    const { clientOrderId } = entry
    const tell = (event: Parameters<NonNullable<OrderEntry["mailbox"]>["offer"]>[0]) => entry.mailbox?.offer(event)
    const own = (fact: OrderFact) =>
      Effect.map(nowInstant, (receivedAt): RecordedFact => ({ fact, receivedAt, raw: "" }))
    const bookOwn = (fact: OrderFact, withinMs?: number) =>
      Effect.flatMap(own(fact), (one) => book(clientOrderId, [one], withinMs))
    const bookShown = (order: VenueOrder) =>
      Effect.flatMap(nowInstant, (receivedAt) =>
        book(clientOrderId, [{ fact: order.snapshot, receivedAt, raw: order.raw }])
      )

    const submit = Effect.gen(function* () {
      const closed = yield* options.lastLook(entry.order)
      if (closed !== "") {
        entry.refusal = { code: "GATE_CLOSED", message: closed }
        return tell({ type: "REFUSED" })
      }
      // Before the POST: after a crash the order counts as sent, and is looked up.
      const stored = yield* bookOwn({ type: "sent" }, options.storeWaitMs)
      if (stored.type !== "booked") {
        const why = "message" in stored ? stored.message : "the order is not in the book"
        entry.refusal = { code: "NOT_SENT", message: why }
        return tell({ type: "REFUSED" })
      }
      const reply = yield* answered("submit", venue.submit(clientOrderId, entry.order.request))
      if (Result.isSuccess(reply)) {
        const { type } = yield* bookShown(reply.success)
        return tell({ type: type === "booked" ? "ACCEPTED" : "OUTCOME_UNKNOWN" })
      }
      const { reason } = reply.failure
      if (reason._tag === "VenueRateLimited") {
        return tell({ type: "RATE_LIMITED", retryAfterMs: reason.retryAfterMs })
      }
      const arrived = reason._tag === "VenueRefused" && reason.duplicateId
      if (reason._tag === "VenueOutcomeUnknown" || arrived) {
        yield* bookOwn({ type: "outcomeUnknown", cause: sentenceOf(reason) })
        return tell({ type: "OUTCOME_UNKNOWN" })
      }
      entry.refusal =
        reason._tag === "VenueRefused"
          ? { code: reason.code, message: reason.message }
          : { code: "UNAUTHORIZED", message: sentenceOf(reason) }
      tell({ type: "REFUSED" })
    })

    /** Whether a change whose answer was lost is at the venue: its facts end it, or its absence after a while. */
    const lookUpReplacement = Effect.gen(function* () {
      const { change } = entry
      if (change?.sentAtMs === undefined) return
      const reply = yield* answered("look up", venue.orderByClientId(change.replacementId))
      if (Result.isFailure(reply) || entry.change !== change) return
      if (Option.isSome(reply.success)) return yield* Effect.asVoid(bookShown(reply.success.value))
      const missingMs = (yield* Clock.currentTimeMillis) - change.sentAtMs
      if (missingMs < options.replaceGraceMs) return
      yield* replaceRefused("its answer was lost, and the venue does not have it: ask again if it is still wanted")
    })

    const found = Effect.fnUntraced(function* (answer: Result.Result<Option.Option<VenueOrder>, VenueError>) {
      if (Result.isFailure(answer)) return tell({ type: "LOOKUP_FAILED" })
      if (Option.isNone(answer.success)) return tell({ type: "NOT_FOUND" })
      const { type } = yield* bookShown(answer.success.value)
      const next = answer.success.value.snapshot.replacedBy
      if (next !== undefined && !entry.order.legs.has(next)) {
        const replacement = yield* answered("look up", venue.orderById(next))
        if (Result.isSuccess(replacement) && Option.isSome(replacement.success)) {
          yield* bookShown(replacement.success.value)
        }
      }
      yield* lookUpReplacement
      tell({ type: type === "booked" ? "FOUND" : "LOOKUP_FAILED" })
    })
    const byClientId = Effect.suspend(() =>
      Effect.flatMap(answered("look up", venue.orderByClientId(clientOrderId)), found)
    )
    const byId = Effect.suspend(() => {
      const { brokerOrderId } = entry.order
      return brokerOrderId === undefined
        ? byClientId
        : Effect.flatMap(answered("look up", venue.orderById(brokerOrderId)), found)
    })

    const cancel = Effect.gen(function* () {
      const { brokerOrderId } = entry.order
      // The machine cancels only what the venue has confirmed.
      if (brokerOrderId === undefined) return tell({ type: "CANCEL_REFUSED" })
      // The venue has one already: another would be refused, as if the order could not be canceled.
      if (entry.order.status === "pending_cancel") return tell({ type: "CANCEL_TAKEN" })
      const reply = yield* answered("cancel", venue.cancel(brokerOrderId))
      if (Result.isSuccess(reply)) return tell({ type: "CANCEL_TAKEN" })
      const { reason } = reply.failure
      if (reason._tag === "VenueRefused") {
        entry.cancelWanted = false
        yield* options.saveWish(entry)
        events.publish({ type: "cancelRefused", order: entry.order, message: sentenceOf(reason) })
        return tell({ type: "CANCEL_REFUSED" })
      }
      if (reason._tag === "VenueRateLimited") return tell({ type: "RATE_LIMITED", retryAfterMs: reason.retryAfterMs })
      tell({ type: "OUTCOME_UNKNOWN" })
    })

    const replaceRefused = Effect.fnUntraced(function* (message: string) {
      if (entry.change !== undefined) {
        entry.change = undefined
        yield* options.saveWish(entry)
      }
      events.publish({ type: "replaceRefused", order: entry.order, message })
    })
    const replace = Effect.gen(function* () {
      const { change: wish, order } = entry
      if (order.brokerOrderId === undefined || wish === undefined) {
        yield* replaceRefused("the venue has not confirmed the order")
        return tell({ type: "REPLACE_REFUSED" })
      }
      if (wish.sentAtMs !== undefined) {
        yield* lookUpReplacement
        return tell({ type: entry.change === undefined ? "REPLACE_TAKEN" : "OUTCOME_UNKNOWN" })
      }
      const nowMs = yield* Clock.currentTimeMillis
      if (nowMs - wish.askedAtMs > options.storeWaitMs) {
        yield* replaceRefused("it was not sent in time: ask again if it is still wanted")
        return tell({ type: "REPLACE_REFUSED" })
      }
      wish.sentAtMs = nowMs
      const reply = yield* answered("replace", venue.replace(order.brokerOrderId, wish.replacementId, wish.change))
      if (Result.isSuccess(reply)) {
        yield* bookShown(reply.success)
        entry.change = undefined
        return tell({ type: "REPLACE_TAKEN" })
      }
      const { reason } = reply.failure
      // It stays wanted: the polls find out whether it arrived.
      if (reason._tag === "VenueOutcomeUnknown") return tell({ type: "OUTCOME_UNKNOWN" })
      yield* replaceRefused(sentenceOf(reason))
      if (reason._tag === "VenueRateLimited") return tell({ type: "RATE_LIMITED", retryAfterMs: reason.retryAfterMs })
      tell({ type: "REPLACE_REFUSED" })
    })

    return {
      submitOrder: () => lanes.act(submit),
      lookUpByClientId: () => lanes.lookUp(byClientId),
      lookUpOrder: () => lanes.lookUp(byId),
      cancelOrder: () => lanes.act(cancel),
      replaceOrder: () => lanes.act(replace),
      refuseReplace: () =>
        // A change that may have left is not refused: the polls find out whether it arrived.
        entry.change?.sentAtMs === undefined
          ? replaceRefused(`the order is ${isTerminal(entry.order.status) ? "at its end" : entry.state}`)
          : Effect.void,
      // The last step of the machine: it ends only when this is stored.
      bookRefusal: () =>
        Effect.gen(function* () {
          const refusal = entry.refusal ?? { code: "CANCELED", message: "canceled before it was sent" }
          yield* bookOwn({ type: "refused", ...refusal })
          events.publish({ type: "orderRefused", order: entry.order, ...refusal })
        }),
      bookLost: () =>
        Effect.gen(function* () {
          yield* bookOwn({ type: "lost" })
          events.publish({ type: "orderLost", order: entry.order })
        })
    }
  }
}
