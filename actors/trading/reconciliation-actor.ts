import { BigDecimal, Clock, Effect, Option, Queue, Result } from "effect"
import { type BackoffPolicy, backoffMs } from "../../machines/backoff.ts"
import { zero } from "../../src/kernel/decimal.ts"
import type { Order } from "../../src/trading/domain/order/order.ts"
import { lossDayOf } from "../../src/trading/domain/safety/loss-day.ts"
import { OrderStore } from "../../src/trading/ports/order-store.ts"
import { Reconciler, type Trigger } from "../../src/trading/ports/reconciler.ts"
import { TradeMode } from "../../src/trading/ports/trade-conditions.ts"
import { TradeEvents } from "../../src/trading/ports/trade-events.ts"
import type { Body } from "../runtime/tree.ts"

/** Milliseconds. */
export interface ReconciliationSettings {
  readonly intervalMs: number
  /** The run at the end of a day begins so long after the close of the regular session. */
  readonly afterCloseMs: number
  readonly again: BackoffPolicy
}

export const defaultReconciliationSettings: ReconciliationSettings = {
  intervalMs: 300_000,
  afterCloseMs: 300_000,
  again: { baseMs: 500, capMs: 30_000 }
}

/** Each trigger waits at most once. */
const waitingMax = 8
const lookEveryMs = 30_000
const endOfDayName = "reconciliation.endOfDay"

/**
 * Runs the reconciliation at the start, at its interval, after the close, and when the book may have missed something.
 * A run that fails is repeated until one succeeds. The runs after a reconnect belong to the stream of updates.
 */
export const makeReconciliation = Effect.fnUntraced(function* (
  settings: ReconciliationSettings = defaultReconciliationSettings
) {
  const [reconciler, events, store, mode] = [yield* Reconciler, yield* TradeEvents, yield* OrderStore, yield* TradeMode]
  const wanted = yield* Queue.dropping<{ readonly trigger: Trigger; readonly order?: Order }>(waitingMax)
  const waiting = new Set<Trigger>()
  const counts = { runs: 0, failures: 0 }
  const want = (trigger: Trigger, order?: Order): void => {
    if (waiting.has(trigger)) return
    if (Queue.offerUnsafe(wanted, order === undefined ? { trigger } : { trigger, order })) waiting.add(trigger)
  }
  const unsubscribe = events.subscribe((event) => {
    if (event.type === "orderLost" || event.type === "factRefused") want("silentOrder")
    if (event.type === "orderRefused") want("refusedClose", event.order)
  })
  yield* Effect.addFinalizer(() => Effect.sync(unsubscribe))

  const untilDone = Effect.fnUntraced(function* (trigger: Trigger) {
    for (let tries = 1; ; tries++) {
      const result = yield* Effect.result(reconciler.run(trigger))
      counts.runs++
      if (Result.isSuccess(result)) return
      counts.failures++
      yield* Effect.sleep(backoffMs(settings.again, tries, tries))
    }
  })

  /** The refused order would have reduced a position of the book: then the book may be wrong. */
  const wasClose = Effect.fnUntraced(function* ({ request: { side, symbol } }: Order) {
    const exposure = yield* Effect.option(store.exposure)
    const position = Option.getOrUndefined(exposure)?.positions.get(symbol)?.quantity ?? zero
    return side === "sell" ? BigDecimal.isPositive(position) : BigDecimal.isNegative(position)
  })

  const carryOut = Effect.gen(function* () {
    while (true) {
      const { order, trigger } = yield* Queue.take(wanted)
      waiting.delete(trigger)
      if (order !== undefined && !(yield* wasClose(order))) continue
      yield* untilDone(trigger)
    }
  })

  const atInterval = Effect.forever(
    Effect.andThen(
      Effect.sleep(settings.intervalMs),
      Effect.sync(() => want("interval"))
    )
  )

  /** Once for each trading day, also when the program was down at the close. */
  const atEndOfDay = Effect.gen(function* () {
    while (true) {
      const session = lossDayOf(yield* Clock.currentTimeMillis)
      const nowMs = yield* Clock.currentTimeMillis
      if (session !== undefined && nowMs >= session.close + settings.afterCloseMs) {
        const done = yield* Effect.option(store.value(endOfDayName))
        if (Option.isSome(done) && Option.getOrUndefined(done.value) !== session.day) {
          yield* untilDone("endOfDay")
          yield* Effect.ignore(store.setValue(endOfDayName, session.day))
        }
      }
      yield* Effect.sleep(lookEveryMs)
    }
  })

  const body: Body = (ready) =>
    Effect.gen(function* () {
      yield* ready
      if (mode.configured === "dry") return yield* Effect.never
      yield* untilDone("start")
      return yield* Effect.raceAllFirst([carryOut, atInterval, atEndOfDay])
    })
  return { body, counts }
})
