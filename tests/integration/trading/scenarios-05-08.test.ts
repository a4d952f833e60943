// Failure scenarios 5 to 8 of docs/reference/trading-scenarios.md: facts at the wrong moment, and orders of others.
import { assert } from "@effect/vitest"
import { Effect, Option } from "effect"
import { decimalText } from "../../../src/kernel/decimal.ts"
import { replacementIdOf } from "../../../src/trading/domain/order/client-order-id.ts"
import { decimal } from "../../support/trading/gate-view.ts"
import {
  market,
  orderOf,
  positionOf,
  resting,
  scenario,
  under,
  untilOrder,
  untilStatus
} from "../../support/trading/scenario-stage.ts"
import { until } from "../../support/until.ts"

scenario("S05 parks a fact of an unknown order, resolves it by client id, or stores it as an orphan", (world) =>
  Effect.gen(function* () {
    const program = yield* world.ready({}, ["AAPL", "MSFT"])
    // The updates come before the reply that names the broker id.
    world.fault("update-first")
    yield* program.desk.submit(market("2"), under("s05-early"))
    yield* untilOrder(program, "s05-early", "filled by its event", ({ executions }) => executions.size === 1)
    // An order placed long before, by a program that has ended: its execution is corrected today.
    yield* program.end
    const again = yield* world.ready()
    const [first] = world.server.venue.state.ledger.executions()
    world.fault("correct", { execution_id: first?.id, qty: "1" })
    const corrected = yield* untilOrder(again, "s05-early", "corrected", ({ amendments }) => amendments.size === 1)
    assert.strictEqual(decimalText(corrected.filled), "1")
    // An order that is not ours, filled before its first update can be explained.
    const id = yield* world.placeOutside({ symbol: "MSFT", side: "buy", qty: "3", type: "market" })
    yield* until("the orphan", () => again.heard.some(({ type }) => type === "orphanFound"))
    yield* untilOrder(again, id, "booked with its execution", ({ executions }) => executions.size === 1)
    assert.strictEqual(yield* positionOf(again, "MSFT"), "3")
    const refused = yield* Effect.flip(again.desk.submit(market("1", { symbol: "MSFT" }), under("s05-entry")))
    assert.include(refused.message, "SYMBOL_QUARANTINED")
    const orphans = yield* again.store.orphans
    assert.deepStrictEqual(
      orphans.map(({ order }) => order.clientOrderId),
      [id]
    )
  })
)

scenario("S06 counts a fill in every state: the fills are the venue's, whatever comes during a change", (world) =>
  Effect.gen(function* () {
    const program = yield* world.ready()
    const venueFilled = (ids: ReadonlyArray<string>) =>
      ids.reduce((sum, id) => {
        const order = world.server.venue.state.orders.findClientId(id)
        return sum + Number(order === undefined ? 0 : decimalText(order.filledQuantity))
      }, 0)
    let held = 0
    for (const [at, fault] of ["update-twice", "update-reorder", "update-late", "update-drop"].entries()) {
      const id = `s06-${fault}`
      yield* program.desk.submit(resting("10", "98"), under(id))
      yield* untilStatus(program, id, "new")
      // The old order fills while the change is under way: the venue answers it with a new order and rejects that one.
      world.fault(fault, { count: 3 })
      world.fault(at % 2 === 0 ? "replace-late" : "partial-next")
      yield* program.desk.replace(id, { quantity: decimal("12"), limitPrice: decimal("98.5") }, "test")
      world.pin("AAPL", "97.98", "98")
      yield* untilStatus(program, id, "filled")
      yield* until("the venue's end", () => world.server.venue.state.orders.allOpen().length === 0)
      const whole = venueFilled([id, replacementIdOf(id, 1)])
      yield* untilOrder(program, id, "all of it", ({ filled }) => Number(decimalText(filled)) === whole)
      held += whole
      assert.strictEqual(yield* positionOf(program), String(held), fault)
      world.pin("AAPL", "99.99", "100.01")
      world.fault(fault, { on: false })
      world.fault("partial-next", { count: 0 })
      yield* Effect.sleep(60)
    }
    // Closes are accepted.
    const exit = yield* program.desk.submit(market(String(held), { side: "sell" }), under("s06-exit", true))
    assert.strictEqual(exit.kind, "exit")
    yield* untilStatus(program, "s06-exit", "filled")
    assert.strictEqual(yield* positionOf(program), "0")
  })
)

scenario("S07 takes a refused cancel and a refused change as facts of that order only", (world) =>
  Effect.gen(function* () {
    const program = yield* world.ready()
    yield* program.desk.submit(resting("5", "97"), under("s07-other"))
    yield* untilStatus(program, "s07-other", "new")
    const other = Effect.map(orderOf(program, "s07-other"), ({ brokerOrderId, filled, quantity, status }) =>
      [brokerOrderId, status, decimalText(filled), decimalText(quantity)].join()
    )
    const before = yield* other

    world.fault("cancel-late")
    yield* program.desk.submit(resting("5", "96"), under("s07-cancel"))
    yield* untilStatus(program, "s07-cancel", "new")
    yield* program.desk.cancel("s07-cancel", "test")
    yield* untilStatus(program, "s07-cancel", "filled")
    world.fault("replace-late")
    yield* program.desk.submit(resting("5", "96.5"), under("s07-change"))
    yield* untilStatus(program, "s07-change", "new")
    yield* program.desk.replace("s07-change", { quantity: decimal("6") }, "test")
    yield* untilStatus(program, "s07-change", "filled")

    const named = program.heard.flatMap((event) =>
      event.type === "cancelRefused" || event.type === "replaceRefused" ? [event.order.clientOrderId] : []
    )
    assert.notInclude(named, "s07-other")
    assert.strictEqual(yield* other, before)
    assert.strictEqual(program.supervision.counts.crashes, 0)
    yield* program.desk.submit(market("1"), under("s07-next"))
    yield* untilStatus(program, "s07-next", "filled")
    assert.strictEqual(yield* positionOf(program), "11")
  })
)

scenario("S08 takes in a liquidation: an external order with its fills, the position follows, one alert", (world) =>
  Effect.gen(function* () {
    const program = yield* world.ready({}, ["AAPL", "MSFT"])
    const external = Effect.map(program.store.latestOrders(100), (orders) =>
      orders.filter(({ request }) => request.strategyId === "external")
    )
    const alerts = () => program.heard.filter(({ type }) => type === "orphanFound").length
    yield* program.desk.submit(market("10"), under("s08"))
    yield* untilStatus(program, "s08", "filled")
    world.fault("liquidate", { symbol: "AAPL" })
    yield* until("the alert", () => alerts() === 1)
    const [liquidation] = yield* external
    const id = liquidation?.clientOrderId ?? ""
    yield* untilOrder(program, id, "booked", ({ executions, status }) => status === "filled" && executions.size === 1)
    assert.strictEqual(yield* positionOf(program), "0")
    // A reconciliation finds nothing new, and alerts no second time.
    const report = yield* program.reconciler.run("operator")
    assert.deepStrictEqual([report.unexplained, report.orphans, alerts()], [[], 0, 1])

    // The same while nothing listens: the reconciliation takes it in, with its executions and one alert.
    yield* program.desk.submit(market("10", { symbol: "MSFT" }), under("s08-b"))
    yield* untilStatus(program, "s08-b", "filled")
    world.fault("refuse-stream-429", { count: 1000 })
    world.fault("stream-cut")
    yield* until("the loss", () => !program.watch.listening())
    world.fault("liquidate", { symbol: "MSFT" })
    yield* until("the fill", () => (world.server.settle(), world.server.venue.state.orders.allOpen().length === 0))
    world.fault("refuse-stream-429", { on: false })
    yield* until("the recovery", () => program.watch.listening())
    assert.deepStrictEqual([(yield* external).length, alerts(), yield* positionOf(program, "MSFT")], [2, 2, "0"])
    const [second] = yield* external
    assert.strictEqual(Option.fromUndefinedOr(second).pipe(Option.getOrThrow).executions.size, 1)
  })
)
