import { historyOf, readFrame, startOfToday } from "../core/history.ts"
import { intradayBar, lastMinuteMs, lastTraded, quoteRow, snapshotOf, tradeRow } from "../core/market-rows.ts"
import { malformed, notFound, Refusal } from "../core/refusal.ts"
import type { VenueState } from "../core/venue-state.ts"
import { type ApiAnswer, type ApiRequest, jsonAnswer, refusalAnswer } from "./api-message.ts"
import { all, readInt, readList, readTime, readWord } from "./query.ts"

const recentNs = 15n * 60n * 1_000_000_000n
const earliest = 1_167_609_600_000_000_000n

const symbolsOf = (state: VenueState, given: ReadonlyArray<string> | undefined): ReadonlyArray<string> | Refusal => {
  if (given === undefined) return malformed("symbols is required")
  // A symbol that does not exist has no rows: no error, as on the real host.
  return given.filter((symbol) => state.assets.find(symbol)?.symbol === symbol)
}

const latest = {
  quotes: (state: VenueState, symbol: string) => quoteRow(state, symbol, lastTraded(state)),
  trades: (state: VenueState, symbol: string) => tradeRow(state, symbol, lastTraded(state)),
  bars: (state: VenueState, symbol: string) => intradayBar(state, symbol, lastMinuteMs(state), 60_000)
}
type Kind = keyof typeof latest

const history = (
  state: VenueState,
  kind: Kind,
  query: URLSearchParams,
  symbols: ReadonlyArray<string>,
  one: boolean
) => {
  const read = all(
    readTime(query, "start"),
    readTime(query, "end"),
    readInt(query, "limit", 1000, [1, 10_000]),
    readWord(query, "sort", ["asc", "desc"]),
    readWord(query, "adjustment", ["raw", "split", "dividend", "spin-off", "all"]),
    readWord(query, "feed", ["", "sip", "iex", "otc", "boats"])
  )
  if (read instanceof Refusal) return refusalAnswer(read)
  const [given, until, limit, sort, adjustment, feed] = read
  const end = until ?? state.clock
  if (feed === "sip" && end > state.clock - recentNs)
    return refusalAnswer(new Refusal(403, 42210000, "subscription does not permit querying recent SIP data"))
  const frame = kind === "bars" ? readFrame(query.get("timeframe") ?? "") : undefined
  if (frame instanceof Refusal) return refusalAnswer(frame)
  const start = given ?? startOfToday(state)
  const found = historyOf(
    state,
    {
      symbols,
      start: start < earliest ? earliest : start,
      end,
      limit,
      sort,
      pageToken: query.get("page_token") ?? undefined
    },
    frame === undefined
      ? { type: kind === "quotes" ? "quotes" : "trades" }
      : { type: "bars", frame, adjusted: adjustment === "split" || adjustment === "all" }
  )
  const [symbol] = symbols
  return jsonAnswer(
    200,
    one
      ? { [kind]: found.rows[symbol ?? ""] ?? null, symbol, next_page_token: found.token }
      : { [kind]: found.rows, next_page_token: found.token }
  )
}

/** Requests about one stock: `/v2/stocks/AAPL/…`. */
const single = (state: VenueState, symbol: string, rest: string, query: URLSearchParams): ApiAnswer | undefined => {
  if (state.assets.find(symbol)?.symbol !== symbol) return refusalAnswer(notFound(`symbol not found: ${symbol}`))
  if (rest === "snapshot") return jsonAnswer(200, { symbol, ...snapshotOf(state, symbol) })
  const kind = /^(quotes|trades|bars)(\/latest)?$/.exec(rest)
  if (kind === null) return undefined
  const name = kind[1] as Kind
  if (kind[2] === undefined) return history(state, name, query, [symbol], true)
  return jsonAnswer(200, { symbol, [name.slice(0, -1)]: latest[name](state, symbol) })
}

/** Requests of the data host, below `/v2/stocks`. */
export const dataRoutes = (state: VenueState, { method, path, query }: ApiRequest): ApiAnswer | undefined => {
  if (method !== "GET" || !path.startsWith("/v2/stocks/")) return undefined
  const rest = path.slice("/v2/stocks/".length)
  const many = /^(?:snapshots|(quotes|trades|bars)(\/latest)?)$/.exec(rest)
  if (many === null) {
    const one = /^([^/]+)\/(.+)$/.exec(rest)
    return one === null ? undefined : single(state, decodeURIComponent(one[1] as string), one[2] as string, query)
  }
  const symbols = symbolsOf(state, readList(query, "symbols"))
  if (symbols instanceof Refusal) return refusalAnswer(symbols)
  const kind = many[1] as Kind | undefined
  if (kind !== undefined && many[2] === undefined) return history(state, kind, query, symbols, false)
  const rows = Object.fromEntries(
    symbols.map((symbol) => [symbol, kind === undefined ? snapshotOf(state, symbol) : latest[kind](state, symbol)])
  )
  return jsonAnswer(200, kind === undefined ? rows : { [kind]: rows })
}
