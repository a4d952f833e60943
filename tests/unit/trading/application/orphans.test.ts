// An order of the account that is not ours takes buying power and may fill at any moment: the gate counts it, and until
// an operator has looked at it its symbol takes no entries, whatever the store does.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Result, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { zero } from "../../../../src/kernel/decimal.ts"
import { layer as orphanIntake } from "../../../../src/trading/application/reconcile/orphan-intake.ts"
import { defaultReconcilerSettings, makeReconciler } from "../../../../src/trading/application/reconcile/reconciler.ts"
import type { VenueOrder } from "../../../../src/trading/domain/order/venue-order.ts"
import { OrderStore, OrderStoreError } from "../../../../src/trading/ports/order-store.ts"
import { OrphanIntake } from "../../../../src/trading/ports/orphan-intake.ts"
import { Reconciler } from "../../../../src/trading/ports/reconciler.ts"
import { decimal, openMs } from "../../../support/trading/gate-view.ts"
import { entry, limitOrder, startWorld } from "../../../support/trading/order-world.ts"
import { emptyTruth, reconWorld } from "../../../support/trading/recon-world.ts"

const foreign = (symbol: string, quantity: string, limitPrice?: string): VenueOrder => ({
  clientOrderId: `foreign-${symbol}`,
  symbol,
  side: "buy",
  type: limitPrice === undefined ? "market" : "limit",
  timeInForce: "day",
  snapshot: {
    type: "snapshot",
    source: "rest",
    brokerOrderId: `b-${symbol}`,
    status: "new",
    quantity: decimal(quantity),
    filledQuantity: zero,
    limitPrice: limitPrice === undefined ? undefined : decimal(limitPrice),
    updatedAt: 1n
  },
  raw: "{}"
})
const test = (title: string, body: () => Effect.Effect<void, unknown, Scope.Scope>) =>
  it.effect(title, () => Effect.andThen(TestClock.setTime(openMs), Effect.suspend(body)))

describe("working orders that are not ours", () => {
  const refusedWith = Effect.fnUntraced(function* (order: VenueOrder, quantity: string) {
    const world = yield* startWorld()
    yield* world.store.recordOrphan(order, 5n)
    const result = yield* Effect.result(world.desk.submit(limitOrder(quantity), entry("own")))
    return Result.isFailure(result) ? result.failure.message : ""
  })

  test("count in shares, at their limit, at the market by the quote, and refuse without any price", () =>
    Effect.gen(function* () {
      assert.match(yield* refusedWith(foreign("AAPL", "700", "100"), "301"), /POSITION_QUANTITY/)
      assert.strictEqual(yield* refusedWith(foreign("AAPL", "700", "100"), "10"), "")
      // 200 MSFT at 300.1 USD, and 200 AAPL at 100: more than 80,000 USD long.
      assert.match(yield* refusedWith(foreign("MSFT", "200"), "200"), /LONG_NOTIONAL/)
      assert.strictEqual(yield* refusedWith(foreign("MSFT", "200"), "190"), "")
      assert.match(yield* refusedWith(foreign("ZZZ", "1"), "1"), /PRICE_MISSING: an order of ZZZ works/)
    }))
})

it.effect("an orphan that the store does not take stops its symbol at once, and is stored when it does", () =>
  Effect.gen(function* () {
    const store = yield* OrderStore
    let refusals = 6
    let tries = 0
    const busy = OrderStore.of({
      ...store,
      recordOrphan: (order, at) =>
        Effect.suspend(() => {
          tries++
          return refusals-- > 0
            ? Effect.fail(new OrderStoreError({ reason: "busy", message: "The book of orders is busy." }))
            : store.recordOrphan(order, at)
        })
    })
    const reconciler = yield* makeReconciler(defaultReconcilerSettings)
    const intake = yield* Effect.gen(function* () {
      return yield* OrphanIntake
    }).pipe(
      Effect.provide(orphanIntake),
      Effect.provideService(Reconciler, reconciler),
      Effect.provideService(OrderStore, busy)
    )
    const fiber = yield* Effect.forkChild(intake.found(foreign("AAPL", "7", "100"), []))
    yield* TestClock.adjust(1)
    assert.isTrue(reconciler.quarantine().has("AAPL"))
    yield* reconciler.refreshQuarantine
    assert.isTrue(reconciler.quarantine().has("AAPL"), "also after another look at the store")
    assert.lengthOf(yield* store.orphans, 0)
    yield* TestClock.adjust("1 second")
    assert.isBelow(tries, 6, "pauses between the attempts")
    yield* TestClock.adjust("20 seconds")
    yield* Fiber.join(fiber)
    assert.lengthOf(yield* store.orphans, 1)
    yield* reconciler.releaseOrphan("b-AAPL", "ops", "known, of the other program")
    assert.isFalse(reconciler.quarantine().has("AAPL"))
  }).pipe(Effect.provide(reconWorld(emptyTruth())))
)
