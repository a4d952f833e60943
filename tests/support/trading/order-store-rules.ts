import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { intendedOrder } from "../../../src/trading/domain/order/order.ts"
import { OrderStore } from "../../../src/trading/ports/order-store.ts"
import { decimal, proposal } from "./gate-view.ts"

const fill = (id: string, quantity: number, kind = "real", order = "c1"): string =>
  `INSERT INTO fills (execution_id, client_order_id, broker_order_id, symbol, side, kind, quantity, at)
   VALUES ('${id}', '${order}', 'b1', 'AAPL', 'buy', '${kind}', ${quantity}, '2026')`
const order = (id: string, seq: number, quantity = 1): string =>
  `INSERT INTO orders (client_order_id, seq, symbol, side, strategy_id, status, terminal, quantity, filled, state, updated_at)
   VALUES ('${id}', ${seq}, 'A', 'buy', 's', 'new', 0, ${quantity}, 0, '{}', '2026')`
const intent = (id: string): string =>
  `INSERT INTO intents (client_order_id, kind, payload_hash, created_at) VALUES ('${id}', 'own', 'h', '2026')`
const broker = (id: string, order: string): string => `INSERT INTO order_ids VALUES ('${id}', '${order}')`

/** The order c1 of 10 shares with a fill of 6; the order c2 without one. */
const prepared = [
  `UPDATE orders SET quantity = 10 WHERE client_order_id = 'c1'`,
  fill("e1", 6),
  broker("b1", "c1"),
  intent("c9"),
  `INSERT INTO facts (client_order_id, type, source, received_at, body, raw) VALUES ('c1', 't', 's', '2026', '{}', '')`,
  `INSERT INTO journals (journal, at, body) VALUES ('j', '2026', 'b')`,
  `INSERT INTO adjustments (id, symbol, quantity, keeps_cost, cause, reason, by, at)
   VALUES ('a1', 'A', 1, 0, 'c', 'r', 'b', '2026')`
]

/** What raw SQL may not do. */
const refused: Readonly<Record<string, string>> = {
  "an intent twice": intent("c1"),
  "an order without an intent": order("c8", 99),
  "an order twice": order("c1", 98),
  "two orders of one place": order("c9", 1),
  "an order of no quantity": order("c9", 97, 0),
  "an order under another id": "UPDATE orders SET client_order_id = 'c9' WHERE client_order_id = 'c2'",
  "an order deleted": "DELETE FROM orders WHERE client_order_id = 'c2'",
  "an execution twice": fill("e1", 1, "real", "c2"),
  "a fill of an unknown order": fill("e2", 1, "real", "c8"),
  "a fill of nothing": fill("e2", 0),
  "a fill of an unknown kind": fill("e2", 1, "other"),
  "a fill beyond the quantity": fill("e2", 5),
  "a fill made larger than the quantity": "UPDATE fills SET quantity = 11 WHERE execution_id = 'e1'",
  "a quantity below the fills": "UPDATE orders SET quantity = 5 WHERE client_order_id = 'c1'",
  "a broker's id twice": broker("b1", "c2"),
  "a broker's id of an unknown order": broker("b2", "c8"),
  "a reservation of an unknown order": "INSERT INTO reservations VALUES ('c8', 'A', 'buy', 1, '1', 0)",
  "an intent deleted": "DELETE FROM intents WHERE client_order_id = 'c9'",
  "an intent changed": "UPDATE intents SET payload_hash = 'x'",
  "a fact deleted": "DELETE FROM facts",
  "a fact changed": "UPDATE facts SET body = 'x'",
  "a journal deleted": "DELETE FROM journals",
  "a journal changed": "UPDATE journals SET body = 'x'",
  "an adjustment changed": "UPDATE adjustments SET quantity = 2",
  "an adjustment twice": prepared.at(-1) ?? ""
}

/** Still possible, so that a rule is not stricter than it must be. */
const allowed: Readonly<Record<string, string>> = {
  "the rest of the order": fill("e2", 4),
  "what goes beyond, as excess": fill("e2:excess", 100, "excess"),
  "a fill corrected within the quantity": "UPDATE fills SET quantity = 10 WHERE execution_id = 'e1'",
  "a quantity replaced, down to the fills": "UPDATE orders SET quantity = 6 WHERE client_order_id = 'c1'"
}

/** What the database itself holds: a fault of the program, or another hand, cannot break it. */
export const orderStoreRules = (
  name: string,
  layer: Layer.Layer<OrderStore | SqlClient, unknown>,
  more: Readonly<Record<string, string>> = {}
): void => {
  const undone = Symbol()
  const world = Effect.gen(function* () {
    const store = yield* OrderStore
    const sql = yield* SqlClient
    for (const id of ["c1", "c2"]) {
      yield* store.recordIntent(intendedOrder(id, "h", proposal({ quantity: decimal("1") }).request, 1n), undefined)
    }
    for (const text of prepared) yield* sql.unsafe(text)
    /** Each statement in a transaction of its own, which is undone. */
    return (text: string) =>
      sql.withTransaction(Effect.andThen(sql.unsafe(text), Effect.fail(undone))).pipe(Effect.flip)
  })
  describe(`the rules of the book on ${name}`, () => {
    it.effect("refuse what would break the book", () =>
      Effect.gen(function* () {
        const attempt = yield* world
        for (const [what, text] of Object.entries({ ...refused, ...more })) {
          const error = yield* attempt(text)
          if (error === undone) assert.fail(`${what} was possible: ${text}`)
          assert.include(
            ["ConstraintError", "UniqueViolation"],
            (error as { readonly reason: { readonly _tag: string } }).reason._tag,
            what
          )
        }
      }).pipe(Effect.provide(layer))
    )
    it.effect("let pass what a venue does", () =>
      Effect.gen(function* () {
        const attempt = yield* world
        for (const [what, text] of Object.entries(allowed)) {
          const error = yield* attempt(text)
          assert.strictEqual(error, undone, `${what}: ${String(error)}`)
        }
      }).pipe(Effect.provide(layer))
    )
  })
}
