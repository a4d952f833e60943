// Fills the disk of a book, sends orders, and makes room: `node store-full-disk-child.ts FOLDER`. One line of JSON.
import { appendFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { layer as openStore } from "../../../src/trading/adapters/store/open-store.ts"
import { intendedOrder } from "../../../src/trading/domain/order/order.ts"
import { OrderStore } from "../../../src/trading/ports/order-store.ts"
import { decimal, proposal } from "../../support/trading/gate-view.ts"

const folder = process.argv[2] ?? "."
const filler = join(folder, "filler")
const fillDisk = () => {
  for (let size = 65_536; size >= 1; size = Math.floor(size / 2)) {
    try {
      for (;;) appendFileSync(filler, Buffer.alloc(size))
    } catch {
      // Full for this size: a smaller one may still fit.
    }
  }
}
const program = Effect.gen(function* () {
  const store = yield* OrderStore
  const send = (id: string) =>
    Effect.match(
      store.recordIntent(intendedOrder(id, "h", proposal({ quantity: decimal("10") }).request, 1n), undefined),
      { onSuccess: ({ type }) => type as string, onFailure: ({ reason }) => reason as string }
    )
  const before = yield* send("before")
  fillDisk()
  const outcomes: Record<string, number> = {}
  const kept: Array<string> = ["before"]
  for (let at = 0; at < 100; at++) {
    const outcome = yield* send(`full${at}`)
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    if (outcome === "stored") kept.push(`full${at}`)
  }
  const read = (yield* store.latestOrders(500)).map(({ clientOrderId }) => clientOrderId).toReversed()
  rmSync(filler)
  return { before, outcomes, same: JSON.stringify(read) === JSON.stringify(kept), after: yield* send("after") }
})
const place = { kind: "sqlite", path: join(folder, "book.db") } as const
console.log(JSON.stringify(await Effect.runPromise(Effect.provide(program, openStore(place)))))
