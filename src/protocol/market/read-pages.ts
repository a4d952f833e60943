import { Effect } from "effect"
import { marketCommands } from "./commands.ts"
import { type ActiveReply, type ContractsReply, pageMax } from "./subscriptions.ts"

const symbolsOfPage = 20_000

type PagedCommand = (typeof marketCommands)["contracts" | "subscriptions"]

/** Asks the daemon for one page. */
export type AskPage<E, R> = <C extends PagedCommand>(
  entry: C,
  body: C["request"]["Type"]
) => Effect.Effect<C["reply"]["Type"], E, R>

/** The catalogue of the daemon as symbols (`rb2701.SHFE`), all pages. */
export const readCatalogue = Effect.fnUntraced(function* <E, R>(ask: AskPage<E, R>) {
  const symbols: Array<string> = []
  let cursor: string | undefined
  do {
    const body = { limit: symbolsOfPage, ...(cursor !== undefined && { cursor }) }
    const reply: ContractsReply = yield* ask(marketCommands.contracts, body)
    symbols.push(...reply.symbols)
    cursor = reply.next_cursor ?? undefined
  } while (cursor !== undefined)
  return symbols
})

/** Every subscription of the daemon on all feeds, its setting of market hours, and which feeds are late. */
export const readSubscriptions = Effect.fnUntraced(function* <E, R>(ask: AskPage<E, R>) {
  const subscriptions: Array<Exclude<ActiveReply["subscriptions"][number], string>> = []
  let marketHours: "always" | "calendar" = "calendar"
  let lateMs: Readonly<Record<string, number>> = {}
  let cursor: string | undefined
  do {
    const body = { limit: pageMax, ...(cursor !== undefined && { cursor }) }
    const reply: ActiveReply = yield* ask(marketCommands.subscriptions, body)
    for (const record of reply.subscriptions) if (typeof record !== "string") subscriptions.push(record)
    marketHours = reply.market_hours
    lateMs = reply.late_ms ?? {}
    cursor = reply.next_cursor ?? undefined
  } while (cursor !== undefined)
  return { subscriptions, marketHours, lateMs }
})
