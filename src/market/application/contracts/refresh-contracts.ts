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

/** One list to ask for. */
export interface ContractSource {
  /** `trader`, or the file's path. */
  readonly name: string
  readonly contracts: ContractCatalogue["Service"]["contracts"]
}

/** What a refresh did. */
export interface ContractRefresh {
  readonly version: ContractVersion
  /** The version that it is compared with: the newest undamaged one before, or of the same day. */
  readonly former: ContractVersion | undefined
  /** Against `former`; undefined at the very first refresh, when everything would be new. */
  readonly diff: ContractDiff | undefined
  /** Sources that gave nothing. Their contracts are those of `former`. */
  readonly failures: ReadonlyArray<{ readonly source: string; readonly error: ContractCatalogueError }>
  readonly damaged: ReadonlyArray<DamagedVersion>
  /** Contracts that no front can be asked for, named and escaped, the first ones of each source. */
  readonly setAside: ReadonlyArray<string>
}

/**
 * Asks every source, merges what they gave (the first source's word counts, later ones fill what it left open) and keeps
 * it as the version of the trading day: the one that a source names, else `tradingDay`.
 * A source that fails removes no contract: the former version stands in for it. When all fail nothing is kept.
 * Errors: the first source's own when all failed; `ContractStoreError`.
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
