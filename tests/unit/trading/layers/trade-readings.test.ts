// A metric that stays at its first value hides what its alert is for.
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { metricsText } from "../../../../src/trading/adapters/prometheus/trade-metrics.ts"
import { readinessLayer } from "../../../../src/trading/layers/status/readiness.ts"
import { readingsLayer, TradeReadingsNow } from "../../../../src/trading/layers/status/trade-readings.ts"
import { openMs } from "../../../support/trading/gate-view.ts"
import { entry, idle, limitOrder } from "../../../support/trading/order-world.ts"
import { startTradeWorld } from "../../../support/trading/trade-world.ts"

const test = (title: string, body: () => Effect.Effect<void, unknown, Scope.Scope>) =>
  it.effect(title, () => Effect.andThen(TestClock.setTime(openMs), Effect.suspend(body)))

const pass = (seconds: number) =>
  Effect.forEach(Array.from({ length: seconds * 2 }), () => Effect.andThen(TestClock.adjust(500), idle), {
    discard: true
  })
const why = { by: "ops", reason: "the first day of this account" }

describe("the metrics of the trading daemon", () => {
  test("follow the states that close the gate, and orders that are not confirmed", () =>
    Effect.gen(function* () {
      const world = yield* startTradeWorld()
      const built = yield* Layer.build(
        readingsLayer.pipe(Layer.provide(readinessLayer), Layer.provide(Layer.succeedContext(world.context)))
      )
      const { read } = Context.get(built, TradeReadingsNow)
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
      world.venue.state.lookup = "lostUnsent"
      world.venue.script.push("lostUnsent")
      yield* world.orders.submit(limitOrder("10"), entry("a"))
      yield* pass(33)
      const late = yield* read
      assert.strictEqual(late.trade_unconfirmed_orders, 1)
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
})
