// Dry-run orders a second through gate and store: `node tests/bench/trading.ts [orders] [at once]`.
// SQLite file in the working folder's `.cache`, synchronous FULL. The bare transactions of the same file come first.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Effect } from "effect"
import { limitOrder, startWorld } from "../support/trading/order-world.ts"

const [orders = 5000, atOnce = 64] = process.argv.slice(2).map(Number)
mkdirSync(".cache", { recursive: true })
const folder = mkdtempSync(join(".cache", "trading-"))

/** Transactions a second with one small row each. */
const bareRate = (): number => {
  const database = new DatabaseSync(join(folder, "bare.db"))
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE rows (body TEXT)")
  const insert = database.prepare("INSERT INTO rows VALUES (?)")
  const count = 500
  const beganMs = performance.now()
  for (let at = 0; at < count; at++) insert.run("x".repeat(500))
  const seconds = (performance.now() - beganMs) / 1000
  database.close()
  return count / seconds
}

const program = Effect.gen(function* () {
  const world = yield* startWorld({ path: join(folder, "book.db"), mode: "dry" })
  yield* world.limits.change("bench", "bench", (now) => ({ ...now, ordersPerMinute: 1_000_000 }))
  const send = (at: number) =>
    world.desk.submit(limitOrder("1", { nonce: `${at}` }), { clientOrderId: `o${at}`, reduceOnly: false, by: "bench" })
  const measure = Effect.fnUntraced(function* (from: number, count: number) {
    const beganMs = performance.now()
    yield* Effect.forEach(
      Array.from({ length: count }, (_, at) => from + at),
      send,
      {
        concurrency: atOnce,
        discard: true
      }
    )
    return (count / (performance.now() - beganMs)) * 1000
  })
  yield* measure(0, 500)
  return yield* measure(500, orders)
})

try {
  const bare = bareRate()
  const rate = await Effect.runPromise(Effect.scoped(program))
  console.log(
    JSON.stringify({ orders, at_once: atOnce, dry_tps_sqlite: Math.round(rate), bare_tps_sqlite: Math.round(bare) })
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
