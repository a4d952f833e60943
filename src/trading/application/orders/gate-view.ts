import { BigDecimal, Clock, Effect } from "effect"
import { newYorkTradingDay } from "../../../kernel/calendar/new-york.ts"
import type { Decimal } from "../../../kernel/decimal.ts"
import { instantOfMs } from "../../../kernel/time/utc-instant.ts"
import type { GateView, QuoteView, RecentExecution, RecentOrder } from "../../domain/risk/gate-view.ts"
import { sumsOf } from "../../domain/risk/reservation-sums.ts"
import type { ArmingView } from "../../domain/risk/safety.ts"
import type { Exposure } from "../../ports/order-store.ts"
import { Quotes } from "../../ports/quotes.ts"
import { Reconciler } from "../../ports/reconciler.ts"
import { SafetyState } from "../../ports/safety-state.ts"
import { LimitBook, TradeMode, VenueWatch } from "../../ports/trade-conditions.ts"

/** What this process itself remembers of the last minutes. */
export interface Recent {
  readonly orders: ReadonlyArray<RecentOrder>
  readonly executions: ReadonlyArray<RecentExecution>
}

/** Limit prices of working orders, by client id. */
export type WorkingPrices = ReadonlyMap<string, Decimal | undefined>

/** Whether live trading is armed at a moment. */
export const makeArmingView = Effect.map(TradeMode, ({ armed, configured }) => (nowMs: number): ArmingView => {
  if (configured === "dry") return { state: "dry" }
  const { day } = newYorkTradingDay(nowMs)
  return armed(day) ? { state: "armed" } : { state: "notArmed", day }
})

/** Builds the view of one moment: everything is read from memory but the exposure, which one transaction has given. */
export const makeGateView = Effect.gen(function* () {
  const [safety, quotes, reconciler, watch, limits, arming] = [
    yield* SafetyState,
    yield* Quotes,
    yield* Reconciler,
    yield* VenueWatch,
    yield* LimitBook,
    yield* makeArmingView
  ]
  return Effect.fnUntraced(function* (
    order: { readonly symbol: string; readonly strategyId: string },
    { positions, reservations }: Exposure,
    recent: Recent,
    workingPrices: WorkingPrices,
    /** Buying power that orders hold and the account's reading does not show, USD. */
    heldPower: Decimal
  ): Effect.fn.Return<GateView> {
    const nowMs = yield* Clock.currentTimeMillis
    const { killSwitch, breakers } = safety.view(order.strategyId, order.symbol)
    const account = watch.account()
    const symbols = new Set([order.symbol, ...positions.keys()])
    for (const [symbol, { buy, sell }] of sumsOf(reservations)) {
      if (BigDecimal.isPositive(buy.unpriced) || BigDecimal.isPositive(sell.unpriced)) symbols.add(symbol)
    }
    const found = new Map<string, QuoteView>()
    for (const symbol of symbols) {
      const quote = quotes.quote(symbol)
      if (quote !== undefined) found.set(symbol, quote)
    }
    const volume = quotes.averageDailyVolume(order.symbol)
    return {
      nowMs,
      exchangeNow: watch.exchangeNow(nowMs),
      arming: arming(nowMs),
      killSwitch,
      breakers,
      reconciliation: reconciler.view(),
      listening: watch.listening(),
      quarantine: reconciler.quarantine(),
      positions,
      reservations,
      quotes: found,
      averageDailyVolume: volume === undefined ? new Map() : new Map([[order.symbol, volume]]),
      accountBlocks: account?.blocks,
      equity: account?.equity,
      buyingPower: account === undefined ? undefined : BigDecimal.subtract(account.buyingPower, heldPower),
      limits: limits.current(),
      recentOrders: recent.orders,
      recentExecutions: recent.executions,
      stoppedStrategies: limits.stopped(),
      workingPrices
    }
  })
})

export const nowInstant = Effect.map(Clock.currentTimeMillis, instantOfMs)
