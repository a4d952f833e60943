import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { tradingCommands } from "../../protocol/trading/commands.ts"
import {
  type OrderListReply,
  type OrderMessage,
  type OrderSubmitReply,
  ordersMax
} from "../../protocol/trading/orders.ts"
import { present } from "../invocation.ts"
import { shownDefault, wholeFlag } from "../terminal/flags.ts"
import { TradeClient } from "./trade-client.ts"
import { askFlags, commandFlags, optional, pairsText, secondsOf, tableText, withClient } from "./trade-verb.ts"

const kindOf = ({ limit_price, order_type, stop_price }: OrderMessage): string =>
  [order_type, limit_price, stop_price === null ? null : `stop ${stop_price}`].filter((part) => part !== null).join(" ")

/** One order, a fact a line. */
export const renderOrder = (order: OrderMessage): string =>
  pairsText([
    ["order", order.client_order_id],
    ["at the venue", order.broker_order_id],
    ["status", order.status],
    ["what", `${order.side} ${order.qty} ${order.symbol} ${kindOf(order)} ${order.time_in_force}`],
    ["filled", `${order.filled_qty}${order.filled_avg_price === null ? "" : ` at ${order.filled_avg_price}`}`],
    ["not confirmed by an execution", order.inferred_qty === "0" ? null : order.inferred_qty],
    ["filled beyond its quantity", order.overfill_qty === "0" ? null : order.overfill_qty],
    ["strategy", order.strategy_id],
    ["sent by", order.submitted_by],
    ["at", secondsOf(order.created_at)],
    ["why", order.error_message]
  ])

const headings = ["ORDER", "STATUS", "SIDE", "QTY", "FILLED", "AVG PRICE", "SYMBOL", "KIND", "STRATEGY", "AT (UTC)"]
export const renderOrders = ({ next_cursor, orders }: OrderListReply): string => {
  const rows = orders.map((order) => [
    order.client_order_id,
    order.status,
    order.side,
    order.qty,
    order.filled_qty,
    order.filled_avg_price ?? "-",
    order.symbol,
    kindOf(order),
    order.strategy_id,
    secondsOf(order.created_at)
  ])
  const more = next_cursor === null ? "" : `\nthere are more: --cursor ${next_cursor}`
  return tableText(headings, rows, "no orders", [3, 4, 5]) + more
}

const renderSubmitted = (reply: OrderSubmitReply): string =>
  [
    `${reply.message}: ${reply.client_order_id}`,
    ...reply.findings.map(({ code, message, outcome }) => `${outcome} ${code}: ${message}`)
  ].join("\n")

const idArgument = Argument.String("id").pipe(Argument.withDescription("The client order id"))
const qtyFlag = Flag.String("qty").pipe(Flag.withDescription("Shares, exact: 10 or 0.5"))
const limitFlag = Flag.String("limit").pipe(Flag.withDescription("Limit price in USD"), Flag.optional)
const stopFlag = Flag.String("stop").pipe(Flag.withDescription("Stop price in USD"), Flag.optional)
const tifFlag = Flag.Literals("tif", ["day", "gtc", "ioc", "fok"]).pipe(
  Flag.withDescription("How long it works (default: day)"),
  Flag.optional
)

const typeOf = (limit: Option.Option<string>, stop: Option.Option<string>) =>
  Option.isSome(limit) ? (Option.isSome(stop) ? "stop_limit" : "limit") : Option.isSome(stop) ? "stop" : "market"

const submit = Command.make(
  "submit",
  {
    side: Argument.Literals("side", ["buy", "sell"]).pipe(Argument.withDescription("buy or sell")),
    symbol: Argument.String("symbol").pipe(Argument.withDescription("e.g. AAPL")),
    qty: qtyFlag,
    limit: limitFlag,
    stop: stopFlag,
    tif: tifFlag,
    strategy: Flag.String("strategy").pipe(Flag.withDescription("The strategy that the order belongs to")),
    id: Flag.String("id").pipe(
      Flag.withDescription("Client order id (default: from the fields and the day)"),
      Flag.optional
    ),
    nonce: Flag.String("nonce").pipe(Flag.withDescription("Makes a deliberate repeat another order"), Flag.optional),
    reduceOnly: Flag.Boolean("reduce-only").pipe(
      Flag.withDescription("Refused unless it can only bring the position nearer to 0"),
      Flag.withDefault(false)
    ),
    ...commandFlags
  },
  ({ id, json, limit, nonce, qty, reason, reduceOnly, side, stop, strategy, symbol, tif }) =>
    Effect.gen(function* () {
      const fields = {
        symbol,
        side,
        qty,
        order_type: typeOf(limit, stop),
        strategy_id: strategy,
        ...optional("limit_price", limit),
        ...optional("stop_price", stop),
        ...optional("time_in_force", tif),
        ...optional("client_order_id", id),
        ...optional("nonce", nonce),
        ...(reduceOnly && { reduce_only: true })
      } as const
      const reply = yield* (yield* TradeClient).command(tradingCommands["order-submit"], fields, reason)
      yield* present(json, reply, renderSubmitted, () => `tickd order show ${reply.client_order_id}`)
    })
).pipe(
  withClient,
  Command.withDescription(
    "Send an order through the gate. The same order again is not sent twice; --nonce makes it another"
  )
)

const show = Command.make("show", { id: idArgument, ...askFlags }, ({ id, json }) =>
  Effect.gen(function* () {
    const reply = yield* (yield* TradeClient).ask(tradingCommands["order-get"], { client_order_id: id })
    yield* present(json, reply, renderOrder)
  })
).pipe(withClient, Command.withDescription("Show one order as the book has it"))

const list = Command.make(
  "list",
  {
    working: Flag.Boolean("working").pipe(
      Flag.withDescription("Only orders that have not ended"),
      Flag.withDefault(false)
    ),
    limit: wholeFlag("limit", 1, ordersMax).pipe(shownDefault("Most orders", 50)),
    cursor: Flag.String("cursor").pipe(Flag.withDescription("Go on behind this order"), Flag.optional),
    ...askFlags
  },
  ({ cursor, json, limit, working }) =>
    Effect.gen(function* () {
      const body = { state: working ? "working" : "all", limit, ...optional("cursor", cursor) } as const
      const reply = yield* (yield* TradeClient).ask(tradingCommands["order-list"], body)
      yield* present(json, reply, renderOrders)
    })
).pipe(withClient, Command.withDescription("List orders, newest first"))

const renderAct = ({ client_order_id, message, status }: OrderMessage & { readonly message: string }): string =>
  `${message}: ${client_order_id}, ${status} until the venue has decided`

const cancel = Command.make("cancel", { id: idArgument, ...commandFlags }, ({ id, json, reason }) =>
  Effect.gen(function* () {
    const fields = { client_order_id: id }
    const reply = yield* (yield* TradeClient).command(tradingCommands["order-cancel"], fields, reason)
    yield* present(json, reply, renderAct, () => `tickd order show ${id}`)
  })
).pipe(withClient, Command.withDescription("Request a cancel of one order. It passes in every state of the gate"))

const modify = Command.make(
  "modify",
  { id: idArgument, qty: qtyFlag.pipe(Flag.optional), limit: limitFlag, stop: stopFlag, tif: tifFlag, ...commandFlags },
  ({ id, json, limit, qty, reason, stop, tif }) =>
    Effect.gen(function* () {
      const fields = {
        client_order_id: id,
        ...optional("qty", qty),
        ...optional("limit_price", limit),
        ...optional("stop_price", stop),
        ...optional("time_in_force", tif)
      }
      const reply = yield* (yield* TradeClient).command(tradingCommands["order-modify"], fields, reason)
      yield* present(json, reply, renderAct, () => `tickd order show ${id}`)
    })
).pipe(withClient, Command.withDescription("Request a change of a working order. The gate judges it first"))

/** `tickd order`: orders of a running trading daemon. */
export const command = Command.make("order").pipe(
  Command.withDescription("Orders of a running trading daemon: submit, show, list, cancel, modify"),
  Command.withSubcommands([submit, show, list, cancel, modify])
)
