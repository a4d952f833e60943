import { BigDecimal, Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { type Decimal, zero } from "../../../kernel/decimal.ts"
import { type OrderStatus, orderStatuses } from "../../domain/order/order-words.ts"
import type { Tally } from "../../ports/order-store.ts"
import { quantityOfWhole, signed } from "./order-rows.ts"

type Row = Record<string, unknown>

const statusOf = (text: unknown): OrderStatus => orderStatuses.find((status) => status === text) ?? "unknown"

/** Sums over the tables, each of its own rows: a sum that is derived from another one would prove nothing. */
export const readTally = Effect.fnUntraced(function* (sql: SqlClient) {
  const [intents] = yield* sql<Row>`SELECT count(*) AS count FROM intents`
  const statuses = yield* sql<Row>`SELECT status, count(*) AS count FROM orders GROUP BY status`
  const fills = yield* sql<Row>`SELECT symbol, side, sum(quantity) AS whole FROM fills GROUP BY symbol, side`
  const adjustments = yield* sql<Row>`SELECT symbol, sum(quantity) AS whole FROM adjustments GROUP BY symbol`
  const positions = yield* sql<Row>`SELECT symbol, quantity AS whole FROM positions`
  const symbols = new Map<string, { filled: Decimal; adjusted: Decimal; position: Decimal }>()
  const add = (row: Row, column: "filled" | "adjusted" | "position", quantity: Decimal): void => {
    const symbol = String(row["symbol"])
    const known = symbols.get(symbol) ?? { filled: zero, adjusted: zero, position: zero }
    symbols.set(symbol, { ...known, [column]: BigDecimal.normalize(BigDecimal.sum(known[column], quantity)) })
  }
  for (const row of fills) add(row, "filled", signed(String(row["side"]), quantityOfWhole(row["whole"])))
  for (const row of adjustments) add(row, "adjusted", quantityOfWhole(row["whole"]))
  for (const row of positions) add(row, "position", quantityOfWhole(row["whole"]))
  return {
    intents: Number(intents?.["count"] ?? 0),
    orders: new Map(statuses.map((row) => [statusOf(row["status"]), Number(row["count"])])),
    symbols
  } satisfies Tally
})
