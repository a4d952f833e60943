import { BigDecimal } from "effect"
import { type Decimal, parseDecimal } from "../../../kernel/decimal.ts"
import { accountView, calendarView, clockView, positionView } from "../core/account-views.ts"
import { listActivities } from "../core/activities.ts"
import { availableShares } from "../core/admit-order.ts"
import { floorTo } from "../core/amount.ts"
import { marketAsk } from "../core/operator-acts.ts"
import { cancelOrder, submitAsk } from "../core/order-requests.ts"
import { assetView } from "../core/paper-assets.ts"
import { orderView, type PaperOrder } from "../core/paper-order.ts"
import { forbidden, malformed, notFound, Refusal } from "../core/refusal.ts"
import { newYorkDate, nextDate } from "../core/venue-hours.ts"
import type { VenueState } from "../core/venue-state.ts"
import { type ApiAnswer, type ApiRequest, answerOf, jsonAnswer, refusalAnswer } from "./api-message.ts"
import { corporateActions } from "./corporate-actions.ts"
import { all, readInt, readTime, readWord } from "./query.ts"

const noPosition = notFound("position does not exist")

const closePosition = (state: VenueState, symbol: string, query: URLSearchParams): PaperOrder | Refusal => {
  const { quantity } = state.ledger.position(symbol)
  if (BigDecimal.isZero(quantity)) return noPosition
  const [qty, percentage] = [query.get("qty"), query.get("percentage")]
  if (qty !== null && percentage !== null) return malformed("only one of qty or percentage is accepted")
  const given = parseDecimal(qty ?? percentage ?? "100")
  if (given === undefined || !BigDecimal.isPositive(given)) return malformed("qty or percentage must be > 0")
  const whole = BigDecimal.abs(quantity)
  const share: Decimal =
    qty === null ? floorTo(BigDecimal.multiply(whole, BigDecimal.multiply(given, BigDecimal.make(1n, 2))), 9) : given
  const available = availableShares(state, symbol)
  if (BigDecimal.isGreaterThan(share, available)) return forbidden("insufficient qty available for order")
  return submitAsk(state, marketAsk(symbol, BigDecimal.isPositive(quantity) ? "sell" : "buy", share))
}

const closeAll = (state: VenueState, query: URLSearchParams): ApiAnswer => {
  if (query.get("cancel_orders") === "true") for (const { id } of state.orders.allOpen()) cancelOrder(state, id)
  return jsonAnswer(
    207,
    state.ledger.positions().map(([symbol]) => {
      const order = closePosition(state, symbol, new URLSearchParams())
      return order instanceof Refusal
        ? { symbol, status: 500, body: { code: order.code, message: order.message } }
        : { symbol, status: 200, body: orderView(order) }
    })
  )
}

const positionRoutes = (state: VenueState, { method, path, query }: ApiRequest): ApiAnswer | undefined => {
  if (path === "/v2/positions") {
    if (method === "DELETE") return closeAll(state, query)
    if (method !== "GET") return undefined
    return jsonAnswer(
      200,
      state.ledger.positions().map(([symbol, position]) => positionView(state, symbol, position))
    )
  }
  const name = /^\/v2\/positions\/([^/]+)$/.exec(path)?.[1]
  if (name === undefined) return undefined
  const asset = state.assets.find(decodeURIComponent(name))
  if (asset === undefined) return refusalAnswer(notFound(`symbol not found: ${decodeURIComponent(name)}`))
  if (method === "DELETE") return answerOf(closePosition(state, asset.symbol, query), orderView)
  const position = state.ledger.position(asset.symbol)
  if (BigDecimal.isZero(position.quantity)) return refusalAnswer(noPosition)
  return method === "GET" ? jsonAnswer(200, positionView(state, asset.symbol, position)) : undefined
}

const activities = (state: VenueState, query: URLSearchParams): ApiAnswer => {
  const read = all(
    readTime(query, "after"),
    readTime(query, "until"),
    readTime(query, "date"),
    readWord(query, "direction", ["desc", "asc"]),
    readInt(query, "page_size", 100, [1, 100])
  )
  if (read instanceof Refusal) return refusalAnswer(read)
  const [after, until, date, direction, pageSize] = read
  const day = 86_400_000_000_000n
  return answerOf(
    listActivities(state, {
      after: after ?? (date === undefined ? undefined : date - 1n),
      until: until ?? (date === undefined ? undefined : date + day),
      direction,
      pageSize,
      pageToken: query.get("page_token") ?? undefined,
      orderId: query.get("order_id") ?? undefined
    }),
    (rows) => rows
  )
}

const calendar = (state: VenueState, query: URLSearchParams): ApiAnswer => {
  const today = newYorkDate(state.clock)
  const form = /^\d{4}-\d\d-\d\d/
  const [start, end] = [query.get("start") ?? today, query.get("end") ?? nextDate(today, 30)]
  if (!form.test(start) || !form.test(end)) return refusalAnswer(malformed("start and end must be dates"))
  return jsonAnswer(200, calendarView(state, start.slice(0, 10), end.slice(0, 10)))
}

const announcements = (state: VenueState): ApiAnswer =>
  jsonAnswer(
    200,
    state.market.splits().map(({ at, id, newRate, oldRate, symbol }) => ({
      id,
      corporate_action_id: id,
      ca_type: "split",
      ca_sub_type: "stock_split",
      initiating_symbol: symbol,
      target_symbol: symbol,
      declaration_date: newYorkDate(at),
      ex_date: newYorkDate(at),
      record_date: newYorkDate(at),
      payable_date: newYorkDate(at),
      cash: "0",
      old_rate: String(oldRate),
      new_rate: String(newRate)
    }))
  )

/** Requests about account, positions, clock, calendar, assets and activities. */
export const accountRoutes = (state: VenueState, request: ApiRequest): ApiAnswer | undefined => {
  const { method, path, query } = request
  if (path.startsWith("/v2/positions")) return positionRoutes(state, request)
  if (method !== "GET") return undefined
  if (path === "/v2/account") return jsonAnswer(200, accountView(state))
  if (path === "/v2/clock") return jsonAnswer(200, clockView(state))
  if (path === "/v2/calendar") return calendar(state, query)
  if (path === "/v2/assets") return jsonAnswer(200, state.assets.all.map(assetView))
  if (path === "/v2/account/activities/FILL") return activities(state, query)
  if (path === "/v2/account/activities") {
    const types = query.get("activity_types") ?? "FILL"
    return types.split(",").includes("FILL") ? activities(state, query) : jsonAnswer(200, [])
  }
  if (path === "/v1/corporate-actions") return corporateActions(state, query)
  if (path === "/v2/corporate_actions/announcements") return announcements(state)
  const name = /^\/v2\/assets\/([^/]+)$/.exec(path)?.[1]
  if (name === undefined) return undefined
  return answerOf(state.assets.find(decodeURIComponent(name)) ?? notFound(`asset not found for ${name}`), assetView)
}
