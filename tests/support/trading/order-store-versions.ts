import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { layer as orderStore } from "../../../src/trading/adapters/store/order-store.ts"
import { orderState } from "../../../src/trading/adapters/store/order-text.ts"
import { migrate } from "../../../src/trading/adapters/store/schema.ts"
import { asStoreError } from "../../../src/trading/adapters/store/store-fault.ts"
import { intendedOrder } from "../../../src/trading/domain/order/order.ts"
import { OrderStore } from "../../../src/trading/ports/order-store.ts"
import { decimal, proposal } from "./gate-view.ts"

const order = intendedOrder("c1", "h", proposal({ quantity: decimal("10") }).request, 1_000_000_000n)

/** Books of other versions of this program. `layer` makes an empty database, without a book. */
export const orderStoreVersions = (name: string, layer: Layer.Layer<SqlClient, unknown>): void => {
  describe(`versions of the book on ${name}`, () => {
    it.effect("a book of version 1 is brought to the newest, with what is in it", () =>
      Effect.gen(function* () {
        yield* migrate(1)
        const sql = yield* SqlClient
        yield* sql`INSERT INTO intents ${sql.insert({ client_order_id: "c1", kind: "own", payload_hash: "h", created_at: "2026" })}`
        yield* sql`INSERT INTO orders ${sql.insert({
          client_order_id: "c1",
          seq: 1n,
          symbol: "AAPL",
          side: "buy",
          strategy_id: "s",
          status: "submitted",
          terminal: 0n,
          quantity: 10_000_000_000n,
          filled: 0n,
          state: orderState(order),
          updated_at: "2026"
        })}`
        const read = Effect.flatMap(OrderStore, (store) => store.orderOf("c1")).pipe(Effect.provide(orderStore))
        assert.isTrue(Option.isSome(yield* read))
        // Opened again, with nothing left to do.
        assert.isTrue(Option.isSome(yield* read))
        assert.isTrue((yield* Effect.exit(sql`DELETE FROM intents`))._tag === "Failure", "the newest rules hold")
      }).pipe(Effect.provide(layer))
    )

    it.effect("a book that a newer program has written is refused, and left as it is", () =>
      Effect.gen(function* () {
        yield* migrate()
        const sql = yield* SqlClient
        yield* sql`INSERT INTO schema_versions ${sql.insert({ migration_id: 99n, name: "later" })}`
        const error = yield* Effect.flip(asStoreError(Effect.provide(OrderStore, orderStore)))
        assert.strictEqual(error.reason, "version")
        assert.match(
          error.message,
          /^The book of orders: its tables have version 99, and this program writes \d+; a newer program has written it/
        )
      }).pipe(Effect.provide(layer))
    )
  })
}
