import { Clock, Context, Effect, Layer } from "effect"
import { OrderSupervision } from "../../../../actors/trading/order-supervision.ts"
import { newYorkTradingDay } from "../../../kernel/calendar/new-york.ts"
import { monotonicOf } from "../../../kernel/time/monotonic.ts"
import type { TradeReadings } from "../../adapters/prometheus/trade-metrics.ts"
import { OrderStore } from "../../ports/order-store.ts"
import { Reconciler } from "../../ports/reconciler.ts"
import { SafetyState } from "../../ports/safety-state.ts"
import { TradeMode, VenueWatch } from "../../ports/trade-conditions.ts"
import { TradeEvents } from "../../ports/trade-events.ts"
import { TradeFlow } from "../../ports/trade-flow.ts"
import { VenueHealth } from "../../ports/venue-health.ts"
import { TradeActors } from "../tree-layer.ts"
import { Readiness } from "./readiness.ts"

/** An order that is younger may still get its first answer. */
const unconfirmedAfterMs = 30_000
const unconfirmed: ReadonlySet<string> = new Set(["pending_new", "submitted", "submitted_unconfirmed"])
const flag = (holds: boolean): number => (holds ? 1 : 0)

/** All but what stands beside the way of orders. */
type OrderReadings = Omit<TradeReadings, "trade_nats_connected">

/** The values of the metrics at this moment. */
export class TradeReadingsNow extends Context.Service<
  TradeReadingsNow,
  { readonly read: Effect.Effect<OrderReadings> }
>()("tickd/trading/TradeReadingsNow") {}

export const readingsLayer = Layer.effect(
  TradeReadingsNow,
  Effect.gen(function* () {
    const [store, safety, reconciler, mode] = [
      yield* OrderStore,
      yield* SafetyState,
      yield* Reconciler,
      yield* TradeMode
    ]
    const [watch, health, readiness] = [yield* VenueWatch, yield* VenueHealth, yield* Readiness]
    const [actors, supervision, events] = [yield* TradeActors, yield* OrderSupervision, yield* TradeEvents]
    const flow = yield* TradeFlow
    const clock = yield* Clock.Clock
    const startedMs = monotonicOf(clock)
    let reconciledMs = startedMs
    let storeTrouble = false
    const unsubscribe = events.subscribe(({ type }) => {
      if (type === "reconciled") reconciledMs = monotonicOf(clock)
      else if (type === "storeTrouble") storeTrouble = true
      else if (type === "storeBack") storeTrouble = false
    })
    yield* Effect.addFinalizer(() => Effect.sync(unsubscribe))
    return {
      read: Effect.gen(function* () {
        const nowMs = clock.currentTimeMillisUnsafe()
        const sinceMs = (fromMs: number) => (monotonicOf(clock) - fromMs) / 1000
        const { breakers, killSwitch } = safety.view("", "")
        const states = yield* Effect.orElseSucceed(safety.breakers, () => new Map())
        const tripped = [...states.values()].filter((one) => "state" in one && one.state === "tripped").length
        const working = yield* Effect.result(store.workingOrders)
        const open = working._tag === "Success" ? working.success : []
        // The first day whose session has not ended.
        const session = newYorkTradingDay(nowMs)
        return {
          trade_ready: flag(readiness.reasons().length === 0),
          trade_session_open: flag(nowMs >= session.open),
          trade_kill_switch_engaged: flag(killSwitch.state === "engaged"),
          trade_breakers_tripped: tripped,
          trade_safety_unknown: flag(
            killSwitch.state === "unknown" || breakers.some(({ state }) => state === "unknown")
          ),
          trade_monitor_silent_seconds: (safety.monitorSilentMs() ?? monotonicOf(clock) - startedMs) / 1000,
          trade_reconciliation_age_seconds: mode.configured === "dry" ? 0 : sinceMs(reconciledMs),
          trade_armed: flag(mode.configured === "live" && mode.armed(session.day)),
          trade_reconciliation_open: flag(reconciler.view() === "open"),
          trade_working_orders: open.length,
          trade_intents_total: flow.intents,
          trade_fills_total: flow.fills,
          trade_unconfirmed_orders: open.filter(
            ({ createdAt, status }) =>
              unconfirmed.has(status) && nowMs - Number(createdAt / 1_000_000n) > unconfirmedAfterMs
          ).length,
          trade_quarantined_symbols: reconciler.quarantine().size,
          trade_venue_errors_in_row: health.errorsInRow(),
          trade_keys_rejected: flag(watch.stopped() !== undefined),
          trade_store_trouble: flag(storeTrouble || working._tag === "Failure"),
          trade_outbox_waiting: actors.outbox.counts.backlog,
          trade_updates_listening: flag(watch.listening()),
          trade_facts_refused_total: supervision.counts.factsRefused,
          trade_order_crashes_total: supervision.counts.crashes
        }
      })
    }
  })
)
