import { exchanges } from "../instrument/exchange.ts"
import { parseInstrumentCode } from "../instrument/instrument-code.ts"
import type { ProductHours, TradingSessions } from "./trading-sessions.ts"

/** The hours of a symbol with its exchange (`rb2701.SHFE`); undefined: the product or the exchange is not known. */
export const hoursOfSymbol = (sessions: TradingSessions, symbol: string): ProductHours | undefined => {
  const dot = symbol.lastIndexOf(".")
  const exchange = exchanges.find((name) => name === symbol.slice(dot + 1))
  const product = parseInstrumentCode(symbol.slice(0, Math.max(dot, 0)))?.product
  if (exchange === undefined || exchange === "" || product === undefined) return undefined
  const hours = sessions.of(exchange, product)
  return hours.plan.assumed ? undefined : hours
}
