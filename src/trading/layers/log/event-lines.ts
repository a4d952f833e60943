import { Effect, Layer } from "effect"
import { decimalText } from "../../../kernel/decimal.ts"
import type { LogLevel } from "../../../platform/log/log-record.ts"
import { type Order, refusedByVenue } from "../../domain/order/order.ts"
import { type TradeEvent, TradeEvents } from "../../ports/trade-events.ts"
import { TradeLog } from "../lowest.ts"

interface Line {
  readonly level: LogLevel
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>> & { readonly event: string }
}

const orderFields = ({ clientOrderId, request: { side, strategyId, symbol }, status }: Order) => ({
  client_order_id: clientOrderId,
  symbol,
  side,
  strategy: strategyId,
  status
})

const line = (
  level: LogLevel,
  event: string,
  message: string,
  fields: Readonly<Record<string, unknown>> = {}
): Line => ({ level, message, fields: { event, ...fields } })

/** What the log says of an event; undefined: nothing. */
const lineOf = (event: TradeEvent): Line | undefined => {
  switch (event.type) {
    case "orderChanged": {
      const { after, before } = event
      const { clientOrderId, filled, quantity, status } = after
      if (before.status === status && before.filled === filled) return undefined
      // Booked by the order itself, or by a reconciliation after a restart.
      if (status === "failed") {
        const text = `order ${clientOrderId} is not at the venue after its grace period: look it up there by this id`
        return line("ERROR", "order_lost", text, orderFields(after))
      }
      const done = `${decimalText(filled)} of ${decimalText(quantity)}`
      return line("INFO", "order_changed", `order ${clientOrderId} is ${status}, filled ${done}`, orderFields(after))
    }
    case "unauthorized":
      return line("ERROR", "venue_unauthorized", event.message)
    case "authorized":
      return line("INFO", "venue_authorized", "the venue takes the API keys again: trading goes on")
    case "venueTrouble":
      return line("WARNING", "venue_trouble", `the venue did not answer '${event.request}': ${event.message}`, {
        reason: event.request
      })
    case "orderRefused": {
      const { code, message, order } = event
      const what = refusedByVenue(order) ? "the venue refused order" : "nothing was sent of order"
      const text = `${what} ${order.clientOrderId}: ${code} ${message}`
      return line("WARNING", "order_refused", text, { ...orderFields(order), code })
    }
    case "orderLost":
      // The change to `failed` has its line.
      return undefined
    case "cancelRefused":
      return line("WARNING", "cancel_refused", `a cancel was refused: ${event.message}`, orderFields(event.order))
    case "replaceRefused":
      return line("WARNING", "replace_refused", `a change was refused: ${event.message}`, orderFields(event.order))
    case "storeTrouble":
      return line("ERROR", "store_trouble", `the book takes no facts, so entries are refused: ${event.message}`)
    case "storeBack":
      return line("INFO", "store_back", "the book takes facts again")
    case "factRefused":
      return line("ERROR", "fact_refused", `a fact of order ${event.clientOrderId} breaks a rule: ${event.message}`)
    case "actorCrashed":
      return line("ERROR", "order_actor_crashed", `order ${event.clientOrderId}: ${event.message}`)
    case "orphanFound":
      return line(
        "ERROR",
        "orphan_found",
        `order ${event.brokerOrderId} at the venue is not ours: ${event.symbol} takes no entries until it is released`,
        { symbol: event.symbol }
      )
    case "reconciled": {
      const { adjustments, differences, endedAtMs, orphans, startedAtMs, trigger, unexplained } = event.report
      const level = unexplained.length > 0 || orphans > 0 ? "ERROR" : "INFO"
      const found = Object.entries(differences).map(([name, count]) => `${count} ${name}`)
      const text = `book and venue compared (${trigger}): ${found.join(", ") || "no difference"}`
      return line(level, "reconciled", text, {
        reason: trigger,
        took_ms: endedAtMs - startedAtMs,
        adjustments,
        orphans,
        unexplained
      })
    }
    case "reconciliationFailed":
      return line("WARNING", "reconciliation_failed", event.message, { reason: event.trigger })
    case "safety": {
      const { by, details, reason, scope, type } = event.event
      const level = type === "reset" || type === "disengaged" || type === "initialised" ? "WARNING" : "ERROR"
      return line(level, `safety_${type}`, `${type} (${scope}) by ${by}: ${reason} ${details}`.trim(), { by })
    }
    case "armed":
      return line("WARNING", "armed", `live trading is armed for ${event.day} by ${event.by}: ${event.reason}`)
    case "disarmed":
      return line("WARNING", "disarmed", `live trading is disarmed by ${event.by}: ${event.reason}`)
    case "updatesListening":
      return line("INFO", "updates_listening", "the venue's updates are received")
    case "updatesLost":
      return line("WARNING", "updates_lost", `the venue's updates are not received: ${event.cause}`)
  }
}

/** Writes the events of the bus to the log. */
export const eventLinesLayer = Layer.effectDiscard(
  Effect.gen(function* () {
    const [events, log] = [yield* TradeEvents, yield* TradeLog]
    const unsubscribe = events.subscribe((event) => {
      const found = lineOf(event)
      if (found !== undefined) log.write(found.level, found.message, found.fields)
    })
    yield* Effect.addFinalizer(() => Effect.sync(unsubscribe))
  })
)
