// A process that is killed has no last word. Scenarios 9, 12 and 15 again, with kill -9 at any moment between the
// intent, the POST, its answer and its updates.
import { spawn } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { assert } from "@effect/vitest"
import { Effect, Option } from "effect"
import { decimalText } from "../../../src/kernel/decimal.ts"
import { bookRows } from "../../support/trading/book-rows.ts"
import { positionOf, scenario } from "../../support/trading/scenario-stage.ts"
import { until } from "../../support/until.ts"

const child = fileURLToPath(new URL("../../support/trading/scenario-child.ts", import.meta.url))
const lives = [3, 8, 14]

scenario(
  "S09 S12 S15 after kill -9 each order of the venue is in the book once, with its fills, and none left twice",
  (world) =>
    Effect.gen(function* () {
      const path = join(world.folder, "book.db")
      const { orders, ledger } = world.server.venue.state
      const answered: Array<string> = []
      world.fault("reply-lost", { rate: 0.1 })
      world.fault("reply-slow", { rate: 0.3 })
      world.fault("update-twice", { rate: 0.2 })
      world.fault("update-drop", { rate: 0.1 })
      for (const wanted of lives) {
        const before = orders.count()
        const args = [child, world.server.url, path, String(world.wall.offMs)]
        const run = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] })
        const ended = new Promise<NodeJS.Signals | null>((resolve) => run.once("exit", (_, signal) => resolve(signal)))
        createInterface({ input: run.stdout }).on("line", (line) => void answered.push(line.slice("sent ".length)))
        yield* until("orders at the venue", () => orders.count() >= before + wanted || run.exitCode !== null)
        run.kill("SIGKILL")
        assert.strictEqual(yield* Effect.promise(() => ended), "SIGKILL")
      }
      for (const fault of ["reply-lost", "reply-slow", "update-twice", "update-drop"]) world.fault(fault, { rate: 0 })

      const program = yield* world.ready()
      yield* until("the venue's end", () => (world.server.settle(), orders.allOpen().length === 0))
      const report = yield* program.reconciler.run("operator")
      assert.deepStrictEqual([report.adjustments, report.unexplained, report.orphans], [0, [], 0])
      const venueOrders = orders.list({ status: "all", limit: 500, direction: "asc" })
      if (!Array.isArray(venueOrders)) throw new Error("the venue lists its orders")
      assert.isAtLeast(venueOrders.length, lives[0] ?? 0)
      // The venue refuses an id that it has: a second POST would be an order under another one, or an orphan.
      for (const { clientOrderId, filledQuantity, status } of venueOrders) {
        const order = Option.getOrThrow(yield* program.store.orderOf(clientOrderId))
        const known = [order.status, decimalText(order.filled), decimalText(order.inferred)]
        assert.deepStrictEqual(known, [status, decimalText(filledQuantity), "0"], clientOrderId)
      }
      const { adjustments, fills } = bookRows(path)
      const executions = ledger.executions().map(({ id }) => id)
      assert.deepStrictEqual(fills?.map(({ execution_id }) => execution_id).sort(), executions.sort())
      assert.deepStrictEqual(adjustments, [])
      assert.strictEqual(yield* positionOf(program), decimalText(ledger.position("AAPL").quantity))
      // What was answered is in the book: sent, or known as not sent.
      for (const id of answered) {
        const order = yield* program.store.orderOf(id)
        if (orders.findClientId(id) !== undefined) assert.isTrue(Option.isSome(order), id)
      }
    })
)
