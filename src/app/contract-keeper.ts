import { Clock, Effect } from "effect"
import type { Body } from "../../actors/supervision-tree.ts"
import { readContractFile } from "../adapters/catalogue/contract-file.ts"
import { makeContractStore } from "../adapters/catalogue/contract-store.ts"
import { type ContractCount, countContracts, keepContracts, tradingDayAt } from "../application/keep-contracts.ts"
import { RefreshAsks } from "../application/refresh-asks.ts"
import { type ContractRefresh, refreshContracts } from "../application/refresh-contracts.ts"
import { diffCounts } from "../cli/contracts-text.ts"
import { type Contract, mergeContracts } from "../domain/contract.ts"
import type { DatedContracts } from "../domain/contract-diff.ts"
import type { TradingCalendar } from "../domain/trading-calendar.ts"
import type { Operations } from "../ports/inbound/operations.ts"
import { ContractStore, type DamagedVersion } from "../ports/outbound/contract-store.ts"
import { contractFailure } from "./contract-failure.ts"
import type { ContractSettings } from "./contract-settings.ts"
import { contractSources } from "./contract-sources.ts"
import type { DaemonLog } from "./daemon-log.ts"
import { refreshOnAsk } from "./refresh-order.ts"

/** The contract catalogue of a running daemon. */
export interface ContractKeeper {
  /** What the daemon starts with. */
  readonly contracts: ReadonlyArray<Contract>
  readonly tradingDay: number
  /** Live contracts by exchange and kind, for `md_contracts`. */
  readonly counts: () => ReadonlyArray<ContractCount>
  /** Refreshes out of turn; undefined where there is no source to ask. */
  readonly refreshNow: Operations["refreshContracts"]
  /** Refreshes for ever. `onList` gets each new list, and the list in force for each new trading day that brought none. */
  readonly body: (onList: (list: DatedContracts) => void) => Body
}

/**
 * Reads what the daemon starts with: the files, which must be readable, and the kept list where a trader front is set. The
 * front itself is asked while the daemon runs, unless there is nothing to start with. Errors: `UserError`.
 */
export const makeContractKeeper = Effect.fnUntraced(function* (options: {
  readonly settings: ContractSettings
  readonly calendar: TradingCalendar
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Pick<DaemonLog, "write">
}) {
  const { settings, calendar, log } = options
  const store = makeContractStore(settings.folder, settings.keepDays)
  const sources = contractSources(settings, {
    env: options.env,
    flow: "trader-primary",
    onLine: (line) => log.write("INFO", line, { event: "contract_query_line" })
  })
  const tellDamaged = (damaged: ReadonlyArray<DamagedVersion>) => {
    for (const { file, reason } of damaged) {
      log.write("ERROR", `the contract list ${file} is damaged (${reason}): the one before it is used`, {
        event: "contracts_damaged"
      })
    }
  }
  const tellSetAside = (setAside: ReadonlyArray<string>) => {
    if (setAside.length === 0) return
    log.write("WARNING", `contracts set aside, no front can be asked for them: ${setAside.join("; ")}`, {
      event: "contracts_set_aside",
      count: setAside.length
    })
  }
  const tell = ({ version, former, diff, damaged, setAside }: ContractRefresh) => {
    tellDamaged(damaged)
    tellSetAside(setAside)
    const { tradingDay, contracts } = version
    const against = diff === undefined ? "the first list" : `${diffCounts(diff)} against ${former?.tradingDay}`
    log.write("INFO", `${contracts.length} contracts for trading day ${tradingDay}: ${against}`, {
      event: "contracts_refreshed",
      trading_day: tradingDay,
      contracts: contracts.length,
      listed: diff?.listed.length ?? null,
      expired: diff?.expired.length ?? null,
      changed: diff?.changed.length ?? null
    })
    for (const { id, exchange, field, before, after } of diff?.changed ?? []) {
      log.write("WARNING", `${id}.${exchange} has another ${field}: ${before} before, ${after} now`, {
        event: "contract_changed"
      })
    }
  }

  const tradingDay = tradingDayAt(calendar, yield* Clock.currentTimeMillis)
  const lists = yield* Effect.mapError(Effect.forEach(settings.files, readContractFile), contractFailure)
  const kept = yield* Effect.mapError(store.newest(Number.POSITIVE_INFINITY), contractFailure)
  tellDamaged(kept.damaged)
  tellSetAside(lists.flatMap((list) => list.setAside ?? []))
  const trusted = settings.trader === undefined ? [] : (kept.version?.contracts ?? [])
  let contracts = mergeContracts([...trusted, ...lists.flatMap((list) => list.contracts)]).contracts
  const fresh = contracts.length === 0 && sources.length > 0
  if (fresh) {
    const first = yield* refreshContracts(sources, tradingDay).pipe(
      Effect.provideService(ContractStore, store),
      Effect.mapError(contractFailure)
    )
    tell(first)
    contracts = first.version.contracts
  }
  let list: DatedContracts = { contracts, tradingDay }
  let counts = countContracts(contracts, tradingDay)
  const asks = new RefreshAsks()

  const keeper: ContractKeeper = {
    contracts,
    tradingDay,
    counts: () => counts,
    refreshNow: sources.length === 0 ? undefined : refreshOnAsk(asks),
    body: (onList) => (ready) =>
      Effect.andThen(
        Effect.andThen(
          Effect.sync(() => asks.serve()),
          ready
        ),
        sources.length === 0
          ? Effect.never
          : Effect.provideService(
              keepContracts({
                sources,
                calendar,
                fresh,
                asks,
                onRefresh: (refresh) => {
                  list = refresh.version
                  tell(refresh)
                },
                onDay: (today) => {
                  list = { contracts: list.contracts, tradingDay: Math.max(list.tradingDay, today) }
                  counts = countContracts(list.contracts, list.tradingDay)
                  onList(list)
                },
                onTrouble: (error, retryMs) =>
                  log.write(
                    "ERROR",
                    `contracts not refreshed, what was known stays; next try in ${Math.round(retryMs / 1000)} s: ${error.message}`,
                    { event: "contracts_not_refreshed", code: error.code, retry_ms: Math.round(retryMs) }
                  )
              }),
              ContractStore,
              store
            ).pipe(Effect.onExit(() => Effect.sync(() => asks.abandon())))
      )
  }
  return keeper
})
