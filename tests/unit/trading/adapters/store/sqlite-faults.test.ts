// A book in a file fails in a few ways. Each has a reason and a sentence with the fix, and leaves nothing half-written.
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Context, Effect, Exit, Layer, Option, Scope } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { layer as sqlite } from "../../../../../src/platform/sql/sqlite-client.ts"
import { layer as openStore } from "../../../../../src/trading/adapters/store/open-store.ts"
import { layer as orderStore } from "../../../../../src/trading/adapters/store/order-store.ts"
import { intendedOrder } from "../../../../../src/trading/domain/order/order.ts"
import { OrderStore } from "../../../../../src/trading/ports/order-store.ts"
import { decimal, proposal } from "../../../../support/trading/gate-view.ts"

const order = (id: string) => intendedOrder(id, "h", proposal({ quantity: decimal("10") }).request, 1n)
const reservation = (id: string) => ({
  clientOrderId: id,
  symbol: "AAPL",
  side: "buy" as const,
  quantity: decimal("10"),
  price: decimal("100"),
  reduceOnly: false
})
const file = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "tickd-book-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  ),
  (folder) => join(folder, "book.db")
)

const startBook = Effect.fnUntraced(function* (path: string) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const layer = Layer.fresh(Layer.provideMerge(orderStore, sqlite({ path, busyTimeoutMs: 100 })))
  const context = yield* Layer.buildWithScope(layer, scope)
  return {
    store: Context.get(context, OrderStore),
    sql: Context.get(context, SqlClient),
    end: Scope.close(scope, Exit.void)
  }
})
/** How the program opens it. */
const refusal = (path: string) => Effect.flip(Effect.scoped(Layer.build(openStore({ kind: "sqlite", path }))))

it.effect("one program at a time has the file, and the next one takes it over", () =>
  Effect.gen(function* () {
    const path = yield* file
    const scope = yield* Scope.fork(yield* Effect.scope)
    const first = yield* Layer.buildWithScope(openStore({ kind: "sqlite", path }), scope)
    yield* Context.get(first, OrderStore).recordIntent(order("a"), undefined)
    const error = yield* refusal(path)
    assert.strictEqual(error.reason, "busy")
    assert.match(error.message, /book\.db\.lock is locked.*another program holds the database: end it/)
    yield* Scope.close(scope, Exit.void)
    const second = yield* Layer.build(openStore({ kind: "sqlite", path }))
    assert.isTrue(Option.isSome(yield* Context.get(second, OrderStore).orderOf("a")))
  })
)

it.effect("a full disk refuses whole calls, and the book goes on when there is space", () =>
  Effect.gen(function* () {
    const { store, sql } = yield* startBook(yield* file)
    const [row] = yield* sql<{ readonly page_count: bigint }>`PRAGMA page_count`
    yield* sql.unsafe(`PRAGMA max_page_count = ${Number(row?.page_count) + 6}`)
    let stored = 0
    let failed = 0
    for (let at = 0; at < 200; at++) {
      const id = `c${at}`
      const exit = yield* Effect.result(store.recordIntent(order(id), reservation(id)))
      if (exit._tag === "Success") stored++
      else {
        failed++
        assert.strictEqual(exit.failure.reason, "full")
        assert.match(
          exit.failure.message,
          /the disk of the database is full: free space, then trading goes on by itself\.$/
        )
      }
    }
    assert.isAbove(stored, 5)
    assert.isAbove(failed, 5)
    const counts = yield* sql<Record<string, bigint>>`SELECT (SELECT count(*) FROM intents) AS intents,
      (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM reservations) AS reservations,
      (SELECT count(*) FROM outbox) AS events`
    assert.deepStrictEqual(Object.values(counts[0] ?? {}).map(Number), [stored, stored, stored, stored])
    // In memory as in the tables.
    assert.strictEqual((yield* store.workingOrders).length, stored)
    assert.strictEqual((yield* store.exposure).reservations.length, stored)
    yield* sql.unsafe("PRAGMA max_page_count = 100000")
    assert.strictEqual((yield* store.recordIntent(order("later"), reservation("later"))).type, "stored")
  })
)

it.effect("a file that cannot be written refuses, and says what to correct", () =>
  Effect.gen(function* () {
    const { store, sql } = yield* startBook(yield* file)
    yield* sql.unsafe("PRAGMA query_only = ON")
    const error = yield* Effect.flip(store.recordIntent(order("a"), undefined))
    assert.strictEqual(error.reason, "lost")
    assert.match(error.message, /cannot be written: correct the owner and the permissions/)
    yield* sql.unsafe("PRAGMA query_only = OFF")
    assert.strictEqual((yield* store.recordIntent(order("a"), undefined)).type, "stored")
    const missing = yield* refusal(join(yield* file, "no", "book.db"))
    assert.match(missing.message, /cannot be opened: check the path, its folder and their permissions/)
  })
)

it.effect("a damaged file refuses the start, or the call that reads the damage", () =>
  Effect.gen(function* () {
    const path = yield* file
    const first = yield* startBook(path)
    for (let at = 0; at < 100; at++) yield* first.store.recordIntent(order(`c${at}`), reservation(`c${at}`))
    yield* first.end
    const whole = readFileSync(path)
    const { size } = statSync(path)
    const damages = {
      "another file": () => writeFileSync(path, "no database at all, but a text of some length ".repeat(200)),
      "a file cut in the middle": () => truncateSync(path, Math.floor(size / 8192) * 4096),
      "pages of zeros": () => writeFileSync(path, Buffer.concat([whole.subarray(0, 4096), Buffer.alloc(size - 4096)]))
    }
    for (const [what, damage] of Object.entries(damages)) {
      writeFileSync(path, whole)
      damage()
      const error = yield* refusal(path)
      assert.strictEqual(error.reason, "damaged", `${what}: ${error.message}`)
      assert.match(error.message, /restore it from a backup \(docs\/trading\/store\.md\)/, what)
    }
    writeFileSync(path, whole)
    assert.isTrue(Option.isSome(yield* (yield* startBook(path)).store.orderOf("c1")))
  })
)
