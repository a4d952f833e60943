import { Layer } from "effect"
import { errorText } from "../../kernel/error-text.ts"
import { type TradeEvent, TradeEvents } from "../ports/trade-events.ts"

/** The event bus in memory. A listener that throws is counted, and the others still hear the event. */
export const layer = Layer.sync(TradeEvents, () => {
  const listeners = new Set<(event: TradeEvent) => void>()
  const failures = { count: 0, last: "" }
  return TradeEvents.of({
    publish: (event) => {
      for (const listener of listeners) {
        try {
          listener(event)
        } catch (error) {
          failures.count++
          failures.last = `${event.type}: ${errorText(error)}`
        }
      }
    },
    failures: () => failures,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    }
  })
})
