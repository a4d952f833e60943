import type { AlpacaCounts } from "../counts.ts"
import type { Conversation, Loss } from "../link/keep-connected.ts"
import { type AlpacaKeys, readKeys } from "../settings.ts"
import { type DataMessage, readDataFrame } from "../wire/data-frame.ts"
import type { QuoteBoard } from "./quote-board.ts"

/** Codes after which the same request is refused again: wrong keys, a plan without this feed. */
const refused: ReadonlySet<number> = new Set([402, 408, 409, 410, 411])
const crowded = 406
const symbolLimit = 405
const alreadyAuthenticated = 403

/** The protocol of the data socket, version 2. */
export interface DataConversation extends Conversation {
  readonly subscribe: (symbols: ReadonlyArray<string>) => void
  readonly unsubscribe: (symbols: ReadonlyArray<string>) => void
  readonly holds: (symbol: string) => boolean
}

export const dataConversation = (
  send: (text: string) => void,
  board: QuoteBoard,
  keys: AlpacaKeys,
  counts: AlpacaCounts
): DataConversation => {
  let isReady = false
  let isAuthenticated = false
  let isNamed = false
  let held: ReadonlySet<string> = new Set()
  const holds = (symbol: string) => held.has(symbol) || held.has("*")
  const change = (action: "subscribe" | "unsubscribe", symbols: ReadonlyArray<string>) =>
    send(JSON.stringify({ action, quotes: symbols, statuses: symbols }))
  /** Also the question for a sign of life: the reply is the whole set. */
  const subscribeAll = () => {
    if (board.wanted.size === 0) return
    change("subscribe", [...board.wanted.keys()])
    const halted = board.halted()
    // The resumption may have come while the connection was lost: a trade shows it.
    if (halted.length > 0) send(JSON.stringify({ action: "subscribe", trades: halted }))
  }

  const failed = ({ code, message }: Extract<DataMessage, { type: "error" }>): Loss | undefined => {
    const cause = `the data venue says ${code}: ${message}`
    if (code === alreadyAuthenticated) return undefined
    if (code === symbolLimit) {
      // What was subscribed before stays; symbols without quotes are asked for over REST.
      counts.notSubscribed++
      isReady = isAuthenticated
      return undefined
    }
    return { kind: refused.has(code) ? "refused" : code === crowded ? "crowded" : "lost", cause }
  }

  const handle = (message: DataMessage): Loss | undefined => {
    switch (message.type) {
      case "quote":
        board.fromSocket(message.quote)
        return undefined
      case "status":
        board.status(message.symbol, message.code, message.reason)
        return undefined
      case "trade":
        board.trade(message.symbol, message.at)
        return undefined
      case "success":
        if (message.message === "connected" && !isNamed) {
          isNamed = true
          const pair = readKeys(keys)
          if (typeof pair === "string") return { kind: "refused", cause: pair }
          send(JSON.stringify({ action: "auth", key: pair.id, secret: pair.secret }))
        } else if (message.message === "authenticated") {
          isAuthenticated = true
          subscribeAll()
        }
        return undefined
      case "subscription": {
        isReady = isAuthenticated
        held = new Set(message.quotes)
        counts.notSubscribed = [...board.wanted.keys()].filter((symbol) => !holds(symbol)).length
        return undefined
      }
      case "error":
        return failed(message)
      case "unknown":
        counts.unknown.data++
        return undefined
      case "unreadable":
        // A quote that is lost is replaced by the next one.
        counts.unreadable.data++
        return undefined
    }
  }

  return {
    opened: () => undefined,
    received: (text) => {
      for (const message of readDataFrame(text)) {
        const loss = handle(message)
        if (loss !== undefined) return loss
      }
      return undefined
    },
    tick: () => undefined,
    probe: subscribeAll,
    isReady: () => isReady,
    holds,
    subscribe: (symbols) => {
      if (isAuthenticated) change("subscribe", symbols)
    },
    unsubscribe: (symbols) => {
      if (isAuthenticated) change("unsubscribe", symbols)
    }
  }
}
