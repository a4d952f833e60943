import type { Instrument } from "../domain/instrument.ts"
import type { TradingSessions } from "../domain/trading-sessions.ts"
import type { MarketHours } from "../ports/outbound/market-hours.ts"

type Listed = Pick<Instrument, "exchange" | "product">

/** The longest night and the longest day of the exchanges: what stands in when no wanted instrument is known. */
const widest: ReadonlyArray<Listed> = [
  { exchange: "SHFE", product: "au" },
  { exchange: "CFFEX", product: "T" }
]

/** The hours of the market that these instruments make up together: it trades while any of them does. */
export const calendarMarketHours = (sessions: TradingSessions, instruments: ReadonlyArray<Listed>): MarketHours => {
  const listed = instruments.length === 0 ? widest : instruments
  const byProduct = new Map(
    listed.map(({ exchange, product }) => [`${exchange} ${product}`, sessions.of(exchange, product)])
  )
  const products = [...byProduct.values()]
  return {
    phaseAt: (atMs) => sessions.marketAt(products, atMs).phase,
    nextChangeMs: (afterMs) => sessions.marketAt(products, afterMs).untilMs,
    certainAt: (atMs) => products.every((product) => !product.beyondCalendar(atMs))
  }
}
