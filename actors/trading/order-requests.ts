import { Effect, Option, Result } from "effect"
import type { orderMachine } from "../../machines/trading/order-machine.ts"
import { nowInstant } from "../../src/trading/application/orders/gate-view.ts"
import { replacementIdOf } from "../../src/trading/domain/order/client-order-id.ts"
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
  /** Pause before a cancel is repeated whose outcome is not known. */
  readonly cancelAgainMs: number
  readonly noteReplacement: (replacementId: string, clientOrderId: string) => void
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
      message: `The venue rejects the API keys (${message}): trading has stopped; put working keys in place, then start tickd again.`
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
      const reply = yield* answered("cancel", venue.cancel(brokerOrderId))
      if (Result.isSuccess(reply)) return tell({ type: "CANCEL_TAKEN" })
      const { reason } = reply.failure
      if (reason._tag === "VenueRefused") {
        entry.cancelWanted = false
        events.publish({ type: "cancelRefused", order: entry.order, message: sentenceOf(reason) })
        return tell({ type: "CANCEL_REFUSED" })
      }
      // A cancel may be repeated, so an unknown outcome is one that did nothing.
      const retryAfterMs = reason._tag === "VenueRateLimited" ? reason.retryAfterMs : options.cancelAgainMs
      tell({ type: "RATE_LIMITED", retryAfterMs })
    })

    const replaceRefused = (message: string) => {
      entry.change = undefined
      events.publish({ type: "replaceRefused", order: entry.order, message })
    }
    const replace = Effect.gen(function* () {
      const { change, order } = entry
      if (order.brokerOrderId === undefined || change === undefined) return tell({ type: "REPLACE_REFUSED" })
      // The same number after an unknown outcome: the venue takes it once.
      const replacementId = replacementIdOf(clientOrderId, order.legs.size)
      options.noteReplacement(replacementId, clientOrderId)
      const reply = yield* answered("replace", venue.replace(order.brokerOrderId, replacementId, change))
      if (Result.isSuccess(reply)) {
        yield* bookShown(reply.success)
        entry.change = undefined
        return tell({ type: "REPLACE_TAKEN" })
      }
      const { reason } = reply.failure
      if (reason._tag === "VenueOutcomeUnknown") {
        entry.change = undefined
        return tell({ type: "OUTCOME_UNKNOWN" })
      }
      replaceRefused(sentenceOf(reason))
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
        Effect.sync(() =>
          replaceRefused(`the order is ${isTerminal(entry.order.status) ? "at its end" : entry.state}`)
        ),
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
