import type { FrontEvent } from "../../ports/market-front.ts"
import type { ControlEvent } from "./ring-layout.ts"

/** What the daemon remembers of the link between two control events. */
export interface LinkMemory {
  connected: boolean
  apiVersion: string
  /** yyyymmdd of the last login answer in front of the ticks that are read now, 0 before one. */
  loginTradingDay: number
  /** A tick has come since the last login. */
  ticking: boolean
}

/** A control event of the ring as a fact of the port; `undefined` for what only a log line needs. */
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
      // 0 means sent; logging out when not connected changes nothing for the session.
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

/** What an event means for the ticks behind it, once those in front of it have been taken. */
export const noteReached = (event: ControlEvent, memory: LinkMemory): void => {
  if (event.kind !== "login" || event.errorId !== 0) return
  const day = Number(event.tradingDay)
  if (Number.isInteger(day)) memory.loginTradingDay = day
}
