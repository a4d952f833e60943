import { BigDecimal, Clock, Effect, Option } from "effect"
import { type Decimal, parseDecimal } from "../../../kernel/decimal.ts"
import { instantOfMs } from "../../../kernel/time/utc-instant.ts"
import type { HandlersOf } from "../../../platform/control/command-table.ts"
import { controlError, refuse } from "../../../protocol/control/control.ts"
import type { TradingCommands } from "../../../protocol/trading/commands.ts"
import { type OrderModifyRequest, type OrderSubmitRequest, ordersMax } from "../../../protocol/trading/orders.ts"
import { type OrderRequest, requestFaults } from "../../domain/order/order-request.ts"
import type { OrderChange } from "../../domain/order/venue-order.ts"
import { OrderDesk, OrderRefused } from "../../ports/order-desk.ts"
import { OrderStore } from "../../ports/order-store.ts"
import { Quotes } from "../../ports/quotes.ts"
import { gateRefusal, orderMessage, positionMessage } from "./order-message.ts"
import { anyName, storeFailed, utcText } from "./words.ts"

/** Rows of the store's journal: who asked for a cancel or a change. */
export const requestJournal = "order_requests"
const pageDefault = 100

/** The schema has checked that it is one. */
const decimalOf = (text: string): Decimal => parseDecimal(text) as Decimal
const decimalIf = (text: string | undefined) => (text === undefined ? undefined : decimalOf(text))

const requestOf = (request: OrderSubmitRequest): OrderRequest => ({
  symbol: request.symbol,
  side: request.side,
  quantity: decimalOf(request.qty),
  type: request.order_type ?? "market",
  timeInForce: request.time_in_force ?? "day",
  limitPrice: decimalIf(request.limit_price),
  stopPrice: decimalIf(request.stop_price),
  strategyId: request.strategy_id,
  nonce: request.nonce
})
const changeOf = (request: OrderModifyRequest): OrderChange => ({
  quantity: decimalIf(request.qty),
  limitPrice: decimalIf(request.limit_price),
  stopPrice: decimalIf(request.stop_price),
  timeInForce: request.time_in_force
})

const unavailable = ({ message }: { readonly message: string }) => controlError("UNAVAILABLE", message)
const invalid = (faults: ReadonlyArray<string>) => refuse("INVALID_ORDER", `${faults.join("; ")}.`)

type Handlers = Pick<
  HandlersOf<TradingCommands>,
  "order-get" | "order-list" | "positions" | "order-submit" | "order-cancel" | "order-modify"
>

/** Longest wait of a cancel for its row, milliseconds. */
const cancelRowMs = 500

/** Orders and positions over the wire. */
export const makeOrderCommands = Effect.fnUntraced(function* (instance: string) {
  const [entrance, store, quotes] = [yield* OrderDesk, yield* OrderStore, yield* Quotes]

  const orderOf = (clientOrderId: string) =>
    Effect.flatMap(Effect.mapError(store.orderOf(clientOrderId), storeFailed), (found) =>
      Option.isSome(found)
        ? Effect.succeed(found.value)
        : refuse("NO_SUCH_ORDER", `There is no order ${clientOrderId}.`)
    )
  const row = (id: string, verb: "cancel" | "modify", request: OrderModifyRequest) =>
    Effect.flatMap(Clock.currentTimeMillis, (nowMs) => {
      const { by: _, request_id, ...fields } = request
      const body = { verb, id, at: utcText(nowMs), by: anyName(request), request_id: request_id ?? null, ...fields }
      return store.appendJournal(requestJournal, instantOfMs(nowMs), JSON.stringify(body))
    })
  const working = Effect.fnUntraced(function* (limit: number, cursor: string | undefined) {
    const orders = (yield* store.workingOrders).toReversed()
    const known = cursor === undefined ? undefined : Option.getOrUndefined(yield* store.orderOf(cursor))
    const at = orders.findIndex(({ clientOrderId }) => clientOrderId === cursor)
    // An order that has ended since is in the list no more, and its time is its place: nothing is left out.
    const older = known === undefined ? 0 : orders.findIndex(({ createdAt }) => createdAt <= known.createdAt)
    const from = at >= 0 ? at + 1 : older < 0 ? orders.length : older
    const page = orders.slice(from, from + limit)
    return { page, isMore: orders.length > from + limit, known: known !== undefined }
  })
  const latest = Effect.fnUntraced(function* (limit: number, cursor: string | undefined) {
    const known = cursor === undefined || Option.isSome(yield* store.orderOf(cursor))
    const page = known ? yield* store.latestOrders(limit, cursor) : []
    return { page, isMore: page.length === limit, known }
  })

  return {
    "order-get": ({ client_order_id }) => Effect.map(orderOf(client_order_id), orderMessage),
    "order-list": Effect.fnUntraced(function* ({ cursor, limit = pageDefault, state = "all" }) {
      const most = Math.min(limit, ordersMax)
      const read = state === "working" ? working(most, cursor) : latest(most, cursor)
      const { isMore, known, page } = yield* Effect.mapError(read, storeFailed)
      if (cursor !== undefined && !known) {
        return yield* refuse("UNKNOWN_CURSOR", `cursor: no order ${cursor} is in this list; begin without a cursor.`)
      }
      const orders = page.map(orderMessage)
      return { orders, next_cursor: isMore ? (orders.at(-1)?.client_order_id ?? null) : null, instance }
    }),
    positions: Effect.fnUntraced(function* () {
      const { positions } = yield* Effect.mapError(store.exposure, storeFailed)
      const held = [...positions.values()].filter(({ quantity }) => !BigDecimal.isZero(quantity))
      return {
        positions: held.map((one) => positionMessage(one, quotes.quote(one.symbol))),
        total_positions: held.length,
        at: utcText(yield* Clock.currentTimeMillis),
        instance
      }
    }),
    "order-submit": (body) => {
      const request = requestOf(body)
      const faults = requestFaults(request)
      if (faults.length > 0) return invalid(faults)
      const options = {
        clientOrderId: body.client_order_id,
        reduceOnly: body.reduce_only ?? false,
        by: anyName(body)
      }
      return Effect.succeed(
        entrance.submit(request, options).pipe(
          Effect.mapError((error) => {
            if (error instanceof OrderRefused) return gateRefusal(error)
            return error._tag === "IdInUse" ? controlError("ID_IN_USE", error.message) : unavailable(error)
          }),
          Effect.map(({ findings, kind, order, repeat }) => {
            const { status } = order
            const message = repeat
              ? `Order already submitted (status: ${status})`
              : status === "dry_run"
                ? "Order logged (DRY_RUN mode)"
                : "Order submitted"
            return { reply: { ...orderMessage(order), message, repeat, kind, findings, instance }, done: message }
          })
        )
      )
    },
    "order-cancel": (body, id) =>
      Effect.succeed(
        Effect.gen(function* () {
          // A cancel leaves also when the book takes no row, and does not wait for one that does not answer.
          yield* Effect.ignore(Effect.timeout(row(id, "cancel", body), cancelRowMs))
          const order = yield* entrance.cancel(body.client_order_id, anyName(body)).pipe(
            Effect.mapError((error) => {
              if (error._tag === "DeskUnavailable") return unavailable(error)
              return controlError(error._tag === "NoSuchOrder" ? "NO_SUCH_ORDER" : "NOT_POSSIBLE", error.message)
            })
          )
          const message = "Cancel requested"
          return { reply: { ...orderMessage(order), message, instance }, done: message }
        })
      ),
    "order-modify": Effect.fnUntraced(function* (body, id) {
      const change = changeOf(body)
      if (Object.values(change).every((value) => value === undefined)) {
        return yield* refuse("NOTHING_TO_CHANGE", "Name at least one of qty, limit_price, stop_price, time_in_force.")
      }
      const { request } = yield* orderOf(body.client_order_id)
      const faults = requestFaults({
        ...request,
        quantity: change.quantity ?? request.quantity,
        limitPrice: change.limitPrice ?? request.limitPrice,
        stopPrice: change.stopPrice ?? request.stopPrice
      })
      if (faults.length > 0) return yield* invalid(faults)
      return Effect.gen(function* () {
        yield* Effect.mapError(row(id, "modify", body), storeFailed)
        const order = yield* entrance.replace(body.client_order_id, change, anyName(body)).pipe(
          Effect.mapError((error) => {
            if (error instanceof OrderRefused) return gateRefusal(error)
            if (error._tag === "DeskUnavailable") return unavailable(error)
            return controlError(error._tag === "NoSuchOrder" ? "NO_SUCH_ORDER" : "NOT_POSSIBLE", error.message)
          })
        )
        const message = "Modification requested"
        return { reply: { ...orderMessage(order), message, instance }, done: message }
      })
    })
  } satisfies Handlers
})
