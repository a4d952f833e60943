import type { FrontEvent } from "../../ports/market-front.ts"
import type { ControlEvent } from "./ring-layout.ts"

/** State of the link between two control events. */
export interface LinkMemory {
  connected: boolean
  apiVersion: string
  /** yyyymmdd of the last login before the ticks that are read now; 0 before the first. */
  loginTradingDay: number
  /** A tick has arrived since the last login. */
  ticking: boolean
}

/** A control event of the ring as an event of the port; undefined for one that only the log needs. */
export const toFrontEvent = (event: ControlEvent, memory: LinkMemory): FrontEvent | undefined => {
  switch (event.kind) {
    case "ready":
      memory.connected = false
      memory.apiVersion = event.apiVersion
      return { type: "ready", apiVersion: event.apiVersion }
    case "connected":
      memory.connected = true
      return { type: "connected" }
    case "disconnected":
      memory.connected = false
      memory.ticking = false
      return { type: "disconnected", reason: event.reason }
    case "heartbeatWarning":
      return { type: "heartbeatWarning", lapseSeconds: event.lapseSeconds }
    case "login": {
      memory.ticking = false
      if (event.errorId !== 0) return { type: "loginRefused", errorId: event.errorId, message: event.message }
      return { type: "loggedIn", tradingDay: event.tradingDay, systemName: event.systemName }
    }
    case "subscribed":
    case "unsubscribed": {
      const { instrumentId, errorId, message } = event
      return { type: event.kind, instrumentId, errorId, message }
    }
    case "returned":
      // 0 means sent. A logout without a connection changes nothing for the session.
      return event.code !== 0 && event.method !== "logout"
        ? { type: "notSent", request: event.method, code: event.code }
        : undefined
    case "logout":
      return { type: "loggedOut" }
    case "error":
      return { type: "error", errorId: event.errorId, message: event.message }
    default:
      return undefined
  }
}

/** Applies an event to the ticks behind it, once those before it have been accepted. */
export const noteReached = (event: ControlEvent, memory: LinkMemory): void => {
  if (event.kind !== "login" || event.errorId !== 0) return
  const day = Number(event.tradingDay)
  if (Number.isInteger(day)) memory.loginTradingDay = day
}
