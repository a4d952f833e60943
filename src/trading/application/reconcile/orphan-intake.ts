import { Clock, Effect, Layer } from "effect"
import { instantOfMs } from "../../../kernel/time/utc-instant.ts"
import { OrphanIntake } from "../../ports/orphan-intake.ts"
import { Reconciler } from "../../ports/reconciler.ts"
import { TradeEvents } from "../../ports/trade-events.ts"
import { adopt } from "./adopt.ts"

/**
 * Stores an order that no intent explains, with its facts, and stops entries of its symbol. A store that does not take
 * it is reported: the next reconciliation finds the order again.
 */
export const layer = Layer.effect(
  OrphanIntake,
  Effect.gen(function* () {
    const [reconciler, events] = [yield* Reconciler, yield* TradeEvents]
    const services = yield* Effect.context<Effect.Services<ReturnType<typeof adopt>>>()
    return OrphanIntake.of({
      found: Effect.fnUntraced(
        function* (order, facts) {
          yield* adopt(order, facts, instantOfMs(yield* Clock.currentTimeMillis))
          yield* reconciler.refreshQuarantine
        },
        Effect.provideContext(services),
        Effect.catch(({ message }) => Effect.sync(() => events.publish({ type: "storeTrouble", message })))
      )
    })
  })
)
