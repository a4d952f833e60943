// After an outage the book must become what the venue has, and say where it cannot.
import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Deferred, Effect, Exit, Fiber, Option } from "effect"
import { TestClock } from "effect/testing"
import { decimalText } from "../../../../../src/kernel/decimal.ts"
import { instantOfMs } from "../../../../../src/kernel/time/utc-instant.ts"
import {
  defaultReconcilerSettings,
  makeReconciler
} from "../../../../../src/trading/application/reconcile/reconciler.ts"
import { intendedOrder } from "../../../../../src/trading/domain/order/order.ts"
import { OrderStore } from "../../../../../src/trading/ports/order-store.ts"
import { decimal, proposal } from "../../../../support/trading/gate-view.ts"
import { emptyTruth, reconWorld, type VenueTruth, venueHas } from "../../../../support/trading/recon-world.ts"

const startMs = Date.parse("2026-11-30T15:00:00Z")
const at = instantOfMs(startMs)
const shares = (count: number) => BigDecimal.fromBigInt(BigInt(count))
const intent = (id: string) =>
  Effect.gen(function* () {
    const store = yield* OrderStore
    yield* store.recordIntent(intendedOrder(id, id, proposal().request, at), undefined)
    yield* store.applyFacts(id, [
      { fact: { type: "sent" }, receivedAt: at, raw: "" },
      { fact: { type: "outcomeUnknown", cause: "timeout" }, receivedAt: at, raw: "" }
    ])
  })
const reconciler = Effect.andThen(TestClock.setTime(startMs + 1000), makeReconciler(defaultReconcilerSettings))
const position = Effect.gen(function* () {
  const { positions } = yield* (yield* OrderStore).exposure
  return decimalText(positions.get("AAPL")?.quantity ?? decimal("0"))
})
const test = (
  title: string,
  body: (truth: VenueTruth) => Effect.Effect<void, unknown, Effect.Services<typeof reconciler>>,
  configured: "dry" | "live" = "live"
) =>
  it.effect(title, () => {
    const truth = emptyTruth()
    return Effect.provide(body(truth), reconWorld(truth, configured))
  })

describe("the reconciler", () => {
  test("keeps its mark by the venue's clock: this host's may be an hour ahead", (truth) =>
    Effect.gen(function* () {
      truth.aheadMs = -3_600_000
      const recon = yield* reconciler
      yield* recon.run("start")
      // Ordered and filled at the venue right after, and no update came.
      yield* intent("c1")
      const venueAt = at + 2_000_000_000n - 3_600_000_000_000n
      venueHas(truth, { clientOrderId: "c1", id: "b1", quantity: 10, filled: 10, at: venueAt })
      truth.positions.set("AAPL", shares(10))
      yield* TestClock.adjust("2 minutes")
      const report = yield* recon.run("interval")
      assert.deepStrictEqual([report.differences, report.unexplained], [{ missedFill: 1 }, []])
      assert.lengthOf(Option.getOrThrow(yield* (yield* OrderStore).orderOf("c1")).executions, 1)
    }))

  test("begins another run for a reconnect while one is going on", (truth) =>
    Effect.gen(function* () {
      const recon = yield* reconciler
      const seen = yield* Deferred.make<void>()
      truth.beforePositions = () => Deferred.doneUnsafe(seen, Exit.void)
      const first = yield* Effect.forkChild(recon.run("interval"))
      yield* Deferred.await(seen)
      const [joined, fresh] = yield* Effect.all([recon.run("interval"), recon.run("reconnect")], { concurrency: 2 })
      assert.strictEqual(joined, yield* Fiber.join(first))
      assert.strictEqual(fresh.trigger, "reconnect")
    }))

  test("opens the gate only after one whole run, and finds nothing the second time", (truth) =>
    Effect.gen(function* () {
      yield* intent("c1")
      venueHas(truth, { clientOrderId: "c1", id: "b1", quantity: 10, filled: 10, at: at + 5n })
      truth.positions.set("AAPL", shares(10))
      const recon = yield* reconciler
      assert.strictEqual(recon.view(), "closed")
      truth.down = true
      assert.isTrue(Exit.isFailure(yield* Effect.exit(recon.run("start"))))
      assert.strictEqual(recon.view(), "closed")
      assert.isTrue(Option.isNone(yield* (yield* OrderStore).value("reconciliation.mark")))
      truth.down = false
      truth.endlessFills = true
      const partly = yield* Effect.flip(recon.run("start"))
      assert.match(partly.message, /more than 1000 pages of fills/)
      assert.strictEqual(recon.view(), "closed")
      assert.isTrue(Option.isNone(yield* (yield* OrderStore).value("reconciliation.mark")))
      truth.endlessFills = false
      const first = yield* recon.run("start")
      assert.deepStrictEqual(first.differences, { missedFill: 1 })
      assert.strictEqual(recon.view(), "open")
      assert.strictEqual(yield* position, "10")
      assert.strictEqual(Option.getOrThrow(yield* (yield* OrderStore).orderOf("c1")).status, "filled")
      const second = yield* recon.run("interval")
      assert.deepStrictEqual([second.differences, second.adjustments, second.unexplained], [{}, 0, []])
    }))

  test("books every execution of a gap before it opens, also of an order that the lists no longer show as open", (truth) =>
    Effect.gen(function* () {
      yield* intent("c1")
      const recon = yield* reconciler
      yield* recon.run("start")
      venueHas(truth, {
        clientOrderId: "c1",
        id: "b1",
        quantity: 10,
        filled: 4,
        at: at + 2_000_000_000n,
        status: "canceled"
      })
      truth.positions.set("AAPL", shares(4))
      const report = yield* recon.run("reconnect")
      assert.deepStrictEqual(report.unexplained, [])
      assert.strictEqual(yield* position, "4")
      const order = Option.getOrThrow(yield* (yield* OrderStore).orderOf("c1"))
      assert.deepStrictEqual([order.status, decimalText(order.inferred)], ["canceled", "0"])
    }))

  test("calls an order lost only after the grace period", (truth) =>
    Effect.gen(function* () {
      yield* intent("c1")
      const recon = yield* reconciler
      const status = Effect.map((yield* OrderStore).orderOf("c1"), (order) => Option.getOrThrow(order).status)
      assert.deepStrictEqual((yield* recon.run("start")).differences, { waiting: 1 })
      assert.strictEqual(yield* status, "submitted_unconfirmed")
      yield* TestClock.setTime(startMs + 300_000)
      assert.deepStrictEqual((yield* recon.run("interval")).differences, { lost: 1 })
      assert.strictEqual(yield* status, "failed")
      // It was only slow: a late fact of the venue revives it.
      venueHas(truth, { clientOrderId: "c1", id: "b1", quantity: 10, filled: 10, at: at + 5n })
      truth.positions.set("AAPL", shares(10))
      yield* recon.run("interval")
      assert.strictEqual(yield* status, "filled")
    }))

  test("adopts an order that is not ours with its fills, and stops entries of its symbol until it is released", (truth) =>
    Effect.gen(function* () {
      venueHas(truth, { clientOrderId: "foreign", id: "b9", quantity: 5, filled: 2, at: at + 5n })
      truth.positions.set("AAPL", shares(2))
      const recon = yield* reconciler
      assert.strictEqual((yield* recon.run("start")).orphans, 1)
      assert.deepStrictEqual([...recon.quarantine().keys()], ["AAPL"])
      assert.strictEqual(yield* position, "2")
      assert.strictEqual((yield* recon.run("interval")).orphans, 0)
      assert.deepStrictEqual([...recon.quarantine().keys()], ["AAPL"])
      yield* recon.releaseOrphan("b9", "ops", "placed by hand")
      assert.deepStrictEqual([...recon.quarantine().keys()], [])
      assert.isTrue(Exit.isFailure(yield* Effect.exit(recon.releaseOrphan("b9", "ops", "again"))))
    }))

  test("never overwrites a position: an unexplained difference stops entries of its symbol, and removes no order", (truth) =>
    Effect.gen(function* () {
      yield* intent("c1")
      venueHas(truth, { clientOrderId: "c1", id: "b1", quantity: 10, filled: 0, at: at + 5n })
      truth.positions.set("AAPL", shares(7))
      const recon = yield* reconciler
      const run = yield* Effect.forkChild(recon.run("start"))
      yield* TestClock.adjust(1000)
      const report = yield* Fiber.join(run)
      assert.deepStrictEqual(report.unexplained, [{ symbol: "AAPL", book: "0", venue: "7" }])
      assert.include(recon.quarantine().get("AAPL") ?? "", "the venue 7")
      assert.strictEqual(yield* position, "0")
      assert.lengthOf(yield* (yield* OrderStore).workingOrders, 1)
      yield* recon.acceptPosition("AAPL", "ops", "held before tickd")
      assert.isTrue(Exit.isFailure(yield* Effect.exit(recon.acceptPosition("AAPL", "ops", "again"))))
      assert.deepStrictEqual([...recon.quarantine()], [])
      // The monitor must not trip again for what is explained.
      assert.deepStrictEqual((yield* recon.status).last?.unexplained, [])
      assert.deepStrictEqual((yield* recon.run("operator")).unexplained, [])
    }))

  test("takes an execution during the run for what it is: no difference is left", (truth) =>
    Effect.gen(function* () {
      yield* intent("c1")
      venueHas(truth, { clientOrderId: "c1", id: "b1", quantity: 10, filled: 0, at: at + 5n })
      truth.beforePositions = () => {
        venueHas(truth, { clientOrderId: "c1", id: "b1", quantity: 10, filled: 10, at: at + 9n })
        truth.positions.set("AAPL", shares(10))
      }
      const recon = yield* reconciler
      const run = yield* Effect.forkChild(recon.run("start"))
      yield* TestClock.adjust(1000)
      assert.deepStrictEqual((yield* Fiber.join(run)).unexplained, [])
      assert.strictEqual(yield* position, "10")
    }))

  test("explains a split once", (truth) =>
    Effect.gen(function* () {
      yield* intent("c1")
      venueHas(truth, { clientOrderId: "c1", id: "b1", quantity: 10, filled: 10, at: at + 5n })
      truth.positions.set("AAPL", shares(40))
      truth.splits.push({ id: "ca1", symbol: "AAPL", ratio: shares(4), day: "2026-11-30" })
      const recon = yield* reconciler
      assert.strictEqual((yield* recon.run("start")).adjustments, 1)
      assert.strictEqual(yield* position, "40")
      const again = yield* recon.run("interval")
      assert.deepStrictEqual([again.adjustments, again.unexplained], [0, []])
      // Four times as many once more is another difference, which this split does not explain.
      truth.positions.set("AAPL", shares(160))
      const run = yield* Effect.forkChild(recon.run("interval"))
      yield* TestClock.adjust(1000)
      assert.deepStrictEqual((yield* Fiber.join(run)).unexplained, [{ symbol: "AAPL", book: "40", venue: "160" }])
      assert.include([...recon.quarantine().keys()], "AAPL")
    }))

  test("runs once at a time: a second request gets the same report", (truth) =>
    Effect.gen(function* () {
      truth.positions.set("AAPL", shares(1))
      const recon = yield* reconciler
      const both = yield* Effect.forkChild(Effect.all([recon.run("start"), recon.run("operator")], { concurrency: 2 }))
      yield* TestClock.adjust(1000)
      const [first, second] = yield* Fiber.join(both)
      assert.strictEqual(first, second)
    }))

  test("opens by force only after an attempt and with a reason, and says so", (truth) =>
    Effect.gen(function* () {
      truth.down = true
      const recon = yield* reconciler
      assert.isTrue(Exit.isFailure(yield* Effect.exit(recon.forceComplete("ops", "venue is down"))))
      yield* Effect.exit(recon.run("start"))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(recon.forceComplete("ops", " "))))
      yield* recon.forceComplete("ops", "venue is down")
      assert.strictEqual(recon.view(), "open")
      assert.strictEqual((yield* recon.status).override?.by, "ops")
    }))

  test("says that the start takes too long, and stays closed", () =>
    Effect.gen(function* () {
      const recon = yield* reconciler
      assert.isFalse((yield* recon.status).timedOut)
      yield* TestClock.adjust(300_001)
      assert.isTrue((yield* recon.status).timedOut)
      assert.strictEqual(recon.view(), "closed")
    }))

  test(
    "has nothing to compare in a dry run",
    () =>
      Effect.gen(function* () {
        const recon = yield* reconciler
        assert.strictEqual(recon.view(), "open")
        assert.isTrue(Exit.isFailure(yield* Effect.exit(recon.run("operator"))))
      }),
    "dry"
  )
})
