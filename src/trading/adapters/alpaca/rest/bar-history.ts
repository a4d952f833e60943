import { BigDecimal, Effect, Layer, Schema } from "effect"
import { HttpClient } from "effect/http/HttpClient"
import { newYorkInstant, newYorkOffsetMs } from "../../../../kernel/calendar/new-york.ts"
import type { Decimal } from "../../../../kernel/decimal.ts"
import { instantOfMs, instantText } from "../../../../kernel/time/utc-instant.ts"
import { BarHistory, HistoryError, type HistoryPage } from "../../../ports/bar-history.ts"
import type { VenueError } from "../../../ports/venue.ts"
import { AlpacaCounts } from "../counts.ts"
import { type AlpacaSettings, alpacaUrls } from "../settings.ts"
import { Instant, Money, maybe, Unreadable } from "../wire/fields.ts"
import { readerOf } from "../wire/read.ts"
import { makeSend, readable } from "./rest-client.ts"

const dayMs = 86_400_000
/** The most that Alpaca gives. */
const barsOfPage = 10_000

const WireBar = Schema.Struct({ t: Instant, o: Money, h: Money, l: Money, c: Money, v: Money, vw: maybe(Money) })
const WirePage = Schema.Struct({
  bars: Schema.NullOr(Schema.Record(Schema.String, Schema.Array(WireBar))),
  next_page_token: maybe(Schema.String)
})
const readWirePage = readerOf("bars", WirePage)

const numberOf = (value: Decimal | null | undefined): number =>
  value === null || value === undefined ? Number.NaN : BigDecimal.toNumberUnsafe(value)

/** Daily bars are stamped with midnight in New York; shorter ones of a day cannot be kept by date. */
const newYorkDate = (at: bigint): string => {
  const utcMs = Number(at / 1_000_000n)
  return new Date(utcMs - newYorkOffsetMs(utcMs)).toISOString().slice(0, 10)
}

/** One page of one symbol. */
export const readHistoryPage = (text: string, symbol: string): HistoryPage | Unreadable => {
  const page = readWirePage(text)
  if (page instanceof Unreadable) return page
  const rows = page.bars !== null && Object.hasOwn(page.bars, symbol) ? (page.bars[symbol] ?? []) : []
  const dates = rows.map(({ t }) => newYorkDate(t))
  const disorder = dates.findIndex((day, at) => at > 0 && day <= (dates[at - 1] as string))
  if (disorder > 0) return new Unreadable(`bars: ${dates[disorder]} after ${dates[disorder - 1]}`)
  const column = (field: "o" | "h" | "l" | "c" | "v" | "vw") => Float64Array.from(rows, (row) => numberOf(row[field]))
  const token = page.next_page_token ?? ""
  return {
    bars: {
      dates,
      open: column("o"),
      high: column("h"),
      low: column("l"),
      close: column("c"),
      volume: column("v"),
      vwap: column("vw")
    },
    next: token === "" ? undefined : token
  }
}

const midnight = (day: string): number => newYorkInstant(Date.parse(`${day}T00:00:00Z`), 0)

const historyError = ({ reason }: VenueError): HistoryError => {
  switch (reason._tag) {
    case "VenueRefused":
      return new HistoryError({
        message: `refused: ${reason.message} (HTTP ${reason.status})`,
        passes: false,
        retryAfterMs: 0
      })
    case "VenueUnauthorized":
      return new HistoryError({ message: "the keys were refused", passes: false, retryAfterMs: 0 })
    case "VenueRateLimited":
      return new HistoryError({
        message: "the rate limit was reached again and again",
        passes: true,
        retryAfterMs: Math.max(0, reason.retryAfterMs)
      })
    case "VenueOutcomeUnknown":
      return new HistoryError({ message: reason.cause, passes: true, retryAfterMs: 0 })
  }
}

/** History of Alpaca's market data. Any other host is a simulation, and its prices are generated. */
export const layer = (
  settings: AlpacaSettings,
  counts: AlpacaCounts = new AlpacaCounts(),
  pageLimit = barsOfPage
): Layer.Layer<BarHistory, never, HttpClient> =>
  Layer.effect(
    BarHistory,
    Effect.gen(function* () {
      const send = makeSend(yield* HttpClient, settings, counts)
      const isReal = settings.urls.data === alpacaUrls.live.data
      return BarHistory.of({
        market: isReal ? "real" : "synthetic",
        source: isReal ? `alpaca ${settings.barsFeed}` : "simulated venue",
        page: Effect.fnUntraced(function* ({ adjustment, from, symbol, timeframe, to }, token) {
          const text = yield* send({
            method: "GET",
            url: `${settings.urls.data}/v2/stocks/bars`,
            query: {
              symbols: symbol,
              timeframe,
              start: instantText(instantOfMs(midnight(from))),
              end: instantText(instantOfMs(midnight(to) + dayMs) - 1n),
              limit: String(pageLimit),
              adjustment,
              feed: settings.barsFeed,
              sort: "asc",
              page_token: token
            }
          })
          return yield* readable(readHistoryPage(text, symbol), counts)
        }, Effect.mapError(historyError))
      })
    })
  )
