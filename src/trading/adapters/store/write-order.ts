import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { decimalText, zero } from "../../../kernel/decimal.ts"
import { instantText } from "../../../kernel/time/utc-instant.ts"
import type { Order } from "../../domain/order/order.ts"
import { isTerminal } from "../../domain/order/order-words.ts"
import { applyEntry, type BookEntry, flat, positionOfEntries } from "../../domain/position/book-entry.ts"
import type { Position, Reservation } from "../../domain/position/position.ts"
import type { OrderChange } from "./book-memory.ts"
import { decimalOf, type FillRow, fillRowsOf, leftOf, quantityOfWhole, signed, wholeOf } from "./order-rows.ts"
import { orderState } from "./order-text.ts"

/** Columns of `orders` that follow from the order. */
const columns = (order: Order, updatedAt: bigint) => ({
  status: order.status,
  terminal: isTerminal(order.status) ? 1 : 0,
  quantity: wholeOf(order.quantity),
  filled: wholeOf(order.filled),
  state: orderState(order),
  updated_at: instantText(updatedAt)
})

/** The subject of events about orders: one for each symbol, so that a consumer may take one only. */
const orderSubject = (symbol: string): string => `trade.order.${symbol.replaceAll(".", "_")}`

/** What consumers get with each change of an order. Numbers are texts, times RFC 3339 in UTC. */
const orderEvent = (order: Order, at: bigint): string =>
  JSON.stringify({
    client_order_id: order.clientOrderId,
    broker_order_id: order.brokerOrderId ?? null,
    symbol: order.request.symbol,
    side: order.request.side,
    strategy_id: order.request.strategyId,
    status: order.status,
    qty: decimalText(order.quantity),
    filled_qty: decimalText(order.filled),
    filled_avg_price: order.averagePrice === undefined ? null : decimalText(order.averagePrice),
    inferred_qty: decimalText(order.inferred),
    at: instantText(at)
  })

export const writeEvent = (sql: SqlClient, order: Order, at: bigint) =>
  sql`INSERT INTO outbox ${sql.insert({ subject: orderSubject(order.request.symbol), body: orderEvent(order, at) })}`

/** Writes a new order after its intent. */
export const insertOrder = Effect.fnUntraced(function* (sql: SqlClient, order: Order, kind: "own" | "external") {
  const created_at = instantText(order.createdAt)
  const { clientOrderId: client_order_id, payloadHash: payload_hash, request } = order
  yield* sql`INSERT INTO intents ${sql.insert({ client_order_id, kind, payload_hash, created_at })}`
  const { status, terminal, quantity, filled, state, updated_at } = columns(order, order.createdAt)
  yield* sql`INSERT INTO orders (client_order_id, seq, symbol, side, strategy_id, status, terminal, quantity, filled, state, updated_at)
    VALUES (${client_order_id}, (SELECT coalesce(max(seq), 0) + 1 FROM orders), ${request.symbol}, ${request.side},
      ${request.strategyId}, ${status}, ${terminal}, ${quantity}, ${filled}, ${state}, ${updated_at})`
})

const entryOf = (row: Record<string, unknown>): BookEntry => ({
  quantity: signed(String(row["side"]), quantityOfWhole(row["quantity"])),
  price: row["price"] === null ? undefined : decimalOf(row["price"]),
  keepsCost: Number(row["keeps_cost"] ?? 0) === 1
})

const savePosition = (sql: SqlClient, position: Position) => {
  const row = {
    symbol: position.symbol,
    quantity: wholeOf(position.quantity),
    average_price: decimalText(position.averagePrice),
    realized: decimalText(position.realized)
  }
  const saved = sql`INSERT INTO positions ${sql.insert(row)} ON CONFLICT (symbol) DO UPDATE
    SET quantity = excluded.quantity, average_price = excluded.average_price, realized = excluded.realized`
  return Effect.as(saved, positionOfRow(row))
}

export const positionOfRow = (row: Record<string, unknown>): Position => ({
  symbol: String(row["symbol"]),
  quantity: quantityOfWhole(row["quantity"]),
  averagePrice: decimalOf(row["average_price"]),
  realized: decimalOf(row["realized"])
})

/** Recomputes a position from all its lines, so that a bust or a late line of an old execution is right too. */
export const rebuildPosition = Effect.fnUntraced(function* (sql: SqlClient, symbol: string) {
  const rows = yield* sql<Record<string, unknown>>`
    SELECT side, quantity, price, 0 AS keeps_cost, at, execution_id AS id FROM fills WHERE symbol = ${symbol}
    UNION ALL
    SELECT 'buy', quantity, price, keeps_cost, at, id FROM adjustments WHERE symbol = ${symbol}
    ORDER BY at, id`
  return yield* savePosition(sql, positionOfEntries(symbol, rows.map(entryOf)))
})

/** Adds new lines, oldest first. Only when another line is not older are all of them read. */
const extendPosition = Effect.fnUntraced(function* (sql: SqlClient, symbol: string, rows: ReadonlyArray<FillRow>) {
  const first = rows[0]?.at ?? ""
  const [younger] = yield* sql<{ readonly count: bigint }>`SELECT
    (SELECT count(*) FROM fills WHERE symbol = ${symbol} AND at >= ${first})
    + (SELECT count(*) FROM adjustments WHERE symbol = ${symbol} AND at >= ${first}) AS count`
  if (Number(younger?.count) > rows.length) return yield* rebuildPosition(sql, symbol)
  const [known] = yield* sql<Record<string, unknown>>`SELECT * FROM positions WHERE symbol = ${symbol}`
  const position = rows.reduce(
    (sum, row) => applyEntry(sum, entryOf({ ...row })),
    known === undefined ? flat(symbol) : positionOfRow(known)
  )
  return yield* savePosition(sql, position)
})

export const reservationOf = (row: Record<string, unknown>): Reservation => ({
  clientOrderId: String(row["client_order_id"]),
  symbol: String(row["symbol"]),
  side: row["side"] === "buy" ? "buy" : "sell",
  quantity: quantityOfWhole(row["quantity"]),
  price: decimalOf(row["price"]),
  reduceOnly: Number(row["reduce_only"]) === 1
})

/**
 * An order that works again after its end has no row; it gets one at its own price. The price at which the gate judged
 * it stays, until a replacement has another one.
 */
const saveReservation = (sql: SqlClient, order: Order, left: bigint) => {
  const { symbol, side, limitPrice, stopPrice } = order.request
  const replaced = order.legs.size > 1 ? order.legs.get(order.brokerOrderId ?? "")?.claim?.limitPrice : undefined
  const price = replaced ?? limitPrice ?? stopPrice ?? order.averagePrice ?? zero
  const row = {
    client_order_id: order.clientOrderId,
    symbol,
    side,
    quantity: left,
    price: decimalText(price),
    reduce_only: 0
  }
  const saved = sql<Record<string, unknown>>`INSERT INTO reservations ${sql.insert(row)}
    ON CONFLICT (client_order_id) DO UPDATE SET quantity = excluded.quantity,
      price = CASE WHEN ${replaced === undefined ? 0 : 1} = 1 THEN excluded.price ELSE reservations.price END
    RETURNING *`
  return Effect.map(saved, ([one]) => reservationOf(one ?? row))
}

/** Brings the rows of an order from one state to the next: fills that changed, its ids, and its reservation. */
export const updateOrder = Effect.fnUntraced(function* (sql: SqlClient, before: Order, after: Order, at: bigint) {
  const id = after.clientOrderId
  const { status, terminal, quantity, filled, state, updated_at } = columns(after, at)
  const old = new Map(fillRowsOf(before).map((row) => [row.execution_id, row]))
  const rows = fillRowsOf(after)
  const same = new Set(
    rows.filter((row) => {
      const known = old.get(row.execution_id)
      return (
        known !== undefined && known.quantity === row.quantity && known.price === row.price && known.kind === row.kind
      )
    })
  )
  const kept = new Set([...same].map(({ execution_id }) => execution_id))
  const gone = [...old.keys()].filter((execution) => !kept.has(execution))
  for (const execution of gone) yield* sql`DELETE FROM fills WHERE execution_id = ${execution}`
  yield* sql`UPDATE orders SET status = ${status}, terminal = ${terminal}, quantity = ${quantity}, filled = ${filled},
    state = ${state}, updated_at = ${updated_at} WHERE client_order_id = ${id}`
  const fresh = rows.filter((row) => !same.has(row))
  for (const row of fresh) yield* sql`INSERT INTO fills ${sql.insert({ ...row })}`
  for (const broker of after.legs.keys()) {
    if (!before.legs.has(broker)) {
      yield* sql`INSERT INTO order_ids ${sql.insert({ broker_order_id: broker, client_order_id: id })}`
    }
  }
  const { symbol } = after.request
  const position =
    gone.length > 0
      ? yield* rebuildPosition(sql, symbol)
      : fresh.length > 0
        ? yield* extendPosition(sql, symbol, fresh)
        : undefined
  const left = wholeOf(leftOf(after))
  if (terminal === 1) yield* sql`DELETE FROM wishes WHERE client_order_id = ${id}`
  let reservation: Reservation | undefined
  if (terminal === 1 || left === 0n) yield* sql`DELETE FROM reservations WHERE client_order_id = ${id}`
  else reservation = yield* saveReservation(sql, after, left)
  yield* writeEvent(sql, after, at)
  return { order: after, reservation, position } satisfies OrderChange
})
