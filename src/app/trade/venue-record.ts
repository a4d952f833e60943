import { BigDecimal, Effect } from "effect"
import { type Decimal, parseDecimal, zero } from "../../kernel/decimal.ts"
import { errorText } from "../../kernel/error-text.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import type { LedgerOrder, VenueRecord } from "../../trading/domain/ledger/trade-ledger.ts"

const pageSize = 500
const fillsPageSize = 100
const timeoutMs = 10_000

type Json = Readonly<Record<string, unknown>>

const decimalOf = (value: unknown): Decimal => {
  const number = parseDecimal(String(value))
  if (number === undefined) throw new Error(`the venue sent ${JSON.stringify(value)} for a number`)
  return number
}

/**
 * The venue's own record, read over REST by these few lines: with the daemon's adapter a fault of the adapter would be
 * on both sides of the comparison.
 */
export const readVenueRecord = (url: string, keys: { readonly id: string; readonly secret: string }) => {
  const headers = { "APCA-API-KEY-ID": keys.id, "APCA-API-SECRET-KEY": keys.secret }
  const get = async (path: string): Promise<ReadonlyArray<Json>> => {
    const response = await fetch(`${url}${path}`, { headers, signal: AbortSignal.timeout(timeoutMs) })
    if (!response.ok) throw new Error(`GET ${path} gives ${response.status}`)
    return (await response.json()) as ReadonlyArray<Json>
  }

  const orders = async () => {
    const found: Array<LedgerOrder> = []
    for (let after = ""; ; ) {
      const page = await get(`/v2/orders?status=all&direction=asc&nested=false&limit=${pageSize}${after}`)
      for (const { client_order_id, filled_qty, id, status } of page) {
        const ids = { brokerOrderId: String(id), clientOrderId: String(client_order_id) }
        found.push({ ...ids, status: String(status), filled: decimalOf(filled_qty) })
      }
      if (page.length < pageSize) return found
      after = `&after_order_id=${String(page.at(-1)?.["id"])}`
    }
  }

  const filled = async () => {
    const sums = new Map<string, Decimal>()
    for (let token = ""; ; ) {
      const page = await get(`/v2/account/activities/FILL?direction=asc&page_size=${fillsPageSize}${token}`)
      for (const { qty, side, symbol } of page) {
        const quantity = side === "buy" ? decimalOf(qty) : BigDecimal.negate(decimalOf(qty))
        sums.set(String(symbol), BigDecimal.sum(sums.get(String(symbol)) ?? zero, quantity))
      }
      if (page.length < fillsPageSize) return sums
      token = `&page_token=${encodeURIComponent(String(page.at(-1)?.["id"]))}`
    }
  }

  const positions = async () =>
    new Map((await get("/v2/positions")).map(({ qty, symbol }) => [String(symbol), decimalOf(qty)]))

  return Effect.tryPromise({
    try: async (): Promise<VenueRecord> => ({
      orders: await orders(),
      filled: await filled(),
      positions: await positions()
    }),
    catch: (cause) =>
      new UserError({
        code: "VENUE_RECORD_UNREADABLE",
        exitCode: exitCodes.checkFailed,
        message: `The venue's own record cannot be read, so nothing was compared: ${errorText(cause)}.`
      })
  })
}
