import { BigDecimal } from "effect"
import { type Decimal, zero } from "../../../kernel/decimal.ts"
import type { InstantNs } from "../../../kernel/time/utc-instant.ts"
import { isFinal, type PaperOrder } from "./paper-order.ts"
import { malformed, notFound, type Refusal } from "./refusal.ts"

interface OrderQuery {
  readonly status: "open" | "closed" | "all"
  readonly limit: number
  readonly direction: "asc" | "desc"
  readonly after?: InstantNs | undefined
  readonly until?: InstantNs | undefined
  readonly afterOrderId?: string | undefined
  readonly beforeOrderId?: string | undefined
  readonly symbols?: ReadonlySet<string> | undefined
  readonly side?: string | undefined
}

/** All orders of the venue. */
export interface OrderRecords {
  readonly add: (order: PaperOrder) => void
  /** Called when an order has ended: it holds nothing and is not matched again. */
  readonly close: (order: PaperOrder) => void
  readonly find: (id: string) => PaperOrder | undefined
  readonly findClientId: (clientOrderId: string) => PaperOrder | undefined
  /** Orders of a symbol that have not ended, in the sequence of their submission. */
  readonly open: (symbol: string) => ReadonlyArray<PaperOrder>
  readonly all: () => ReadonlyArray<PaperOrder>
  readonly allOpen: () => ReadonlyArray<PaperOrder>
  readonly openSymbols: () => ReadonlyArray<string>
  readonly count: () => number
  readonly list: (query: OrderQuery) => ReadonlyArray<PaperOrder> | Refusal
  readonly reserve: (order: PaperOrder, amount: Decimal) => void
  readonly reserved: () => Decimal
}

export const makeOrderRecords = (): OrderRecords => {
  const all: Array<PaperOrder> = []
  const byId = new Map<string, PaperOrder>()
  const byClientId = new Map<string, PaperOrder>()
  const open = new Map<string, Set<PaperOrder>>()
  let reserved = zero
  const reserve = (order: PaperOrder, amount: Decimal) => {
    reserved = BigDecimal.sum(BigDecimal.subtract(reserved, order.reserved), amount)
    order.reserved = amount
  }
  const openOf = (symbol: string) => [...(open.get(symbol) ?? [])]

  const list = (query: OrderQuery): ReadonlyArray<PaperOrder> | Refusal => {
    const bounds = [query.afterOrderId, query.beforeOrderId].filter((id) => id !== undefined)
    if (bounds.length === 2) return malformed("after_order_id and before_order_id can not be used together")
    if (bounds.length > 0 && (query.after !== undefined || query.until !== undefined))
      return malformed("after_order_id and before_order_id can not be used with after or until")
    const bound = bounds[0] === undefined ? undefined : byId.get(bounds[0])
    if (bounds.length > 0 && bound === undefined) return notFound(`order not found for ${bounds[0]}`)
    const found: Array<PaperOrder> = []
    const ascending = query.direction === "asc"
    for (let n = 0; n < all.length && found.length < query.limit; n++) {
      const order = all[ascending ? n : all.length - 1 - n] as PaperOrder
      if (query.status !== "all" && isFinal(order) === (query.status === "open")) continue
      if (query.after !== undefined && order.submittedAt <= query.after) continue
      if (query.until !== undefined && order.submittedAt >= query.until) continue
      if (query.afterOrderId !== undefined && order.sequence <= (bound as PaperOrder).sequence) continue
      if (query.beforeOrderId !== undefined && order.sequence >= (bound as PaperOrder).sequence) continue
      if (query.symbols !== undefined && !query.symbols.has(order.ask.symbol)) continue
      if (query.side !== undefined && order.ask.side !== query.side) continue
      found.push(order)
    }
    return found
  }

  return {
    add: (order) => {
      all.push(order)
      byId.set(order.id, order)
      byClientId.set(order.clientOrderId, order)
      const set = open.get(order.ask.symbol) ?? new Set()
      open.set(order.ask.symbol, set.add(order))
    },
    close: (order) => {
      reserve(order, zero)
      const set = open.get(order.ask.symbol)
      set?.delete(order)
      if (set?.size === 0) open.delete(order.ask.symbol)
    },
    find: (id) => byId.get(id),
    findClientId: (id) => byClientId.get(id),
    open: openOf,
    all: () => all,
    allOpen: () => all.filter((order) => !isFinal(order)),
    openSymbols: () => [...open.keys()],
    count: () => all.length,
    list,
    reserve,
    reserved: () => reserved
  }
}
