import type { PhaseInterval, TradingSessions } from "../../../kernel/calendar/trading-sessions.ts"
import type { Instrument } from "../../../kernel/instrument/instrument.ts"
import type { MarketHours } from "../../ports/market-hours.ts"

type Listed = Pick<Instrument, "exchange" | "product">

/** The exchanges' longest night and day sessions, used while no wanted instrument is known. */
const widest: ReadonlyArray<Listed> = [
  { exchange: "SHFE", product: "au" },
  { exchange: "CFFEX", product: "T" }
]

/** Market hours of these instruments together: the market trades while any of them does. */
export const calendarMarketHours = (sessions: TradingSessions, instruments: ReadonlyArray<Listed>): MarketHours => {
  const listed = instruments.length === 0 ? widest : instruments
  const byProduct = new Map(
    listed.map(({ exchange, product }) => [`${exchange} ${product}`, sessions.of(exchange, product)])
  )
  const products = [...byProduct.values()]
  // The interval of the last answer, so that frequent calls cost two comparisons.
  let known: PhaseInterval = { phase: "closed", fromMs: 0, untilMs: 0 }
  const at = (atMs: number): PhaseInterval => {
    if (atMs < known.fromMs || atMs >= known.untilMs) known = sessions.marketAt(products, atMs)
    return known
  }
  return {
    phaseAt: (atMs) => at(atMs).phase,
    nextChangeMs: (afterMs) => at(afterMs).untilMs,
    certainAt: (atMs) => products.every((product) => !product.beyondCalendar(atMs))
  }
}
