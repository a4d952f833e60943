import { Clock, Effect, Option } from "effect"
import { decimalText } from "../../../../kernel/decimal.ts"
import { type InstantNs, instantText } from "../../../../kernel/time/utc-instant.ts"
import type { OrderRequest } from "../../../domain/order/order-request.ts"
import type { OrderChange, VenueOrder } from "../../../domain/order/venue-order.ts"
import type { FillPage, Venue, VenueError } from "../../../ports/venue.ts"
import type { AlpacaCounts } from "../counts.ts"
import type { AlpacaSettings } from "../settings.ts"
import { readAccount, readClock, readPosition } from "../wire/account.ts"
import { readFill } from "../wire/activity.ts"
import { readDay } from "../wire/calendar.ts"
import { readOrder } from "../wire/order.ts"
import { readEach } from "../wire/read.ts"
import { averageDailyVolume } from "./daily-volume.ts"
import { isNotFound, unknown } from "./outcome.ts"
import { ordersOf } from "./pages.ts"
import { readable, type Send } from "./rest-client.ts"

const fillsMax = 100

/** Everything as text: the venue reads texts and numbers, and a number would be a binary fraction on its way. */
const orderBody = (clientOrderId: string, request: OrderRequest) => ({
  symbol: request.symbol,
  qty: decimalText(request.quantity),
  side: request.side,
  type: request.type,
  time_in_force: request.timeInForce,
  limit_price: request.limitPrice && decimalText(request.limitPrice),
  stop_price: request.stopPrice && decimalText(request.stopPrice),
  client_order_id: clientOrderId
})

const changeBody = (clientOrderId: string, change: OrderChange) => ({
  qty: change.quantity && decimalText(change.quantity),
  limit_price: change.limitPrice && decimalText(change.limitPrice),
  stop_price: change.stopPrice && decimalText(change.stopPrice),
  time_in_force: change.timeInForce,
  client_order_id: clientOrderId
})

/**
 * The instant before, as text: the venue's `after` is exclusive, and it may keep fewer places than nanoseconds have.
 * Not before 1970: RFC 3339 as the venue reads it has no sign.
 */
const justBefore = (instant: InstantNs): string => instantText(instant > 1_000_000n ? instant - 1_000_000n : 0n)

/** An answer that shows another order than the one that was asked for says nothing about this one. */
const ours = (order: VenueOrder, clientOrderId: string, what: string): Effect.Effect<VenueOrder, VenueError> =>
  order.clientOrderId === clientOrderId
    ? Effect.succeed(order)
    : Effect.fail(unknown(`the answer to ${what} shows the order ${order.clientOrderId.slice(0, 128)}`))

/** The requests of the port `Venue`, each one sent once. */
export const makeRequests = (
  send: Send,
  settings: AlpacaSettings,
  counts: AlpacaCounts
): Omit<Venue["Service"], "updates"> => {
  const { trading } = settings.urls
  const orders = `${trading}/v2/orders`
  const order = (text: string) => readable(readOrder(text), counts)
  const orNone = (asked: Effect.Effect<VenueOrder, VenueError>) =>
    asked.pipe(
      Effect.map(Option.some),
      Effect.catchIf(isNotFound, () => Effect.succeed(Option.none<VenueOrder>()))
    )
  const get = (path: string, query?: Readonly<Record<string, string | undefined>>) =>
    send({ method: "GET", url: `${trading}${path}`, ...(query === undefined ? {} : { query }) })

  return {
    submit: Effect.fnUntraced(function* (clientOrderId, request) {
      const text = yield* send({ method: "POST", url: orders, body: orderBody(clientOrderId, request) })
      const placed = yield* ours(yield* order(text), clientOrderId, "the order")
      if (placed.symbol === request.symbol && placed.side === request.side) return placed
      return yield* unknown(`the answer shows a ${placed.side} of ${placed.symbol}`)
    }),
    cancel: (brokerOrderId) =>
      Effect.asVoid(send({ method: "DELETE", url: `${orders}/${encodeURIComponent(brokerOrderId)}` })),
    replace: Effect.fnUntraced(function* (brokerOrderId, clientOrderId, change) {
      const text = yield* send({
        method: "PATCH",
        url: `${orders}/${encodeURIComponent(brokerOrderId)}`,
        body: changeBody(clientOrderId, change)
      })
      const next = yield* ours(yield* order(text), clientOrderId, "the replacement")
      const { replaces } = next.snapshot
      if (replaces === undefined || replaces === brokerOrderId) return next
      return yield* unknown(`the answer shows a replacement of the order ${replaces}`)
    }),
    orderByClientId: (clientOrderId) =>
      get("/v2/orders:by_client_order_id", { client_order_id: clientOrderId }).pipe(
        Effect.flatMap(order),
        Effect.flatMap((found) => ours(found, clientOrderId, "the lookup")),
        orNone
      ),
    orderById: (brokerOrderId) =>
      get(`/v2/orders/${encodeURIComponent(brokerOrderId)}`, { nested: "false" }).pipe(
        Effect.flatMap(order),
        Effect.flatMap((found) =>
          found.snapshot.brokerOrderId === brokerOrderId
            ? Effect.succeed(found)
            : Effect.fail(unknown(`the answer shows the order ${found.snapshot.brokerOrderId}`))
        ),
        orNone
      ),
    openOrders: ordersOf(send, orders, { status: "open" }, counts),
    ordersSince: (since) => ordersOf(send, orders, { status: "all", after: justBefore(since) }, counts),
    fills: Effect.fnUntraced(function* (after, cursor): Effect.fn.Return<FillPage, VenueError> {
      const text = yield* get("/v2/account/activities/FILL", {
        after: justBefore(after),
        direction: "asc",
        page_size: String(fillsMax),
        page_token: cursor
      })
      const rows = yield* readable(readEach("fills", text, readFill), counts)
      const last = rows.length < fillsMax ? undefined : rows.at(-1)?.id
      if (last !== undefined && last === cursor) return yield* unknown("the pages of the fill ledger do not end")
      return { fills: rows.map(({ fact, raw, symbol }) => ({ fact, symbol, raw })), cursor: last }
    }),
    positions: get("/v2/positions").pipe(
      Effect.flatMap((text) => readable(readEach("positions", text, readPosition), counts))
    ),
    account: get("/v2/account").pipe(Effect.flatMap((text) => readable(readAccount(text), counts))),
    time: get("/v2/clock").pipe(Effect.flatMap((text) => readable(readClock(text), counts))),
    tradingDays: (from, to) =>
      get("/v2/calendar", { start: from, end: to, date_type: "TRADING" }).pipe(
        Effect.flatMap((text) => readable(readEach("calendar", text, readDay), counts)),
        Effect.map((days) => days.filter(({ day }) => day >= from && day <= to))
      ),
    averageDailyVolume: (symbol) =>
      Effect.flatMap(Clock.currentTimeMillis, (nowMs) => averageDailyVolume(send, settings, counts, symbol, nowMs))
  }
}
