// Failure scenarios 1 to 4 of docs/reference/trading-scenarios.md: updates that do not come, and connections that lie.
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { decimalText } from "../../../src/kernel/decimal.ts"
import { defaultTradeSettings } from "../../../src/trading/layers/default-settings.ts"
import {
  codesOf,
  market,
  positionOf,
  resting,
  scenario,
  under,
  untilOpen,
  untilOrder,
  untilStatus
} from "../../support/trading/scenario-stage.ts"
import { until } from "../../support/until.ts"

scenario("S01 polls a silent order by id, and books its fill once though the event comes later", (world) =>
  Effect.gen(function* () {
    assert.strictEqual(defaultTradeSettings.orders.silence.baseMs, 5000)
    const program = yield* world.ready({ settings: { orders: { silence: { baseMs: 40, capMs: 40 } } } })
    // Lost on the way at first: only the poll can find it.
    world.fault("update-drop", { count: 9 })
    yield* program.desk.submit(market("10"), under("s01"))
    const polled = yield* untilStatus(program, "s01", "filled")
    assert.deepStrictEqual([polled.executions.size, decimalText(polled.inferred)], [0, "10"])
    const asked = `/v2/orders/${polled.brokerOrderId}`
    assert.isNotEmpty(world.sent.filter(({ method, path }) => method === "GET" && path === asked))
    world.fault("update-drop", { count: 0 })
    const { events } = world.server.venue.state
    for (const event of events.kept()) world.server.stream.publish(event)
    const booked = yield* untilOrder(program, "s01", "booked by its event", ({ executions }) => executions.size === 1)
    assert.deepStrictEqual([decimalText(booked.filled), decimalText(booked.inferred)], ["10", "0"])
    assert.strictEqual(yield* positionOf(program), "10")
  })
)

scenario("S02 refuses entries until listening and recovery have finished, sends exits and polls them", (world) =>
  Effect.gen(function* () {
    const program = yield* world.ready({ settings: { monitor: { venueErrorsInRow: 1000 } } })
    yield* program.desk.submit(market("10"), under("s02"))
    yield* untilStatus(program, "s02", "filled")
    world.fault("refuse-stream-429", { count: 1000 })
    world.fault("stream-cut")
    yield* until("the loss", () => !program.watch.listening())
    const refused = yield* Effect.flip(program.desk.submit(market("1"), under("s02-entry")))
    assert.strictEqual(refused._tag, "OrderRefused")
    assert.include(refused.message, "STREAM_DOWN")
    const exit = yield* program.desk.submit(market("4", { side: "sell" }), under("s02-exit", true))
    assert.strictEqual(exit.kind, "exit")
    const { brokerOrderId } = yield* untilStatus(program, "s02-exit", "filled")
    assert.isFalse(program.watch.listening())
    assert.isNotEmpty(world.sent.filter(({ method, path }) => method === "GET" && path.endsWith(`${brokerOrderId}`)))

    // It listens again, and the recovery cannot finish.
    const listened = () => program.heard.filter(({ type }) => type === "updatesListening").length
    const before = listened()
    world.fault("reply-html", { rate: 1 })
    world.fault("refuse-stream-429", { on: false })
    yield* until("listening", () => listened() > before)
    const early = yield* Effect.flip(program.desk.submit(market("1"), under("s02-early")))
    assert.include("findings" in early ? codesOf(early.findings) : [], "STREAM_DOWN")
    world.fault("reply-html", { rate: 0 })
    yield* untilOpen(program)
    yield* program.desk.submit(market("1"), under("s02-later"))
    const order = yield* untilOrder(program, "s02-exit", "booked", ({ executions }) => executions.size === 1)
    assert.strictEqual(decimalText(order.inferred), "0")
  })
)

scenario("S03 declares a mute socket within its seconds, and never connects again before its pause", (world) =>
  Effect.gen(function* () {
    const program = yield* world.ready({
      alpaca: { quotes: { staleMs: 300, futureMs: 1000, sweepMs: 50 } },
      settings: { monitor: { venueErrorsInRow: 1000 } }
    })
    yield* program.limits.change("test", "scenario 3", (now) => ({ ...now, quoteAgeMsMax: 600 }))
    // Open and mute: REST has newer quotes, so the socket is given up.
    world.fault("stream-mute")
    const mutedMs = performance.now()
    yield* until("the mute socket", () => program.counts.muteSockets > 0)
    assert.isBelow(performance.now() - mutedMs, 300 + 10 * 50 + 500)
    // No second opinion either: the quote grows old, and entries are refused.
    world.fault("reply-html", { rate: 1 })
    yield* Effect.sleep(650)
    const refused = yield* Effect.flip(program.desk.submit(market("1"), under("s03")))
    assert.include("findings" in refused ? codesOf(refused.findings) : [], "PRICE_STALE")
    world.fault("reply-html", { rate: 0 })
    world.fault("stream-mute", { on: false })

    // The trading socket: cut, then 429 four times, then accepted and cut at once.
    yield* until("listening", () => program.watch.listening())
    const from = world.connects.length
    const updates = () => world.connects.slice(from).filter(({ path }) => path === "/stream")
    world.fault("refuse-stream-429", { count: 4 })
    world.fault("stream-cut")
    yield* until("the fifth connect", () => updates().length === 5)
    yield* until("the socket is back", () => world.server.stream.readers() > 0)
    yield* until("listening", () => program.watch.listening())
    const cutMs = performance.now()
    world.fault("stream-cut")
    yield* until("another connect", () => updates().length === 6)
    const times = updates().map(({ atMs }) => atMs)
    const gaps = times.slice(1, 5).map((atMs, at) => atMs - (times[at] ?? 0))
    const least = [80, 160, 160, 160]
    assert.deepStrictEqual(
      gaps.map((gap, at) => gap >= (least[at] ?? 0)),
      [true, true, true, true],
      `${gaps}`
    )
    // A connection that was ready for a moment only has not earned the shortest pause.
    assert.isAtLeast((times[5] ?? 0) - cutMs, 160)
  })
)

scenario("S04 books every execution of a gap before the gate opens again", (world) =>
  Effect.gen(function* () {
    // No poll of a silent order: what is booked comes from the recovery.
    const program = yield* world.ready({ settings: { orders: { silence: { baseMs: 60_000, capMs: 60_000 } } } })
    yield* program.desk.submit(resting("10"), under("s04"))
    yield* untilStatus(program, "s04", "new")
    world.fault("refuse-stream-429", { count: 1000 })
    world.fault("stream-cut")
    yield* until("the loss", () => !program.watch.listening())
    world.fault("partial-next", { count: 2 })
    world.pin("AAPL", "95.98", "96")
    const venueOrder = () => world.server.venue.state.orders.findClientId("s04")
    yield* until("the fills", () => (world.server.settle(), venueOrder()?.status === "filled"))
    assert.isFalse(program.watch.listening())
    world.fault("refuse-stream-429", { on: false })
    while (!program.watch.listening()) yield* Effect.sleep(1)
    const [order] = yield* Effect.all([untilStatus(program, "s04", "filled"), untilOpen(program)])
    const executions = world.server.venue.state.ledger.executions()
    assert.isAtLeast(executions.length, 2)
    assert.deepStrictEqual([...order.executions.keys()].sort(), executions.map(({ id }) => id).sort())
    assert.strictEqual(yield* positionOf(program), "10")
  })
)
