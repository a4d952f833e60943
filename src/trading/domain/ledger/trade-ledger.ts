import { BigDecimal } from "effect"
import { type Decimal, decimalText } from "../../../kernel/decimal.ts"
import { isTerminal, type OrderStatus } from "../order/order-words.ts"

/** What the book says in sums. Quantities in shares; sells count as negative. */
export interface LedgerInput {
  readonly intents: number
  readonly orders: ReadonlyMap<OrderStatus, number>
  readonly symbols: ReadonlyMap<
    string,
    { readonly filled: Decimal; readonly adjusted: Decimal; readonly position: Decimal }
  >
}

/** The ledger of trading. `balanced`: intents = refused + terminal + working + unconfirmed. */
export interface TradeLedger {
  readonly intents: number
  /** Refused by the venue. */
  readonly refused: number
  readonly terminal: number
  readonly working: number
  /** Stored or sent, and the venue has confirmed nothing yet. */
  readonly unconfirmed: number
  readonly balanced: boolean
  readonly symbols: ReadonlyArray<SymbolLedger>
}

/** `balanced`: filled = position − adjusted. */
export interface SymbolLedger {
  readonly symbol: string
  readonly filled: Decimal
  readonly adjusted: Decimal
  readonly position: Decimal
  readonly balanced: boolean
}

const unconfirmed: ReadonlySet<OrderStatus> = new Set(["pending_new", "submitted", "submitted_unconfirmed"])

const columnOf = (status: OrderStatus): "refused" | "terminal" | "working" | "unconfirmed" => {
  if (status === "rejected") return "refused"
  if (isTerminal(status)) return "terminal"
  return unconfirmed.has(status) ? "unconfirmed" : "working"
}

export const ledgerOf = ({ intents, orders, symbols }: LedgerInput): TradeLedger => {
  const columns = { refused: 0, terminal: 0, working: 0, unconfirmed: 0 }
  for (const [status, count] of orders) columns[columnOf(status)] += count
  const { refused, terminal, working } = columns
  return {
    intents,
    ...columns,
    balanced: intents === refused + terminal + working + columns.unconfirmed,
    symbols: [...symbols]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([symbol, { adjusted, filled, position }]) => ({
        symbol,
        filled,
        adjusted,
        position,
        balanced: BigDecimal.equals(filled, BigDecimal.subtract(position, adjusted))
      }))
  }
}

/** One order as the book or the venue has it; a replaced leg is one of its own. */
export interface LedgerOrder {
  readonly brokerOrderId: string
  readonly clientOrderId: string
  readonly status: string
  readonly filled: Decimal
}

/** The venue's own record, complete. `filled`: signed sums of its fill ledger by symbol. */
export interface VenueRecord {
  readonly orders: ReadonlyArray<LedgerOrder>
  readonly filled: ReadonlyMap<string, Decimal>
  readonly positions: ReadonlyMap<string, Decimal>
}

/** Statuses that mean the same for a ledger: the order is at its end, or it is not. */
const ended: ReadonlySet<string> = new Set(["filled", "canceled", "expired", "rejected", "replaced"])
const agrees = (book: string, venue: string): boolean => book === venue || (!ended.has(book) && !ended.has(venue))

const same = (one: Decimal | undefined, other: Decimal | undefined): boolean =>
  one === undefined || other === undefined
    ? (one === undefined || BigDecimal.isZero(one)) && (other === undefined || BigDecimal.isZero(other))
    : BigDecimal.equals(one, other)
const shown = (value: Decimal | undefined): string => (value === undefined ? "0" : decimalText(value))

/** Every difference between the book and the venue's record, one sentence each; empty: they agree. */
export const differencesOf = (
  { symbols }: TradeLedger,
  book: ReadonlyArray<LedgerOrder>,
  venue: VenueRecord
): ReadonlyArray<string> => {
  const differences: Array<string> = []
  const ours = new Map(book.map((order) => [order.brokerOrderId, order]))
  const byClientId = new Map<string, number>()
  for (const order of venue.orders) {
    byClientId.set(order.clientOrderId, (byClientId.get(order.clientOrderId) ?? 0) + 1)
    const own = ours.get(order.brokerOrderId)
    if (own === undefined) {
      differences.push(`order ${order.brokerOrderId} (${order.clientOrderId}) is at the venue and not in the book`)
      continue
    }
    ours.delete(order.brokerOrderId)
    if (!agrees(own.status, order.status)) {
      differences.push(`order ${order.clientOrderId}: ${own.status} in the book, ${order.status} at the venue`)
    }
    if (!same(own.filled, order.filled)) {
      const filled = `filled ${shown(own.filled)} in the book, ${shown(order.filled)} at the venue`
      differences.push(`order ${order.clientOrderId}: ${filled}`)
    }
  }
  for (const order of ours.values()) {
    differences.push(`order ${order.brokerOrderId} (${order.clientOrderId}) is in the book and not at the venue`)
  }
  for (const [id, count] of byClientId) {
    if (count > 1) differences.push(`client order id ${id} has ${count} orders at the venue`)
  }
  const known = new Map(symbols.map((one) => [one.symbol, one]))
  for (const symbol of new Set([...known.keys(), ...venue.positions.keys(), ...venue.filled.keys()])) {
    const own = known.get(symbol)
    const [filled, position] = [venue.filled.get(symbol), venue.positions.get(symbol)]
    if (!same(own?.filled, filled)) {
      differences.push(`${symbol}: executions sum to ${shown(own?.filled)} in the book, ${shown(filled)} at the venue`)
    }
    if (!same(own?.position, position)) {
      differences.push(`${symbol}: position ${shown(own?.position)} in the book, ${shown(position)} at the venue`)
    }
  }
  return differences
}
