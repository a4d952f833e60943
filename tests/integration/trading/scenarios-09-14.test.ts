// Failure scenarios 9 to 14 of docs/reference/trading-scenarios.md: restarts, replays, and positions that differ.
import { join } from "node:path"
import { assert } from "@effect/vitest"
import { Effect, Result } from "effect"
import { bookRows, factRows } from "../../support/trading/book-rows.ts"
import { decimal } from "../../support/trading/gate-view.ts"
import {
  codesOf,
  market,
  positionOf,
  resting,
  scenario,
  under,
  untilOrder,
  untilStatus,
  type World
} from "../../support/trading/scenario-stage.ts"
import { until } from "../../support/until.ts"

const bookOf = ({ folder }: World) => join(folder, "book.db")

scenario("S09 makes no adjustment at a restart on a matching position, and none at a second one", (world) =>
  Effect.gen(function* () {
    const first = yield* world.ready()
    world.fault("partial-next", { count: 2 })
    yield* first.desk.submit(market("10"), under("s09-buy"))
    yield* untilStatus(first, "s09-buy", "filled")
    yield* first.desk.submit(market("4", { side: "sell" }), under("s09-sell", true))
    yield* untilStatus(first, "s09-sell", "filled")
    yield* first.desk.submit(resting("3"), under("s09-rest"))
    yield* untilStatus(first, "s09-rest", "new")
    yield* first.end
    const before = bookRows(bookOf(world))
    for (let restart = 0; restart < 2; restart++) {
      const next = yield* world.ready()
      const { last } = yield* next.reconciler.status
      assert.deepStrictEqual([last?.adjustments, last?.unexplained, last?.orphans], [0, [], 0])
      assert.strictEqual(yield* positionOf(next), "6")
      yield* next.end
      const after = bookRows(bookOf(world))
      assert.deepStrictEqual([after["fills"], after["adjustments"]], [before["fills"], []])
      assert.deepStrictEqual(after["positions"], before["positions"])
    }
  })
)

scenario("S10 replays the whole log of facts twice, and has the same book and no error", (world) =>
  Effect.gen(function* () {
    const program = yield* world.ready()
    world.fault("partial-next", { count: 1 })
    world.fault("update-twice", { count: 2 })
    yield* program.desk.submit(market("10"), under("s10-fill"))
    yield* untilStatus(program, "s10-fill", "filled")
    yield* program.desk.submit(resting("5"), under("s10-cancel"))
    yield* untilStatus(program, "s10-cancel", "new")
    yield* program.desk.replace("s10-cancel", { quantity: decimal("6") }, "test")
    yield* untilOrder(program, "s10-cancel", "replaced", ({ legs, status }) => legs.size === 2 && status === "new")
    yield* program.desk.cancel("s10-cancel", "test")
    yield* untilStatus(program, "s10-cancel", "canceled")
    const [first] = world.server.venue.state.ledger.executions()
    world.fault("bust", { execution_id: first?.id })
    yield* untilOrder(program, "s10-fill", "busted", ({ amendments }) => amendments.size === 1)
    yield* world.placeOutside({ symbol: "MSFT", side: "buy", qty: "1", type: "market" })
    yield* until("the orphan", () => program.heard.some(({ type }) => type === "orphanFound"))

    const facts = factRows(bookOf(world))
    assert.isAtLeast(facts.length, 12)
    const before = bookRows(bookOf(world))
    for (let round = 0; round < 2; round++) {
      for (const { clientOrderId, fact, raw } of facts) {
        assert.isTrue(yield* program.actors.book(clientOrderId, [{ fact, raw, receivedAt: 0n }]))
      }
    }
    assert.deepStrictEqual(bookRows(bookOf(world)), before)
    assert.isEmpty(program.heard.filter(({ type }) => type === "factRefused" || type === "actorCrashed"))
  })
)

scenario("S11 adds no rows by a second reconciliation, nor by a restart, to orders of others", (world) =>
  Effect.gen(function* () {
    yield* world.placeOutside({ symbol: "AAPL", side: "buy", qty: "5", type: "market" })
    yield* world.placeOutside({ symbol: "AAPL", side: "buy", qty: "2", type: "limit", limit_price: "95" })
    yield* world.placeOutside({ symbol: "AAPL", side: "buy", notional: "500", type: "market" })
    // Without a quantity until it is filled, which a halt prevents.
    world.fault("halt", { symbol: "MSFT" })
    yield* world.placeOutside({ symbol: "MSFT", side: "buy", notional: "500", type: "market" })
    world.server.settle()
    const rows: Array<unknown> = []
    for (let life = 0; life < 2; life++) {
      const program = yield* world.ready()
      for (let run = 0; run < 2; run++) {
        yield* program.reconciler.run("operator")
        rows.push(bookRows(bookOf(world)))
      }
      assert.strictEqual((yield* program.store.orphans).length, 4)
      // The first run of all finds everything, and each later one nothing.
      const found = program.heard.flatMap((event) => (event.type === "reconciled" ? [event.report.differences] : []))
      assert.isAtLeast(found.length, 3)
      const first = found.map((_, at) => (life === 0 && at === 0 ? { orphan: 4 } : {}))
      assert.deepStrictEqual(found, first)
      yield* program.end
    }
    for (const later of rows.slice(1)) assert.deepStrictEqual(later, rows[0])
  })
)

scenario("S12 derives the same ids from the same venue in two books that know nothing of one another", (world) =>
  Effect.gen(function* () {
    const paths = ["one.db", "two.db"].map((name) => join(world.folder, name))
    const programs = yield* Effect.forEach(paths, (path) => world.ready({ path }))
    const id = yield* world.placeOutside({ symbol: "AAPL", side: "buy", qty: "9", type: "limit", limit_price: "96" })
    for (const program of programs) yield* untilStatus(program, id, "new")
    // The venue's cumulative quantity is seen without its execution, so the fill is derived.
    world.fault("update-drop", { count: 1 })
    world.pin("AAPL", "95.98", "96")
    for (const program of programs) yield* untilStatus(program, id, "filled")
    const derived = paths.map((path) => bookRows(path)["fills"])
    assert.include(String(derived[0]?.[0]?.["execution_id"]), "inferred:")
    assert.deepStrictEqual(derived[1], derived[0])
    // A restart derives it again under the same id, and the execution takes its place in both.
    for (const program of programs) yield* program.reconciler.run("operator")
    const known = paths.map((path) => bookRows(path)["fills"])
    assert.deepStrictEqual(known[1], known[0])
    assert.strictEqual(known[0]?.[0]?.["execution_id"], world.server.venue.state.ledger.executions()[0]?.id)
  })
)

scenario("S13 S14 keeps working orders when a position differs, and takes no entries in its symbol", (world) =>
  Effect.gen(function* () {
    // A trip cancels no order here: what is missing afterwards was removed by the difference.
    const program = yield* world.ready({ settings: { safety: { cancel: "none" } } }, ["AAPL", "MSFT"])
    yield* program.desk.submit(market("10"), under("s13-held"))
    yield* untilStatus(program, "s13-held", "filled")
    for (let at = 0; at < 5; at++) yield* program.desk.submit(resting("1", `95.${at}`), under(`s13-${at}`))
    yield* program.desk.submit(market("1", { symbol: "MSFT" }), under("s14-other"))
    yield* untilStatus(program, "s13-4", "new")
    yield* untilStatus(program, "s14-other", "filled")
    const working = yield* program.store.workingOrders

    // Shares that came by a transfer: no order and no announced action explains them.
    world.server.venue.state.ledger.trade("AAPL", decimal("7"), decimal("100"))
    const report = yield* program.reconciler.run("operator")
    assert.deepStrictEqual(report.unexplained, [{ symbol: "AAPL", book: "10", venue: "17" }])
    assert.strictEqual(report.adjustments, 0)
    assert.deepStrictEqual(
      (yield* program.store.workingOrders).map(({ clientOrderId }) => clientOrderId),
      working.map(({ clientOrderId }) => clientOrderId)
    )
    assert.strictEqual(yield* positionOf(program), "10", "the book is not overwritten")
    const codes = Effect.fnUntraced(function* (id: string, symbol: string) {
      const refused = yield* Effect.result(
        program.desk.submit(resting("1", symbol === "AAPL" ? "95.7" : "290", { symbol }), under(id))
      )
      return Result.isFailure(refused) && "findings" in refused.failure ? codesOf(refused.failure.findings) : []
    })
    assert.include(yield* codes("s14-entry", "AAPL"), "SYMBOL_QUARANTINED")
    assert.notInclude(yield* codes("s14-msft", "MSFT"), "SYMBOL_QUARANTINED")
    // The monitor stops the account until an operator has looked.
    yield* until("the trip", () =>
      program.safetyState.view("alpha", "AAPL").breakers.some(({ state }) => state === "tripped")
    )
    // It stays through more runs, and ends by a person's explanation alone.
    yield* program.reconciler.run("operator")
    assert.include(yield* codes("s14-again", "AAPL"), "SYMBOL_QUARANTINED")
    yield* program.reconciler.acceptPosition("AAPL", "ops", "transferred from the account at another broker")
    assert.strictEqual(yield* positionOf(program), "17")
    assert.notInclude(yield* codes("s14-later", "AAPL"), "SYMBOL_QUARANTINED")
    const [adjustment] = bookRows(bookOf(world))["adjustments"] ?? []
    assert.deepStrictEqual([adjustment?.["cause"], adjustment?.["by"]], ["venueDifference", "ops"])
    assert.deepStrictEqual((yield* program.reconciler.run("operator")).unexplained, [])
  })
)
