import { Clock, Context, Effect, Layer } from "effect"
import { newYorkTradingDay } from "../../../kernel/calendar/new-york.ts"
import { OrderStore } from "../../ports/order-store.ts"
import { Reconciler } from "../../ports/reconciler.ts"
import { SafetyState } from "../../ports/safety-state.ts"
import { TradeMode, VenueWatch } from "../../ports/trade-conditions.ts"
import { TradeEvents } from "../../ports/trade-events.ts"

/** What stands between a good order and the venue, from memory. */
export class Readiness extends Context.Service<
  Readiness,
  {
    /** Why an entry would be refused or not sent, one sentence each with the fix; empty: it would leave. */
    readonly reasons: () => ReadonlyArray<string>
    /** Worth knowing, and no reason to refuse. */
    readonly beside: () => ReadonlyArray<string>
  }
>()("tickd/trading/Readiness") {}

/** A value of the book that nothing reads. */
const probeName = "probe"
const probeMs = 1000

export const readinessLayer = Layer.effect(
  Readiness,
  Effect.gen(function* () {
    const [events, watch, mode] = [yield* TradeEvents, yield* VenueWatch, yield* TradeMode]
    const [safety, reconciler, store] = [yield* SafetyState, yield* Reconciler, yield* OrderStore]
    const clock = yield* Clock.Clock
    let storeTrouble: string | undefined
    let reconciliationFailed = ""
    const unsubscribe = events.subscribe((event) => {
      if (event.type === "storeTrouble") storeTrouble = event.message
      else if (event.type === "storeBack") storeTrouble = undefined
      else if (event.type === "reconciliationFailed") reconciliationFailed = ` (${event.message})`
      else if (event.type === "reconciled") reconciliationFailed = ""
    })
    yield* Effect.addFinalizer(() => Effect.sync(unsubscribe))
    // Without orders nothing else would find out that the book is lost, or takes writes again.
    const probe = Effect.suspend(() =>
      storeTrouble === undefined
        ? store.outboxSize.pipe(
            Effect.asVoid,
            Effect.catch(({ message }) => Effect.sync(() => events.publish({ type: "storeTrouble", message })))
          )
        : Effect.ignore(
            Effect.andThen(
              store.setValue(probeName, ""),
              Effect.sync(() => events.publish({ type: "storeBack" }))
            )
          )
    )
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(probeMs), probe)))

    const safetyReasons = (): ReadonlyArray<string> => {
      const { breakers, killSwitch } = safety.view("", "")
      const reasons: Array<string> = []
      if (killSwitch.state === "unknown") reasons.push(`the kill switch is not known: ${killSwitch.cause}`)
      if (killSwitch.state === "engaged") {
        reasons.push(`the kill switch is engaged (${killSwitch.scope}) by ${killSwitch.by}: ${killSwitch.reason}`)
      }
      for (const view of breakers) {
        if (view.state === "unknown" && killSwitch.state !== "unknown") {
          reasons.push(`the circuit breaker is not known: ${view.cause}`)
        }
        if (view.state === "tripped") reasons.push(`the circuit breaker tripped: ${view.reason} ${view.details}`.trim())
        if (view.state === "quietPeriod") reasons.push(`quiet period after a reset: ${view.secondsLeft} s left`)
      }
      return reasons
    }

    return {
      reasons: () => {
        const reasons = [...safetyReasons()]
        const stopped = watch.stopped()
        if (stopped !== undefined) reasons.push(stopped)
        if (storeTrouble !== undefined) reasons.push(`the book of orders does not work: ${storeTrouble}`)
        if (mode.configured === "live") {
          if (!watch.listening()) reasons.push("the venue's updates are not received: see the log for the cause")
          if (reconciler.view() !== "open") {
            reasons.push(`the book is not reconciled with the venue yet${reconciliationFailed}`)
          }
        }
        if (watch.account() === undefined) reasons.push("the venue's account is not known: no price, no buying power")
        return reasons
      },
      beside: () => {
        const { day } = newYorkTradingDay(clock.currentTimeMillisUnsafe())
        if (mode.configured === "dry") return ["dry run: orders are judged and stored, and nothing is sent"]
        return mode.armed(day)
          ? []
          : [`live trading is not armed for ${day}: orders are refused (NOT_ARMED) until 'tickd arm'`]
      }
    }
  })
)
