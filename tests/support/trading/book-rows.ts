// The rows of a book, read beside the program that writes them.
import { DatabaseSync } from "node:sqlite"
import { readText } from "../../../src/trading/adapters/store/order-text.ts"
import type { OrderFact } from "../../../src/trading/domain/order/order-fact.ts"

type Row = Record<string, unknown>

const read = <A>(path: string, use: (database: DatabaseSync) => A): A => {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    return use(database)
  } finally {
    database.close()
  }
}

const tables = [
  "intents",
  "orders",
  "order_ids",
  "fills",
  "facts",
  "reservations",
  "adjustments",
  "positions",
  "orphans"
] as const

/** What is booked, by table, in a fixed order. Reports and events are not part of it. */
export const bookRows = (path: string): Readonly<Record<string, ReadonlyArray<Row>>> =>
  read(path, (database) =>
    Object.fromEntries(
      tables.map((table) => [
        table,
        database
          .prepare(`SELECT * FROM ${table}`)
          .all()
          .map((row) => ({ ...row }))
          .sort((a, b) => (JSON.stringify(a, bigints) < JSON.stringify(b, bigints) ? -1 : 1))
      ])
    )
  )

const bigints = (_: string, value: unknown) => (typeof value === "bigint" ? String(value) : value)

/** Every fact, in the order in which it was booked. */
export const factRows = (
  path: string
): ReadonlyArray<{ readonly clientOrderId: string; readonly fact: OrderFact; readonly raw: string }> =>
  read(path, (database) =>
    database
      .prepare("SELECT client_order_id, body, raw FROM facts ORDER BY seq")
      .all()
      .map((row) => ({
        clientOrderId: String(row["client_order_id"]),
        fact: readText<OrderFact>(String(row["body"])),
        raw: String(row["raw"])
      }))
  )
