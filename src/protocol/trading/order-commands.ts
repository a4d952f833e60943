import { command, query } from "../control/command-spec.ts"
import { EmptyRequest } from "../control/state.ts"
import {
  OrderActReply,
  OrderCancelRequest,
  OrderGetRequest,
  OrderListReply,
  OrderListRequest,
  OrderMessage,
  OrderModifyRequest,
  OrderSubmitReply,
  OrderSubmitRequest,
  PositionsReply
} from "./orders.ts"
import { cancelLimit, orderLimit } from "./rate-limits.ts"
import { roles, routed } from "./route.ts"

const refusals = ["GATE_CLOSED", "ORDER_REFUSED", "FAT_FINGER"] as const

/** Orders and positions. Orders are recorded in the book, not in the file of the audit (decision 20). */
export const orderCommands = {
  "order-get": routed(
    roles,
    "GET /api/v1/orders/{client_order_id}",
    query({
      name: "order-get",
      request: OrderGetRequest,
      reply: OrderMessage,
      codes: ["NO_SUCH_ORDER", "STORE_UNAVAILABLE"],
      description: "Show one order as the book has it.",
      descriptionZh: "查询账本中的一笔委托。",
      example: { client_order_id: "1b5445b3d1a61a15f64411be" }
    })
  ),
  "order-list": routed(
    roles,
    "GET /api/v1/orders",
    query({
      name: "order-list",
      request: OrderListRequest,
      reply: OrderListReply,
      codes: ["STORE_UNAVAILABLE", "UNKNOWN_CURSOR"],
      description: "List orders, newest first, a page at a time.",
      descriptionZh: "分页列出委托，最新的在前。",
      example: { state: "working", limit: 100 }
    })
  ),
  positions: routed(
    roles,
    "GET /api/v1/positions",
    query({
      name: "positions",
      request: EmptyRequest,
      reply: PositionsReply,
      codes: ["STORE_UNAVAILABLE"],
      description: "List the positions of the book, with profit and loss.",
      descriptionZh: "列出账本中的持仓与盈亏。",
      example: {}
    })
  ),
  "order-submit": routed(
    ["trader"],
    "POST /api/v1/orders",
    command({
      name: "order-submit",
      request: OrderSubmitRequest,
      reply: OrderSubmitReply,
      record: "book",
      limit: orderLimit,
      codes: ["INVALID_ORDER", ...refusals, "ID_IN_USE", "UNAVAILABLE"],
      description: "Send an order through the gate; a repeat of the same order sends nothing.",
      descriptionZh: "经风控闸门下单；重复的同一委托不会再次发送。",
      example: {
        symbol: "AAPL",
        side: "buy",
        qty: "10",
        order_type: "limit",
        limit_price: "150.25",
        time_in_force: "day",
        strategy_id: "alpha_baseline",
        client_order_id: "open-AAPL-1"
      }
    })
  ),
  "order-cancel": routed(
    ["trader", "risk"],
    "POST /api/v1/orders/{client_order_id}/cancel",
    command({
      name: "order-cancel",
      request: OrderCancelRequest,
      reply: OrderActReply,
      record: "book",
      limit: cancelLimit,
      codes: ["NO_SUCH_ORDER", "NOT_POSSIBLE", "UNAVAILABLE"],
      description: "Request a cancel of one order; passes in every state of the gate.",
      descriptionZh: "请求撤销一笔委托；闸门处于任何状态都放行。",
      example: { client_order_id: "open-AAPL-1", reason: "signal withdrawn" }
    })
  ),
  "order-modify": routed(
    ["trader"],
    "PATCH /api/v1/orders/{client_order_id}",
    command({
      name: "order-modify",
      request: OrderModifyRequest,
      reply: OrderActReply,
      record: "book",
      limit: orderLimit,
      codes: [
        "STORE_UNAVAILABLE",
        "NOTHING_TO_CHANGE",
        "INVALID_ORDER",
        ...refusals,
        "NO_SUCH_ORDER",
        "NOT_POSSIBLE",
        "UNAVAILABLE"
      ],
      description: "Request a replacement of a working order; the gate judges it as an order of the larger quantity.",
      descriptionZh: "请求改单；风控按数量较大的一方审核。",
      example: { client_order_id: "open-AAPL-1", limit_price: "150.20" }
    })
  )
}
