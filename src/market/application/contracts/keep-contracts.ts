import { Clock, Effect, Result } from "effect"
import { yyyymmddOf } from "../../../kernel/calendar/calendar-day.ts"
import type { TradingCalendar } from "../../../kernel/calendar/trading-calendar.ts"
import type { Contract } from "../../../kernel/instrument/contract.ts"
import { type ContractKind, kindOf } from "../../../kernel/instrument/contract-filter.ts"
import { isLive } from "../../../kernel/instrument/contract-life.ts"
import { nextRefreshMs } from "../../../kernel/instrument/contract-refresh-time.ts"
import type { ContractCatalogueError } from "../../ports/contract-catalogue.ts"
import type { ContractStore, ContractStoreError } from "../../ports/contract-store.ts"
import type { RefreshAsks } from "../subscriptions/refresh-asks.ts"
import { type ContractRefresh, type ContractSource, refreshContracts } from "./refresh-contracts.ts"

/** Live contracts of one exchange and kind. */
export interface ContractCount {
  readonly exchange: string
  readonly kind: ContractKind
  readonly contracts: number
}

const dayMs = 86_400_000
const shanghaiOffsetMs = 28_800_000
/** First pause after a failure that may pass; it doubles up to the last. Fronts lock feedIntegrity that ask too often. */
const firstPauseMs = 60_000
const lastPauseMs = 900_000

/** Trading day (yyyymmdd) of a moment: from 18:00 on the next one. */
export const tradingDayAt = (calendar: TradingCalendar, nowMs: number): number => {
  const day = Math.floor((nowMs + shanghaiOffsetMs) / dayMs)
  return yyyymmddOf(calendar.tradingDayAt(day, (nowMs + shanghaiOffsetMs - day * dayMs) / 1000))
}

export const countContracts = (contracts: Iterable<Contract>, tradingDay: number): ReadonlyArray<ContractCount> => {
  const counts = new Map<string, ContractCount>()
  for (const contract of contracts) {
    if (!isLive(contract, tradingDay)) continue
    const { exchange } = contract
    const kind = kindOf(contract)
    const key = `${exchange} ${kind}`
    counts.set(key, { exchange, kind, contracts: (counts.get(key)?.contracts ?? 0) + 1 })
  }
  return [...counts.values()]
}

export interface KeepContracts {
  readonly sources: ReadonlyArray<ContractSource>
  readonly calendar: TradingCalendar
  /** Who asks for a refresh out of its turn: it is done at once, and they are told what came of it. */
  readonly asks?: RefreshAsks
  /** A new version is kept. */
  readonly onRefresh: (refresh: ContractRefresh) => void
  /**
   * After each refresh, failed ones too: the trading day by the calendar. What expired before it is over, also when a source
   * failed or its front has not turned to the new day.
   */
  readonly onDay?: (tradingDay: number) => void
  /** A refresh failed, or a source of it: what is known stays as it is. It is asked again after `retryMs`. */
  readonly onTrouble: (error: ContractCatalogueError | ContractStoreError, retryMs: number) => void
}

/**
 * Refreshes now and at each trading day's beginning, for ever. A failure never ends it: what may pass by itself is tried
 * again after 1, 2, 4, … 15 minutes, anything else when the next trading day begins.
 */
export const keepContracts = Effect.fnUntraced(function* (
  options: KeepContracts
): Effect.fn.Return<never, never, ContractStore> {
  const { asks, calendar, sources } = options
  const pause = (ms: number) => (asks === undefined ? Effect.sleep(ms) : Effect.raceFirst(Effect.sleep(ms), asks.asked))
  let pauseMs = firstPauseMs
  while (true) {
    const tradingDay = tradingDayAt(calendar, yield* Clock.currentTimeMillis)
    asks?.begin()
    const refreshed = yield* Effect.result(refreshContracts(sources, tradingDay))
    if (Result.isSuccess(refreshed)) options.onRefresh(refreshed.success)
    options.onDay?.(tradingDay)
    asks?.answer(refreshed)
    const trouble = Result.isSuccess(refreshed)
      ? refreshed.success.failures.map(({ error }) => error)
      : [refreshed.failure]
    const endMs = yield* Clock.currentTimeMillis
    const nextMs = nextRefreshMs(calendar, endMs) - endMs
    // A disk that is full may have room again soon.
    const passing = trouble.some((error) => error._tag === "ContractStoreError" || error.retryable)
    const waitMs = passing ? Math.min(pauseMs, nextMs) : nextMs
    pauseMs = passing ? Math.min(pauseMs * 2, lastPauseMs) : firstPauseMs
    for (const error of trouble) options.onTrouble(error, waitMs)
    yield* pause(waitMs)
  }
})
