// A restart in trading hours must not wait for the history of the book.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { openMs } from "../../../support/trading/gate-view.ts"
import { entry, limitOrder, settled, startWorld } from "../../../support/trading/order-world.ts"

const total = 100_000
const workingMax = 1000

/** Copies one working order and one filled order of the book as often as it takes. */
const multiply = (path: string) => {
  const database = new DatabaseSync(path)
  const ids = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${total})`
  const from = `CASE WHEN i % ${total / workingMax} = 0 THEN 'w' ELSE 'f' END`
  database.exec(`PRAGMA synchronous = OFF; BEGIN;
    INSERT INTO intents ${ids} SELECT 'o' || i, kind, payload_hash, created_at
      FROM n JOIN intents ON client_order_id = ${from};
    INSERT INTO orders ${ids} SELECT 'o' || i, 10 + i, symbol, side, strategy_id, status, terminal, quantity, filled,
      replace(state, '"clientOrderId":"' || client_order_id || '"', '"clientOrderId":"o' || i || '"'), updated_at
      FROM n JOIN orders ON client_order_id = ${from};
    COMMIT`)
  database.close()
}

it.effect("1,000 working orders of 100,000 have their actor after a restart, without a look at the others", () =>
  Effect.gen(function* () {
    yield* TestClock.setTime(openMs)
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "tickd-recovery-"))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
    )
    const path = join(folder, "book.db")
    const first = yield* startWorld({ path })
    for (const id of ["w", "f"]) {
      yield* first.desk.submit(limitOrder("10", { nonce: id }), entry(id))
      yield* settled("working", () => first.stateOf(id) === "working")
    }
    first.venue.fill("b2", "e1", "10")
    yield* settled("filled", () => first.stateOf("f") === undefined)
    yield* first.end
    multiply(path)
    const beganMs = performance.now()
    const world = yield* startWorld({ path, venue: first.venue })
    const states = () => [...world.supervision.states().values()]
    while (!states().every((state) => state === "working")) yield* Effect.yieldNow
    const tookMs = performance.now() - beganMs
    assert.strictEqual(states().length, workingMax + 1)
    assert.strictEqual(first.venue.posts.length, 2)
    // 1.4 s on a loaded machine; a scan of the others takes several times as long.
    assert.isBelow(tookMs, 6000)
  })
)
