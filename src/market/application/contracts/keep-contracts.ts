import { Clock, Effect, Result } from "effect"
import type { TradingCalendar } from "../../../kernel/calendar/trading-calendar.ts"
import type { Contract } from "../../../kernel/instrument/contract.ts"
import { type ContractKind, kindOf } from "../../../kernel/instrument/contract-filter.ts"
import { isLive } from "../../../kernel/instrument/contract-life.ts"
import { nextRefreshMs } from "../../../kernel/instrument/contract-refresh-time.ts"
import type { ContractCatalogueError } from "../../ports/contract-catalogue.ts"
import type { ContractStore, ContractStoreError } from "../../ports/contract-store.ts"
import type { RefreshAsks } from "../subscriptions/refresh-asks.ts"
import { type ContractRefresh, type ContractSource, refreshContracts } from "./refresh-contracts.ts"

/** Contracts of one exchange and kind that have not expired. */
export interface ContractCount {
  readonly exchange: string
  readonly kind: ContractKind
  readonly contracts: number
}

/**
 * First pause after a failure that may pass; it doubles up to the maximum. Fronts lock accounts that log in too
 * often.
 */
const firstPauseMs = 60_000
const lastPauseMs = 900_000

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
  /** Requests for a refresh outside the schedule: it runs at once, and the requester gets the result. */
  readonly asks?: RefreshAsks
  /** A new version was stored. */
  readonly onRefresh: (refresh: ContractRefresh) => void
  /**
   * Called after each refresh, failed ones too, with the trading day by the calendar. Contracts that expired before
   * it have expired, also when a source failed or its front still shows the previous day.
   */
  readonly onDay?: (tradingDay: number) => void
  /** A refresh failed, or one of its sources. The known contracts stay. The next attempt is after `retryMs`. */
  readonly onTrouble: (error: ContractCatalogueError | ContractStoreError, retryMs: number) => void
}

/**
 * Refreshes now and at the beginning of each trading day, forever. A failure never ends it: one that may pass is
 * retried after 1, 2, 4, … 15 minutes, any other when the next trading day begins.
 */
export const keepContracts = Effect.fnUntraced(function* (
  options: KeepContracts
): Effect.fn.Return<never, never, ContractStore> {
  const { asks, calendar, sources } = options
  const pause = (ms: number) => (asks === undefined ? Effect.sleep(ms) : Effect.raceFirst(Effect.sleep(ms), asks.asked))
  let pauseMs = firstPauseMs
  while (true) {
    const tradingDay = calendar.tradingDayOf(yield* Clock.currentTimeMillis)
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
    // A full disk may soon have space again.
    const passing = trouble.some((error) => error._tag === "ContractStoreError" || error.retryable)
    const waitMs = passing ? Math.min(pauseMs, nextMs) : nextMs
    pauseMs = passing ? Math.min(pauseMs * 2, lastPauseMs) : firstPauseMs
    for (const error of trouble) options.onTrouble(error, waitMs)
    yield* pause(waitMs)
  }
})
