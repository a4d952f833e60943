import { Effect } from "effect"
import { marketCommands } from "../../protocol/market/commands.ts"
import { type ActiveReply, type ContractsReply, pageMax } from "../../protocol/market/subscriptions.ts"
import { DaemonClient } from "../daemon-client.ts"

const symbolsOfPage = 20_000

/** The catalogue of the daemon as symbols (`rb2701.SHFE`), all pages. */
export const askCatalogue = Effect.fnUntraced(function* (timeoutMs: number) {
  const client = yield* DaemonClient
  const symbols: Array<string> = []
  let cursor: string | undefined
  do {
    const body = { limit: symbolsOfPage, ...(cursor !== undefined && { cursor }) }
    const reply: ContractsReply = yield* client.ask(marketCommands.contracts, body, timeoutMs)
    symbols.push(...reply.symbols)
    cursor = reply.next_cursor ?? undefined
  } while (cursor !== undefined)
  return symbols
})

/** Every subscription of the daemon on all feeds, its setting of market hours, and which feeds are late. */
export const askActive = Effect.fnUntraced(function* (timeoutMs: number) {
  const client = yield* DaemonClient
  const subscriptions: Array<Exclude<ActiveReply["subscriptions"][number], string>> = []
  let marketHours: "always" | "calendar" = "calendar"
  let lateMs: Readonly<Record<string, number>> = {}
  let cursor: string | undefined
  do {
    const body = { limit: pageMax, ...(cursor !== undefined && { cursor }) }
    const reply: ActiveReply = yield* client.ask(marketCommands.subscriptions, body, timeoutMs)
    for (const record of reply.subscriptions) if (typeof record !== "string") subscriptions.push(record)
    marketHours = reply.market_hours
    lateMs = reply.late_ms ?? {}
    cursor = reply.next_cursor ?? undefined
  } while (cursor !== undefined)
  return { subscriptions, marketHours, lateMs }
})
