import type { SessionEvent } from "../../machines/market/session-events.ts"
import type { Subscriptions } from "../../src/market/application/subscriptions/subscriptions.ts"
import type { FrontEvent } from "../../src/market/ports/market-front.ts"

/** The session machine's event for an event of the front, after the subscriptions processed it; undefined: none. */
export const toSessionEvent = (event: FrontEvent, subscriptions: Subscriptions): SessionEvent | undefined => {
  const answeredAll = subscriptions.heard(event)
  switch (event.type) {
    case "connected":
      return { type: "FRONT_CONNECTED" }
    case "disconnected":
      return { type: "FRONT_DISCONNECTED", reason: event.reason }
    case "loggedIn":
      return { type: "LOGGED_IN", tradingDay: event.tradingDay }
    case "loginRefused":
      return { type: "LOGIN_REFUSED", errorId: event.errorId, message: event.message }
    case "loggedOut":
      return { type: "LOGGED_OUT" }
    case "notSent":
      // A delayed unsubscription changes nothing for the session.
      return event.request === "unsubscribe"
        ? undefined
        : { type: "REQUEST_NOT_SENT", request: event.request, code: event.code }
    case "subscribed": {
      if (!answeredAll) return undefined
      const { acknowledged, wanted } = subscriptions.totals()
      return { type: "ALL_ACKNOWLEDGED", acknowledged, wanted }
    }
    case "ticksArrived":
      return { type: "TICKS_ARRIVED" }
    default:
      return undefined
  }
}
