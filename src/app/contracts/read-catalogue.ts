import { Effect, Option } from "effect"
import { Invocation } from "../../cli/invocation.ts"
import { type Contract, mergeContracts } from "../../kernel/instrument/contract.ts"
import { readContractFile } from "../../market/adapters/catalogue/contract-file.ts"
import { contractFailure } from "../../market/layers/contracts/contract-failure.ts"
import type { ContractVersion } from "../../market/ports/contract-store.ts"
import { readContractSettings } from "./contract-environment.ts"
import { noContracts, noVersion, readVersion, todayOf } from "./kept-contracts.ts"

const sourceNames = ({ sources }: ContractVersion) =>
  sources.map(({ name, problem }) => (problem === undefined ? name : `${name} (failed)`)).join(", ")

export interface Catalogue {
  readonly tradingDay: number
  readonly source: string
  readonly contracts: ReadonlyArray<Contract>
}

const ofFiles = Effect.fnUntraced(function* (files: ReadonlyArray<string>, tradingDay: number) {
  const lists = yield* Effect.mapError(Effect.forEach(files, readContractFile), contractFailure)
  const { contracts } = mergeContracts(lists.flatMap((list) => list.contracts))
  return { tradingDay, source: files.join(", "), contracts } satisfies Catalogue
})

/** The list of the files, else the kept one of the day (or the newest), else what `TICKD_CONTRACTS` holds. */
export const readCatalogue = Effect.fnUntraced(function* (
  files: ReadonlyArray<string>,
  day: Option.Option<number>
): Effect.fn.Return<Catalogue, unknown, Invocation> {
  const settings = yield* readContractSettings((yield* Invocation).env)
  const today = yield* todayOf(settings)
  if (files.length > 0) {
    return yield* ofFiles(
      files,
      Option.getOrElse(day, () => today)
    )
  }
  const version = yield* readVersion(
    settings,
    Option.getOrElse(day, () => Number.POSITIVE_INFINITY)
  )
  if (version !== undefined && (Option.isNone(day) || version.tradingDay === day.value)) {
    const { tradingDay, contracts } = version
    return {
      tradingDay: Option.isSome(day) ? tradingDay : Math.max(tradingDay, today),
      source: sourceNames(version),
      contracts
    }
  }
  if (Option.isSome(day)) return yield* noVersion(settings, day.value)
  if (settings.files.length > 0) return yield* ofFiles(settings.files, today)
  return yield* noContracts(
    `There is no contract list in ${settings.folder}: make one with 'tickd contracts refresh', or name a file with --file.`
  )
})
