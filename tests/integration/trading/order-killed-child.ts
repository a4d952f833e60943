// Sends orders through the whole way until it is killed: `node order-killed-child.ts FOLDER`. The venue's record is a
// file: each POST is a line in it before it is answered.
import { appendFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { entry, limitOrder, startWorld } from "../../support/trading/order-world.ts"
import { makeScriptedVenue } from "../../support/trading/scripted-venue.ts"

const folder = process.argv[2] ?? "."
const venue = makeScriptedVenue()
venue.beforeReply.run = ({ clientOrderId }) => appendFileSync(join(folder, "posts"), `${clientOrderId}\n`)

const program = Effect.gen(function* () {
  const { desk, limits } = yield* startWorld({ path: join(folder, "book.db"), venue })
  yield* limits.change("test", "test", (now) => ({ ...now, ordersPerMinute: 1_000_000 }))
  for (let at = 0; ; at++) {
    const id = `o${process.pid}-${at}`
    yield* Effect.forEach(
      [`${id}a`, `${id}b`],
      (one) => Effect.ignore(desk.submit(limitOrder("1", { nonce: one }), entry(one))),
      { concurrency: 2 }
    )
    appendFileSync(join(folder, "answered"), `${id}a\n${id}b\n`)
    yield* Effect.sleep(1)
  }
})
await Effect.runPromise(Effect.scoped(program))
