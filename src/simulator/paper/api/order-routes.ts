import { cancelOrder, replaceOrder, submitOrder } from "../core/order-requests.ts"
import { orderView } from "../core/paper-order.ts"
import { malformed, notFound, Refusal } from "../core/refusal.ts"
import type { VenueState } from "../core/venue-state.ts"
import {
  type ApiAnswer,
  type ApiRequest,
  answerOf,
  bodyJson,
  emptyAnswer,
  jsonAnswer,
  refusalAnswer
} from "./api-message.ts"
import { all, readInt, readList, readTime, readWord } from "./query.ts"

const unique = "client_order_id is required"
const pageMax = 500

const listOrders = (state: VenueState, query: URLSearchParams): ApiAnswer => {
  const read = all(
    readWord(query, "status", ["open", "closed", "all"]),
    readInt(query, "limit", 50, [1, pageMax]),
    readWord(query, "direction", ["desc", "asc"]),
    readTime(query, "after"),
    readTime(query, "until"),
    readWord(query, "side", ["", "buy", "sell"])
  )
  if (read instanceof Refusal) return refusalAnswer(read)
  const [status, limit, direction, after, until, side] = read
  const symbols = readList(query, "symbols")
  const classes = readList(query, "asset_class")
  if (classes !== undefined && !classes.includes("us_equity") && !classes.includes("all")) return jsonAnswer(200, [])
  const found = state.orders.list({
    status,
    limit,
    direction,
    after,
    until,
    afterOrderId: query.get("after_order_id") ?? undefined,
    beforeOrderId: query.get("before_order_id") ?? undefined,
    symbols: symbols === undefined ? undefined : new Set(symbols),
    side: side === "" ? undefined : side
  })
  return answerOf(found, (orders) => orders.map(orderView))
}

const byClientId = (state: VenueState, query: URLSearchParams): ApiAnswer => {
  const id = query.get("client_order_id")
  if (id === null || id === "") return refusalAnswer(malformed(unique))
  const order = state.orders.findClientId(id)
  return answerOf(order ?? notFound(`order not found for ${id}`), orderView)
}

const cancelAll = (state: VenueState): ApiAnswer =>
  jsonAnswer(
    207,
    state.orders.allOpen().map(({ id }) => ({ id, status: cancelOrder(state, id) === undefined ? 200 : 500 }))
  )

const oneOrder = (state: VenueState, request: ApiRequest, id: string): ApiAnswer | undefined => {
  if (request.method === "GET")
    return answerOf(state.orders.find(id) ?? notFound(`order not found for ${id}`), orderView)
  if (request.method === "PATCH") return answerOf(replaceOrder(state, id, bodyJson(request.body)), orderView)
  if (request.method !== "DELETE") return undefined
  const refused = cancelOrder(state, id)
  return refused === undefined ? emptyAnswer : refusalAnswer(refused)
}

/** Requests below `/v2/orders`. `undefined`: not one of these. */
export const orderRoutes = (state: VenueState, request: ApiRequest): ApiAnswer | undefined => {
  const { method, path, query } = request
  if (path === "/v2/orders:by_client_order_id" && method === "GET") return byClientId(state, query)
  if (path === "/v2/orders") {
    if (method === "POST") return answerOf(submitOrder(state, bodyJson(request.body)), orderView)
    if (method === "GET") return listOrders(state, query)
    return method === "DELETE" ? cancelAll(state) : undefined
  }
  const id = /^\/v2\/orders\/([^/]+)$/.exec(path)?.[1]
  return id === undefined ? undefined : oneOrder(state, request, decodeURIComponent(id))
}
