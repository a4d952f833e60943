// A metric that stays at its first value hides what its alert is for.
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { OrderSupervision } from "../../../../actors/trading/order-supervision.ts"
import { metricsText } from "../../../../src/trading/adapters/prometheus/trade-metrics.ts"
import { readinessLayer } from "../../../../src/trading/layers/status/readiness.ts"
import { readingsLayer, TradeReadingsNow } from "../../../../src/trading/layers/status/trade-readings.ts"
import { TradeEvents } from "../../../../src/trading/ports/trade-events.ts"
import { TradeFlow } from "../../../../src/trading/ports/trade-flow.ts"
import { openMs } from "../../../support/trading/gate-view.ts"
import { entry, idle, limitOrder, settled } from "../../../support/trading/order-world.ts"
import { startTradeWorld } from "../../../support/trading/trade-world.ts"

const test = (title: string, body: () => Effect.Effect<void, unknown, Scope.Scope>) =>
  it.effect(title, () => Effect.andThen(TestClock.setTime(openMs), Effect.suspend(body)))

const pass = (seconds: number) =>
  Effect.forEach(Array.from({ length: seconds * 2 }), () => Effect.andThen(TestClock.adjust(500), idle), {
    discard: true
  })
const readingsOf = Effect.fnUntraced(function* ({ context }: Effect.Success<ReturnType<typeof startTradeWorld>>) {
  const built = yield* Layer.build(
    readingsLayer.pipe(Layer.provide(readinessLayer), Layer.provide(Layer.succeedContext(context)))
  )
  return {
    read: Context.get(built, TradeReadingsNow).read,
    flow: Context.get(context, TradeFlow),
    supervision: Context.get(context, OrderSupervision)
  }
})
const why = { by: "ops", reason: "the first day of this account" }

describe("the metrics of the trading daemon", () => {
  test("follow the states that close the gate, and orders that are not confirmed", () =>
    Effect.gen(function* () {
      const world = yield* startTradeWorld()
      const { read } = yield* readingsOf(world)
      yield* pass(2)
      assert.include(yield* read, { trade_ready: 0, trade_safety_unknown: 1, trade_session_open: 1 })
      yield* world.safety.initialise(why)
      yield* pass(3)
      assert.include(yield* read, {
        trade_ready: 1,
        trade_safety_unknown: 0,
        trade_updates_listening: 1,
        trade_unconfirmed_orders: 0
      })
      yield* world.arming.arm({ ...why, day: "2026-11-30" })
      yield* world.orders.submit(limitOrder("10"), entry("confirmed"))
      yield* pass(1)
      world.venue.state.lookup = "lostUnsent"
      world.venue.script.push("lostUnsent")
      yield* world.orders.submit(limitOrder("10", { nonce: "a" }), entry("a"))
      yield* pass(28)
      assert.include(yield* read, { trade_working_orders: 2, trade_unconfirmed_orders: 0 })
      yield* pass(5)
      const late = yield* read
      // One that the venue has confirmed is as old, and does not count.
      assert.include(late, { trade_working_orders: 2, trade_unconfirmed_orders: 1 })
      assert.isAbove(late.trade_reconciliation_age_seconds, 30)
      yield* world.safety.trip({ level: "symbol", symbol: "MSFT" }, "MANUAL", "test", "ops")
      assert.strictEqual((yield* read).trade_breakers_tripped, late.trade_breakers_tripped + 1)
      yield* world.safety.engage({ by: "ops", reason: "a drill of this test" }, "entries")
      assert.strictEqual((yield* read).trade_kill_switch_engaged, 1)
      world.broker.isUp = false
      assert.include(
        metricsText({ ...(yield* read), trade_nats_connected: 0 }),
        "# TYPE trade_kill_switch_engaged gauge\ntrade_kill_switch_engaged 1\n"
      )
    }))

  test("follow each source: flow, venue, book, outbox, actors and mode", () =>
    Effect.gen(function* () {
      const world = yield* startTradeWorld()
      const { flow, read, supervision } = yield* readingsOf(world)
      yield* world.safety.initialise(why)
      yield* pass(3)
      assert.include(yield* read, {
        trade_armed: 0,
        trade_reconciliation_open: 1,
        trade_intents_total: 0,
        trade_fills_total: 0,
        trade_venue_errors_in_row: 0,
        trade_quarantined_symbols: 0,
        trade_keys_rejected: 0,
        trade_store_trouble: 0,
        trade_outbox_waiting: 0,
        trade_facts_refused_total: 0,
        trade_order_crashes_total: 0
      })
      assert.isBelow((yield* read).trade_monitor_silent_seconds, 2)
      yield* world.arming.arm({ ...why, day: "2026-11-30" })
      yield* world.orders.submit(limitOrder("10"), entry("a"))
      yield* world.orders.submit(limitOrder("10"), entry("a"))
      yield* Effect.result(world.orders.submit(limitOrder("900000000", { nonce: "b" }), entry("b")))
      yield* pass(1)
      world.venue.fill("b1", "x1", "4")
      world.venue.fill("b1", "x2", "6")
      yield* pass(1)
      assert.include(yield* read, {
        trade_armed: 1,
        trade_intents_total: 1,
        trade_fills_total: 2,
        trade_working_orders: 0
      })
      assert.strictEqual(flow.ended.get("filled"), 1)
      assert.strictEqual(flow.refusals.get("FAT_FINGER_QUANTITY"), 1)
      assert.strictEqual(flow.submits.samples, 3)
      assert.isAbove(flow.storeWrites.samples, 2)
      assert.isAbove(flow.answers.get("taken") ?? 0, 1)
      assert.strictEqual(
        flow.venueRequests.samples,
        [...flow.answers.values()].reduce((sum, count) => sum + count, 0)
      )

      // An execution that comes after the end ends the order no second time.
      yield* world.orders.submit(limitOrder("10", { nonce: "late" }), entry("late"))
      yield* settled("its POST", () => world.venue.posts.length === 2)
      world.venue.end("b2", "canceled")
      yield* pass(1)
      world.venue.fill("b2", "x3", "3")
      yield* pass(1)
      assert.strictEqual((yield* read).trade_fills_total, 3)
      assert.strictEqual(
        [...flow.ended.values()].reduce((sum, count) => sum + count, 0),
        2
      )

      world.broker.isUp = false
      world.venue.script.push("refuse")
      yield* world.orders.submit(limitOrder("10", { nonce: "c" }), entry("c"))
      world.venue.send(world.venue.place("foreign", limitOrder("5", { symbol: "MSFT" })), "new")
      yield* pass(4)
      assert.strictEqual(flow.refusals.get("VENUE"), 1)
      assert.strictEqual(flow.ended.get("rejected"), 1)
      assert.strictEqual((yield* read).trade_quarantined_symbols, 1)
      assert.isAbove((yield* read).trade_outbox_waiting, 0)
      Context.get(world.context, TradeEvents).publish({ type: "storeTrouble", message: "full" })
      assert.strictEqual((yield* read).trade_store_trouble, 1)
      Context.get(world.context, TradeEvents).publish({ type: "storeBack" })
      assert.strictEqual((yield* read).trade_store_trouble, 0)
      Object.assign(supervision.counts, { factsRefused: 3, crashes: 2 })
      assert.include(yield* read, { trade_facts_refused_total: 3, trade_order_crashes_total: 2 })
      world.venue.state.lookup = "lostUnsent"
      world.venue.script.push("lostUnsent")
      yield* world.orders.submit(limitOrder("10", { nonce: "d" }), entry("d"))
      yield* settled("the POST", () => world.venue.posts.length === 4)
      // A reading of the account that succeeds in between begins the row anew: the lookups of the order go on failing.
      let inRow = 0
      for (let at = 0; at < 20 && inRow === 0; at++) {
        yield* pass(0.5)
        inRow = (yield* read).trade_venue_errors_in_row
        assert.strictEqual(inRow, world.health.errorsInRow())
      }
      assert.isAbove(inRow, 0)
      world.venue.state.keysWork = false
      Context.get(world.context, TradeEvents).publish({ type: "unauthorized", message: "forbidden" })
      yield* pass(1)
      assert.include(yield* read, { trade_keys_rejected: 1, trade_ready: 0 })
    }))

  for (const [time, open, what] of [
    ["2026-11-25T14:29:59Z", 0, "before the opening"],
    ["2026-11-25T14:30:00Z", 1, "at the opening"],
    ["2026-11-25T21:00:00Z", 0, "at the close"],
    ["2026-11-26T16:00:00Z", 0, "on Thanksgiving"],
    ["2026-11-27T17:59:59Z", 1, "before an early close"],
    ["2026-11-27T18:30:00Z", 0, "after an early close"],
    ["2026-11-28T16:00:00Z", 0, "on a Saturday"]
  ] as const) {
    it.effect(`know New York's session: ${what}`, () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(Date.parse(time))
        const { read } = yield* readingsOf(yield* startTradeWorld({ settings: { mode: "dry" } }))
        assert.include(yield* read, { trade_session_open: open, trade_armed: 0, trade_reconciliation_age_seconds: 0 })
      })
    )
  }
})
