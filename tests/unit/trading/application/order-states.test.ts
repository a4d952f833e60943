// Who may trade in which state, where the gate is not the one to decide: every cell of the page's second table.
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { TestClock } from "effect/testing"
import { OrderStoreError } from "../../../../src/trading/ports/order-store.ts"
import { decimal, openMs } from "../../../support/trading/gate-view.ts"
import { entry, idle, limitOrder, settled, startWorld } from "../../../support/trading/order-world.ts"

const page = readFileSync(new URL("../../../../docs/reference/trading-gate.md", import.meta.url), "utf8")
/** State: entry, exit, cancel. Written by hand, so that a change is a decision. */
const table: ReadonlyArray<readonly [state: string, entry: string, exit: string, cancel: string]> = [
  ["everything in order", "sent", "sent", "sent"],
  ["dry run", "stored as dry_run", "stored as dry_run", "nothing works"],
  ["live, not armed", "refused", "refused", "sent"],
  ["keys rejected", "refused", "refused", "sent"],
  ["book full or lost", "refused", "refused", "sent"]
]

const cells = Effect.fnUntraced(function* (state: string) {
  const world = {
    armed: true,
    down: false,
    ...(state === "dry run" ? { mode: "dry" as const } : {})
  }
  const full = Effect.fail(new OrderStoreError({ reason: "full", message: "The book of orders: the disk is full." }))
  const run = yield* startWorld({
    ...(world.mode === undefined ? {} : { mode: world.mode }),
    armed: () => world.armed,
    wrap: (store) => ({
      ...store,
      recordIntents: (intents) => (world.down ? full : store.recordIntents(intents)),
      applyFacts: (id, facts) => (world.down ? full : store.applyFacts(id, facts)),
      setWishes: (wishes) => (world.down ? full : store.setWishes(wishes))
    })
  })
  const { desk, venue } = run
  if (world.mode === undefined) {
    // A position, and a working order that can be canceled.
    yield* desk.submit(limitOrder("10", { nonce: "held" }), entry("held"))
    yield* settled("working", () => run.stateOf("held") === "working")
    venue.fill("b1", "e1", "10")
    yield* settled("held", () => run.stateOf("held") === undefined)
    yield* desk.submit(limitOrder("1", { nonce: "rest", symbol: "MSFT", limitPrice: decimal("299") }), entry("rest"))
    yield* settled("working", () => run.stateOf("rest") === "working")
  }
  if (state === "live, not armed") world.armed = false
  if (state === "book full or lost") world.down = true
  if (state === "keys rejected")
    run.events.publish({ type: "unauthorized", message: "The venue rejects the API keys." })
  const outcome = Effect.fnUntraced(function* (id: string, side: "buy" | "sell") {
    const result = yield* Effect.result(
      desk.submit(limitOrder("2", { nonce: id, side, limitPrice: decimal(side === "buy" ? "100" : "101") }), {
        ...entry(id),
        reduceOnly: side === "sell" && state !== "dry run"
      })
    )
    yield* idle
    if (Result.isFailure(result))
      return result.failure._tag === "DeskUnavailable" || /^NOT_ARMED: .* nothing was sent/.test(result.failure.message)
        ? "refused"
        : result.failure.message
    return venue.posts.includes(id) ? "sent" : `stored as ${result.success.order.status}`
  })
  const entryCell = yield* outcome("entry", "buy")
  const cancelled = yield* Effect.result(desk.cancel("rest", "test"))
  yield* TestClock.adjust("1 second")
  yield* idle
  const cancelCell = Result.isFailure(cancelled) ? "nothing works" : venue.cancels.length > 0 ? "sent" : "not sent"
  return [state, entryCell, yield* outcome("exit", "sell"), cancelCell] as const
})

describe("the states beside the gate", () => {
  it.effect.each(table)("%s", (row) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(openMs)
      assert.deepStrictEqual(yield* cells(row[0]), row)
      assert.include(page, `| ${row.join(" | ")} |`)
    })
  )
})
