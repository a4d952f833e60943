import { Clock, Effect, Result } from "effect"
import { type Contract, mergeContracts } from "../../../kernel/instrument/contract.ts"
import { type ContractDiff, diffContracts } from "../../../kernel/instrument/contract-diff.ts"
import type { ContractCatalogue, ContractCatalogueError } from "../../ports/contract-catalogue.ts"
import {
  ContractStore,
  type ContractStoreError,
  type ContractVersion,
  type DamagedVersion,
  type VersionSource
} from "../../ports/contract-store.ts"

/** One source of a contract list. */
export interface ContractSource {
  /** `trader`, or the path of the file. */
  readonly name: string
  readonly contracts: ContractCatalogue["Service"]["contracts"]
}

/** Result of a refresh. */
export interface ContractRefresh {
  readonly version: ContractVersion
  /** The version to compare with: the newest intact one, of an earlier day or the same day. */
  readonly former: ContractVersion | undefined
  /** Difference to `former`; undefined at the first refresh, when every contract is new. */
  readonly diff: ContractDiff | undefined
  /** Sources that returned nothing. Their contracts are taken from `former`. */
  readonly failures: ReadonlyArray<{ readonly source: string; readonly error: ContractCatalogueError }>
  readonly damaged: ReadonlyArray<DamagedVersion>
  /** Contracts that cannot be subscribed at any front, with their escaped names; the first ones of each source. */
  readonly setAside: ReadonlyArray<string>
}

/**
 * Requests every source, merges the lists (the first source has precedence, later ones fill gaps) and stores the
 * result as the version of the trading day: the day that a source names, else `tradingDay`.
 * A failed source removes no contract: the previous version is used for it. When all sources fail, nothing is stored.
 * Errors: the first source's error when all failed; `ContractStoreError`.
 */
export const refreshContracts = Effect.fnUntraced(function* (
  sources: ReadonlyArray<ContractSource>,
  tradingDay: number
): Effect.fn.Return<ContractRefresh, ContractCatalogueError | ContractStoreError, ContractStore> {
  const store = yield* ContractStore
  const asked = yield* Effect.forEach(sources, ({ name, contracts }) =>
    Effect.map(Effect.result(contracts), (result) => ({ name, result }))
  )
  const failures = asked.flatMap(({ name, result }) =>
    Result.isFailure(result) ? [{ source: name, error: result.failure }] : []
  )
  const lists = asked.flatMap(({ result }) => (Result.isSuccess(result) ? [result.success] : []))
  const [failure] = failures
  if (lists.length === 0 && failure !== undefined) return yield* failure.error

  const day = lists.find((list) => list.tradingDay !== undefined)?.tradingDay ?? tradingDay
  const { version: former, damaged } = yield* store.newest(day)
  const standIn: ReadonlyArray<Contract> = failures.length > 0 ? (former?.contracts ?? []) : []
  const version: ContractVersion = {
    tradingDay: day,
    writtenMs: yield* Clock.currentTimeMillis,
    sources: asked.map(
      ({ name, result }): VersionSource =>
        Result.isSuccess(result)
          ? { name, contracts: result.success.contracts.length }
          : { name, contracts: 0, problem: `${result.failure.message} [${result.failure.code}]` }
    ),
    contracts: mergeContracts([...lists.flatMap(({ contracts }) => contracts), ...standIn]).contracts
  }
  yield* store.keep(version)
  const setAside = lists.flatMap((list) => list.setAside ?? [])
  return { version, former, diff: former && diffContracts(former, version), failures, damaged, setAside }
})
