import { Clock, Effect } from "effect"
import type { Body } from "../../../../actors/runtime/tree.ts"
import type { TradingCalendar } from "../../../kernel/calendar/trading-calendar.ts"
import { type Contract, mergeContracts } from "../../../kernel/instrument/contract.ts"
import type { DatedContracts } from "../../../kernel/instrument/contract-diff.ts"
import { diffCounts } from "../../../kernel/instrument/contract-diff.ts"
import { readContractFile } from "../../adapters/catalogue/contract-file.ts"
import { makeContractStore } from "../../adapters/catalogue/contract-store.ts"
import { type ContractCount, countContracts, keepContracts } from "../../application/contracts/keep-contracts.ts"
import type { ContractRefresh } from "../../application/contracts/refresh-contracts.ts"
import { RefreshAsks } from "../../application/subscriptions/refresh-asks.ts"
import type { ContractSettings } from "../../config/contract-settings.ts"
import type { ContractCatalogueError } from "../../ports/contract-catalogue.ts"
import { ContractStore, type ContractStoreError, type DamagedVersion } from "../../ports/contract-store.ts"
import type { Operations } from "../../ports/operations.ts"
import type { Waiting } from "../causes/waiting.ts"
import { refreshOnAsk } from "../control/refresh-command.ts"
import type { DaemonLog } from "../log/daemon-log.ts"
import { contractFailure } from "./contract-failure.ts"
import { contractSources } from "./contract-sources.ts"

/** The contract catalogue of a running daemon. */
export interface ContractKeeper {
  /** What the daemon starts with. */
  readonly contracts: ReadonlyArray<Contract>
  readonly tradingDay: number
  /** No contract is known that is not expired. */
  readonly isMissing: () => boolean
  /** Live contracts by exchange and kind, for `md_contracts`. */
  readonly counts: () => ReadonlyArray<ContractCount>
  /** Refreshes out of turn; undefined where there is no source to ask. */
  readonly refreshNow: Operations["refreshContracts"]
  /**
   * Refreshes for ever. `onList` gets each new list, and the list in force for each new trading day that brought none.
   */
  readonly body: (onList: (list: DatedContracts) => void) => Body
}

/**
 * Reads what the daemon starts with: the files, which it waits for, and the kept list where a trader front is set. The
 * front itself is asked while the daemon runs, so that no tick waits for it. Errors: `UserError`.
 */
export const makeContractKeeper = Effect.fnUntraced(function* (options: {
  readonly settings: ContractSettings
  readonly calendar: TradingCalendar
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Pick<DaemonLog, "write">
  readonly waiting: Pick<Waiting, "failed" | "until" | "worked">
}) {
  const { settings, calendar, log, waiting } = options
  const store = makeContractStore(settings.folder, settings.keepDays)
  const sources = contractSources(settings, {
    env: options.env,
    flow: "trader-primary",
    onLine: (line) => log.write("INFO", line, { event: "contract_query_line" })
  })
  const reportDamaged = (damaged: ReadonlyArray<DamagedVersion>) => {
    for (const { file, reason } of damaged) {
      log.write("ERROR", `the contract list ${file} is damaged (${reason}): the one before it is used`, {
        event: "contracts_damaged"
      })
    }
  }
  const reportSetAside = (setAside: ReadonlyArray<string>) => {
    if (setAside.length === 0) return
    log.write("WARNING", `contracts set aside, no front can be asked for them: ${setAside.join("; ")}`, {
      event: "contracts_set_aside",
      count: setAside.length
    })
  }
  const tell = ({ version, former, diff, damaged, setAside }: ContractRefresh) => {
    reportDamaged(damaged)
    reportSetAside(setAside)
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

  const tradingDay = calendar.tradingDayOf(yield* Clock.currentTimeMillis)
  const lists = yield* Effect.forEach(settings.files, (file) =>
    waiting.until("contract file", Effect.mapError(readContractFile(file), contractFailure))
  )
  // Lists that cannot be read are as good as none: the sources are asked anyway.
  const kept = yield* store.newest(Number.POSITIVE_INFINITY).pipe(
    Effect.catch((error) => {
      waiting.failed("contracts", "contracts", error)
      return Effect.succeed({ version: undefined, damaged: [] })
    })
  )
  reportDamaged(kept.damaged)
  reportSetAside(lists.flatMap((list) => list.setAside ?? []))
  const trusted = settings.trader === undefined ? [] : (kept.version?.contracts ?? [])
  const contracts = mergeContracts([...trusted, ...lists.flatMap((list) => list.contracts)]).contracts
  let list: DatedContracts = { contracts, tradingDay }
  let counts = countContracts(contracts, tradingDay)
  const asks = new RefreshAsks()
  let trouble: ContractCatalogueError | ContractStoreError | undefined
  /**
   * The pause before the next attempt may be long, and a rejected login is not tried again this day: the cause stays
   * said.
   */
  const repeatTrouble = Effect.forever(
    Effect.andThen(
      Effect.sleep(60_000),
      Effect.sync(() => {
        if (trouble !== undefined && counts.length === 0) waiting.failed("contracts", "contracts", trouble)
      })
    )
  )

  const keeper: ContractKeeper = {
    contracts,
    tradingDay,
    isMissing: () => counts.length === 0,
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
                asks,
                onRefresh: (refresh) => {
                  list = refresh.version
                  trouble = refresh.failures[0]?.error
                  if (trouble === undefined) waiting.worked("contracts")
                  tell(refresh)
                },
                onDay: (today) => {
                  list = { contracts: list.contracts, tradingDay: Math.max(list.tradingDay, today) }
                  counts = countContracts(list.contracts, list.tradingDay)
                  onList(list)
                },
                onTrouble: (error, retryMs) => {
                  trouble = error
                  waiting.failed("contracts", "contracts", error)
                  log.write(
                    "ERROR",
                    `contracts not refreshed, what was known stays; next try in ${Math.round(retryMs / 1000)} s: ${error.message}`,
                    { event: "contracts_not_refreshed", code: error.code, retry_ms: Math.round(retryMs) }
                  )
                }
              }),
              ContractStore,
              store
            ).pipe(
              Effect.raceFirst(repeatTrouble),
              Effect.onExit(() => Effect.sync(() => asks.abandon()))
            )
      )
  }
  return keeper
})
