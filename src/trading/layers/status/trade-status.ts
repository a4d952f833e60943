import { Clock, Context, Effect, Layer } from "effect"
import { OrderSupervision } from "../../../../actors/trading/order-supervision.ts"
import { newYorkTradingDay } from "../../../kernel/calendar/new-york.ts"
import { Reconciler } from "../../ports/reconciler.ts"
import { SafetyState } from "../../ports/safety-state.ts"
import { LimitBook, TradeMode, VenueWatch } from "../../ports/trade-conditions.ts"
import { VenueHealth } from "../../ports/venue-health.ts"
import { TradeRegistry, TradeSettings } from "../lowest.ts"
import { TradeActors } from "../tree-layer.ts"
import { Readiness } from "./readiness.ts"

/** Where the trading daemon stands, from memory: for `/status`, metrics and the demo. Times are milliseconds. */
export class TradeStatus extends Context.Service<
  TradeStatus,
  { readonly now: () => ReturnType<ReturnType<typeof makeStatus>> }
>()("tickd/trading/TradeStatus") {}

interface Parts {
  readonly settings: (typeof TradeSettings)["Service"]
  readonly registry: (typeof TradeRegistry)["Service"]
  readonly actors: (typeof TradeActors)["Service"]
  readonly supervision: (typeof OrderSupervision)["Service"]
  readonly mode: (typeof TradeMode)["Service"]
  readonly safety: (typeof SafetyState)["Service"]
  readonly reconciler: (typeof Reconciler)["Service"]
  readonly watch: (typeof VenueWatch)["Service"]
  readonly health: (typeof VenueHealth)["Service"]
  readonly limits: (typeof LimitBook)["Service"]
  readonly readiness: (typeof Readiness)["Service"]
  readonly nowMs: () => number
}

const makeStatus = (parts: Parts) => {
  const { actors, health, limits, mode, nowMs, readiness, reconciler, registry, safety, settings, supervision, watch } =
    parts
  const startedAtMs = nowMs()
  return () => {
    const { day } = newYorkTradingDay(nowMs())
    const { breakers, killSwitch } = safety.view("", "")
    const reasons = readiness.reasons()
    const states: Record<string, number> = {}
    for (const state of supervision.states().values()) states[state] = (states[state] ?? 0) + 1
    return {
      version: 1,
      role: "trading",
      instance: settings.instance,
      pid: process.pid,
      uptime_ms: nowMs() - startedAtMs,
      ready: reasons.length === 0,
      reasons,
      trade_mode: mode.configured,
      armed: mode.armed(day),
      trading_day: day,
      kill_switch: killSwitch.state,
      breakers: breakers.map(({ state }) => state),
      monitor_silent_ms: safety.monitorSilentMs() ?? null,
      reconciliation: reconciler.view(),
      quarantined: [...reconciler.quarantine().keys()],
      stopped_strategies: [...limits.stopped()],
      venue: {
        listening: watch.listening(),
        clock_known: watch.exchangeNow(nowMs()) !== undefined,
        account_known: watch.account() !== undefined,
        stopped: watch.stopped() ?? null,
        errors_in_row: health.errorsInRow()
      },
      orders: { actors: supervision.counts, states },
      updates: { ...actors.updates.counts, parked_now: actors.updates.parked() },
      outbox: actors.outbox.counts,
      reconciliations: actors.reconciliation.counts,
      poll: actors.poll.counts,
      limits_version: limits.current().version,
      restarts: registry.restarts(),
      children: registry.children().map(({ lastReason, path, restarts, state }) => ({
        path,
        state,
        restarts,
        last_reason: lastReason ?? null
      }))
    }
  }
}

export const tradeStatusLayer = Layer.effect(
  TradeStatus,
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    return {
      now: makeStatus({
        settings: yield* TradeSettings,
        registry: yield* TradeRegistry,
        actors: yield* TradeActors,
        supervision: yield* OrderSupervision,
        mode: yield* TradeMode,
        safety: yield* SafetyState,
        reconciler: yield* Reconciler,
        watch: yield* VenueWatch,
        health: yield* VenueHealth,
        limits: yield* LimitBook,
        readiness: yield* Readiness,
        nowMs: () => clock.currentTimeMillisUnsafe()
      })
    }
  })
)
