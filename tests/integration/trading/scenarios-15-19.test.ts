// Failure scenarios 15 to 19 of docs/reference/trading-scenarios.md: requests whose outcome is not what the answer
// says.
import { assert } from "@effect/vitest"
import { Effect, Option } from "effect"
import { decimalText } from "../../../src/kernel/decimal.ts"
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

/** No poll and no update helps: what is found comes from the lookup that the scenario is about. */
const quiet = { orders: { silence: { baseMs: 60_000, capMs: 60_000 } } }

scenario("S15 has one order at the venue when the connection ends after it was accepted", (world) =>
  Effect.gen(function* () {
    const program = yield* world.ready({ settings: { monitor: { venueErrorsInRow: 1000 } } })
    for (const [at, fault] of ["reply-lost", "reply-500"].entries()) {
      const id = `s15-${fault}`
      world.fault(fault)
      world.fault("update-drop", { count: 9 })
      yield* program.desk.submit(market("3"), under(id))
      // The caller has no answer either, and sends again.
      yield* untilOrder(program, id, "known", ({ legs }) => legs.size === 1)
      yield* untilStatus(program, id, "filled")
      assert.strictEqual(world.server.venue.state.orders.count(), at + 1)
      assert.lengthOf(world.posts(), at + 1)
      world.fault("update-drop", { count: 0 })
    }
    // The program ends between the acceptance and its answer.
    world.fault("reply-slow")
    world.fault("update-drop", { count: 9 })
    yield* program.desk.submit(market("4"), under("s15-end"))
    yield* until("the order at the venue", () => world.server.venue.state.orders.count() === 3)
    yield* program.end
    world.fault("update-drop", { count: 0 })
    const next = yield* world.ready()
    yield* untilStatus(next, "s15-end", "filled")
    assert.deepStrictEqual([world.server.venue.state.orders.count(), world.posts().length], [3, 3])
    assert.strictEqual(yield* positionOf(next), "10")
  })
)

scenario("S16 looks a filled order up once when its cancel is refused, and sends no second cancel", (world) =>
  Effect.gen(function* () {
    const program = yield* world.ready({ settings: quiet })
    yield* program.desk.submit(resting("5"), under("s16"))
    const { brokerOrderId } = yield* untilStatus(program, "s16", "new")
    world.fault("update-drop", { count: 9 })
    world.pin("AAPL", "95.98", "96")
    const venueOrder = () => world.server.venue.state.orders.findClientId("s16")
    yield* until("the fill", () => (world.server.settle(), venueOrder()?.status === "filled"))
    yield* program.desk.cancel("s16", "test")
    yield* untilStatus(program, "s16", "filled")
    const about = world.sent.filter(({ path }) => path.endsWith(`/${brokerOrderId}`))
    assert.deepStrictEqual(
      about.map(({ method, status }) => [method, status]),
      [
        ["DELETE", 422],
        ["GET", 200]
      ]
    )
    const again = yield* Effect.flip(program.desk.cancel("s16", "test"))
    assert.strictEqual(again._tag, "NotPossible")
    // New orders are not held up by it.
    world.fault("update-drop", { count: 0 })
    world.pin("AAPL", "99.99", "100.01")
    yield* until("the quote", () => decimalText(program.quotes.quote("AAPL")?.bid ?? decimal("0")) === "99.99")
    yield* program.desk.submit(market("1"), under("s16-next"))
    yield* untilStatus(program, "s16-next", "filled")
    assert.lengthOf(
      world.sent.filter(({ method }) => method === "DELETE"),
      1
    )
  })
)

scenario(
  "S17 reuses the client id in every attempt: N attempts, at most one order",
  (world) =>
    Effect.gen(function* () {
      const rare = { accountEveryMs: 60_000, clockEveryMs: 60_000 }
      const program = yield* world.ready({ settings: { poll: rare, monitor: { venueErrorsInRow: 1000 } } })
      // The venue asks to wait before it takes the order, loses the reply, and does not find it at first.
      world.fault("rate-limit")
      const order = resting("5")
      const attempt = program.desk.submit(order, under("s17"))
      const answers = yield* Effect.all(
        Array.from({ length: 5 }, () => attempt),
        { concurrency: 5 }
      )
      assert.deepStrictEqual(answers.map(({ repeat }) => repeat).sort(), [false, true, true, true, true])
      yield* until("the refused POST", () => world.posts().some(({ status }) => status === 429))
      world.fault("reply-lost", { count: 1 })
      for (let at = 0; at < 5; at++) assert.isTrue((yield* attempt).repeat)
      yield* until("the second POST", () => world.server.venue.state.orders.count() === 1)
      world.fault("reply-html", { count: 3 })
      yield* untilStatus(program, "s17", "new")
      for (let at = 0; at < 5; at++) assert.isTrue((yield* attempt).repeat)
      assert.deepStrictEqual([...new Set(world.posts().map(({ body }) => body["client_order_id"]))], ["s17"])
      assert.strictEqual(world.server.venue.state.orders.count(), 1)
      // The same id for another order is refused, and nothing is sent.
      const other = yield* Effect.flip(program.desk.submit(resting("6"), under("s17")))
      assert.strictEqual(other._tag, "IdInUse")
      assert.lengthOf(world.posts(), 2)
    }),
  // The venue asks to wait for the end of its window: with the usual minute, until a time that depends on the start.
  { paper: { rateWindowMs: 1000 } }
)

scenario("S18 looks the client id up after every refusal of a POST: an order that is found wins", (world) =>
  Effect.gen(function* () {
    const program = yield* world.ready()
    for (const [at, fault] of ["reply-refused", "reply-duplicate"].entries()) {
      const id = `s18-${fault}`
      world.fault(fault)
      world.fault("update-drop", { count: 9 })
      yield* program.desk.submit(market("2"), under(id))
      const order = yield* untilStatus(program, id, "filled")
      assert.strictEqual(decimalText(order.filled), "2")
      assert.deepStrictEqual([world.posts().length, world.server.venue.state.orders.count()], [at + 1, at + 1])
      world.fault("update-drop", { count: 0 })
    }
    // One that is not found is refused, after one lookup.
    const before = world.sent.length
    world.fault("block-account")
    yield* program.desk.submit(market("1"), under("s18-refused"))
    yield* untilStatus(program, "s18-refused", "rejected")
    const lookups = world.sent.slice(before).filter(({ query }) => query.includes("client_order_id=s18-refused"))
    assert.lengthOf(lookups, 1)
    assert.isTrue(program.heard.some(({ type }) => type === "orderRefused"))
    assert.strictEqual(yield* positionOf(program), "4")
  })
)

scenario("S19 exits with what is left after the final cancel of a partly filled exit", (world) =>
  Effect.gen(function* () {
    const program = yield* world.ready({ settings: quiet })
    yield* program.desk.submit(market("10"), under("s19"))
    yield* untilStatus(program, "s19", "filled")
    yield* program.desk.submit(resting("10", "104", { side: "sell" }), under("s19-exit", true))
    const { brokerOrderId = "" } = yield* untilStatus(program, "s19-exit", "new")
    yield* program.safety.engage(world.why, "entries")
    // A part of it fills at the venue, and the event comes after that of the cancel.
    const venueOrder = Option.getOrThrow(Option.fromUndefinedOr(world.server.venue.state.orders.find(brokerOrderId)))
    world.fault("update-late", { count: 1 })
    world.fault("partial-next", { count: 1 })
    world.pin("AAPL", "104", "104.02")
    while (Number(decimalText(venueOrder.filledQuantity)) === 0) {
      world.server.settle()
      yield* Effect.sleep(1)
    }
    world.pin("AAPL", "99.99", "100.01")
    const confirmation = yield* program.safety.flattenText
    const report = yield* program.safety.flatten({ ...world.why, confirmation })
    assert.isTrue(report.flat, JSON.stringify(report))
    const part = Number(decimalText((yield* orderOf(program, "s19-exit")).filled))
    assert.isTrue(part > 0 && part < 10, `${part}`)
    assert.deepStrictEqual(
      report.lines.map(({ left, quantity }) => [quantity, left]),
      [[String(10 - part), "0"]]
    )
    assert.deepStrictEqual(
      world.posts().map(({ body }) => body["qty"]),
      ["10", "10", String(10 - part)]
    )
    assert.strictEqual(yield* positionOf(program), "0")
    assert.isEmpty(world.server.venue.state.ledger.positions())
  })
)
