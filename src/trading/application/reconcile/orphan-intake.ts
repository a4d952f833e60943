import { Clock, Effect, Layer, Result } from "effect"
import { instantOfMs } from "../../../kernel/time/utc-instant.ts"
import { OrderStoreError } from "../../ports/order-store.ts"
import { OrphanIntake } from "../../ports/orphan-intake.ts"
import { Reconciler } from "../../ports/reconciler.ts"
import { TradeEvents } from "../../ports/trade-events.ts"
import { adopt } from "./adopt.ts"

/** The first pause between two attempts is doubled up to the last, milliseconds. */
const [pauseMinMs, pauseMaxMs] = [100, 10_000]

/** Another attempt may succeed. */
const passes = (error: unknown): boolean =>
  !(error instanceof OrderStoreError) || error.reason === "busy" || error.reason === "full" || error.reason === "lost"

/**
 * Stops entries of the symbol at once, and stores an order that no intent explains, with its facts. A store that does
 * not take it is asked until it does. What no attempt can store is reported, and the symbol stays stopped.
 */
export const layer = Layer.effect(
  OrphanIntake,
  Effect.gen(function* () {
    const [reconciler, events] = [yield* Reconciler, yield* TradeEvents]
    const services = yield* Effect.context<Effect.Services<ReturnType<typeof adopt>>>()
    return OrphanIntake.of({
      found: Effect.fnUntraced(function* (order, facts) {
        reconciler.suspect(order)
        for (let tries = 1; ; tries++) {
          const at = instantOfMs(yield* Clock.currentTimeMillis)
          const stored = yield* adopt(order, facts, at).pipe(
            Effect.andThen(reconciler.refreshQuarantine),
            Effect.provideContext(services),
            Effect.result
          )
          if (Result.isSuccess(stored)) return
          events.publish({ type: "storeTrouble", message: stored.failure.message })
          if (!passes(stored.failure)) return
          yield* Effect.sleep(Math.min(pauseMaxMs, pauseMinMs * 2 ** (tries - 1)))
        }
      })
    })
  })
)
