import { type Decimal, parseDecimal } from "../../../../kernel/decimal.ts"
import { type InstantNs, parseInstant } from "../../../../kernel/time/utc-instant.ts"

/** One message of the data socket, read by hand: there are thousands a second, and a Schema costs ten times as much. */
export type DataMessage =
  | { readonly type: "success"; readonly message: string }
  | { readonly type: "error"; readonly code: number; readonly message: string }
  | { readonly type: "subscription"; readonly quotes: ReadonlyArray<string> }
  | { readonly type: "quote"; readonly quote: WireQuote }
  | { readonly type: "status"; readonly symbol: string; readonly code: string; readonly reason: string }
  | { readonly type: "trade"; readonly symbol: string; readonly at: InstantNs }
  | { readonly type: "unreadable" }
  | { readonly type: "unknown" }

/** Prices that are no decimal are `undefined`; 0 is a side that is missing. */
export interface WireQuote {
  readonly symbol: string
  readonly bid: Decimal | undefined
  readonly ask: Decimal | undefined
  readonly at: InstantNs | undefined
}

type Fields = Readonly<Record<string, unknown>>

/** The shortest text of a binary fraction is the text that was sent, up to 15 digits; no price has more. */
const decimalOf = (value: unknown): Decimal | undefined => {
  if (typeof value === "number") return Math.abs(value) < 1e9 ? parseDecimal(String(value)) : undefined
  return typeof value === "string" ? parseDecimal(value) : undefined
}

const instantOf = (value: unknown): InstantNs | undefined =>
  typeof value === "string" ? parseInstant(value) : undefined

const isSymbol = (value: unknown): value is string => typeof value === "string" && value !== "" && value.length <= 32

const unreadable = { type: "unreadable" } as const

export const quoteOf = (symbol: string, fields: Fields): WireQuote => ({
  symbol,
  bid: decimalOf(fields["bp"]),
  ask: decimalOf(fields["ap"]),
  at: instantOf(fields["t"])
})

const messageOf = (fields: Fields): DataMessage => {
  const { S: symbol, T: type, t } = fields
  switch (type) {
    case "q":
      return isSymbol(symbol) ? { type: "quote", quote: quoteOf(symbol, fields) } : unreadable
    case "s":
      return isSymbol(symbol) && typeof fields["sc"] === "string"
        ? {
            type: "status",
            symbol,
            code: fields["sc"],
            reason: String(fields["rm"] ?? fields["sm"] ?? "").slice(0, 80)
          }
        : unreadable
    case "t": {
      const at = instantOf(t)
      return isSymbol(symbol) && at !== undefined ? { type: "trade", symbol, at } : unreadable
    }
    case "success":
      return { type: "success", message: String(fields["msg"]) }
    case "error":
      return { type: "error", code: Number(fields["code"]), message: String(fields["msg"]).slice(0, 200) }
    case "subscription": {
      const { quotes } = fields
      return Array.isArray(quotes) && quotes.every(isSymbol) ? { type: "subscription", quotes } : unreadable
    }
    default:
      return typeof type === "string" ? { type: "unknown" } : unreadable
  }
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The messages of one frame: always an array on the wire. */
export const readDataFrame = (text: string): ReadonlyArray<DataMessage> => {
  let frame: unknown
  try {
    frame = JSON.parse(text)
  } catch {
    return [unreadable]
  }
  return Array.isArray(frame) ? frame.map((item) => (isFields(item) ? messageOf(item) : unreadable)) : [unreadable]
}

/** The reply of `/v2/stocks/quotes/latest`; `undefined` when it cannot be read. */
export const readLatestQuotes = (text: string): ReadonlyArray<WireQuote> | undefined => {
  try {
    const reply: unknown = JSON.parse(text)
    if (!isFields(reply) || !isFields(reply["quotes"])) return undefined
    return Object.entries(reply["quotes"]).map(([symbol, quote]) => quoteOf(symbol, isFields(quote) ? quote : {}))
  } catch {
    return undefined
  }
}
