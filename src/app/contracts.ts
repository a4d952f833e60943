import { Console, Effect, Option } from "effect"
import type { ContractsDiff, ContractsList, ContractsShow } from "../cli/contracts.ts"
import {
  contractRecord,
  diffRecord,
  listingRecord,
  renderContract,
  renderDiff,
  renderListing
} from "../cli/contracts-text.ts"
import { askLiveContracts } from "../cli/live-contracts.ts"
import type { DaemonQuery } from "../cli/state.ts"
import { type Contract, mergeContracts } from "../kernel/instrument/contract.ts"
import { diffContracts } from "../kernel/instrument/contract-diff.ts"
import { contractFilter } from "../kernel/instrument/contract-filter.ts"
import { isLive } from "../kernel/instrument/contract-life.ts"
import { readContractFile } from "../market/adapters/catalogue/contract-file.ts"
import { contractFailure } from "../market/layers/contracts/contract-failure.ts"
import type { ContractVersion } from "../market/ports/contract-store.ts"
import { exitCodes, UserError } from "../platform/process/user-error.ts"
import { readContractSettings } from "./contract-environment.ts"
import { noContracts, noVersion, readVersion, todayOf } from "./kept-contracts.ts"

const linesShown = 100
const sourceNames = ({ sources }: ContractVersion) =>
  sources.map(({ name, problem }) => (problem === undefined ? name : `${name} (failed)`)).join(", ")

interface Catalogue {
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
const readCatalogue = Effect.fnUntraced(function* (
  files: ReadonlyArray<string>,
  day: Option.Option<number>
): Effect.fn.Return<Catalogue, unknown> {
  const settings = yield* readContractSettings(process.env)
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

const liveCatalogue = Effect.fnUntraced(function* (
  query: DaemonQuery,
  { day, expired, file }: Pick<ContractsList, "day" | "expired" | "file">
): Effect.fn.Return<Catalogue, unknown> {
  if (file.length > 0 || Option.isSome(day) || expired) {
    return yield* new UserError({
      code: "WRONG_USE",
      exitCode: exitCodes.wrongUse,
      message: "--live asks a daemon for today's contracts: leave out --file, --day and --expired."
    })
  }
  const { contracts, instance } = yield* askLiveContracts(query)
  const tradingDay = yield* todayOf(yield* readContractSettings(process.env))
  return { tradingDay, source: `daemon ${instance}`, contracts }
})

/** `tickd contracts list`. */
export const runContractsList = Effect.fnUntraced(function* (options: ContractsList) {
  const { contracts, source, tradingDay } = yield* Option.match(options.live, {
    onNone: () => readCatalogue(options.file, options.day),
    onSome: (query) => liveCatalogue(query, options)
  })
  const passes = contractFilter({
    exchanges: options.exchange,
    products: options.product,
    kinds: options.kind,
    globs: options.glob,
    exclude: options.exclude
  })
  const matching = contracts.filter(passes)
  const live = options.expired ? matching : matching.filter((contract) => isLive(contract, tradingDay))
  const limit = Option.getOrElse(options.limit, () => (options.json ? live.length : linesShown))
  const listing = {
    tradingDay,
    source,
    shown: live.slice(0, limit),
    matching: live.length,
    expired: matching.length - live.length,
    total: contracts.length
  }
  yield* Console.log(options.json ? JSON.stringify(listingRecord(listing)) : renderListing(listing))
})

/** `tickd contracts show ID`. */
export const runContractsShow = Effect.fnUntraced(function* (options: ContractsShow) {
  const { contracts, source, tradingDay } = yield* readCatalogue(options.file, Option.none())
  const found = contracts.filter(({ id, exchange }) => id === options.id || `${id}.${exchange}` === options.id)
  const [contract, other] = found
  if (contract === undefined) {
    const close = contracts.find(({ id }) => id.toLowerCase() === options.id.toLowerCase())
    const hint = close === undefined ? "look with 'tickd contracts list --glob PATTERN'" : `is it ${close.id}?`
    return yield* new UserError({
      code: "UNKNOWN_CONTRACT",
      exitCode: exitCodes.badInput,
      message: `${options.id} is not among the ${contracts.length} contracts of ${tradingDay} (${source}); capitals count: ${hint}`
    })
  }
  if (other !== undefined) {
    return yield* new UserError({
      code: "SEVERAL_CONTRACTS",
      exitCode: exitCodes.wrongUse,
      message: `${options.id} is listed on several exchanges: write ${found.map(({ id, exchange }) => `${id}.${exchange}`).join(" or ")}.`
    })
  }
  yield* Console.log(
    options.json
      ? JSON.stringify({ trading_day: tradingDay, source, ...contractRecord(contract, tradingDay) })
      : renderContract(contract, tradingDay, source)
  )
})

/** `tickd contracts diff [DAY [DAY]]`. */
export const runContractsDiff = Effect.fnUntraced(function* (options: ContractsDiff) {
  const settings = yield* readContractSettings(process.env)
  const [first, second] = options.days
  const exact = Effect.fnUntraced(function* (day: number) {
    const version = yield* readVersion(settings, day)
    return version?.tradingDay === day ? version : yield* noVersion(settings, day)
  })
  const before = Effect.fnUntraced(function* (later: ContractVersion) {
    const version = yield* readVersion(settings, later.tradingDay - 1)
    if (version !== undefined) return version
    return yield* noContracts(
      `There is no contract list before ${later.tradingDay} in ${settings.folder}: one is kept at each trading day's refresh.`
    )
  })
  const newest = Effect.fnUntraced(function* () {
    const version = yield* readVersion(settings, Number.POSITIVE_INFINITY)
    if (version !== undefined) return version
    return yield* noContracts(
      `There is no contract list in ${settings.folder}: make one with 'tickd contracts refresh'.`
    )
  })
  const later =
    second !== undefined ? yield* exact(second) : first !== undefined ? yield* exact(first) : yield* newest()
  const former = first !== undefined && second !== undefined ? yield* exact(first) : yield* before(later)
  const diff = diffContracts(former, later)
  const limit = Option.getOrElse(options.limit, () => linesShown)
  yield* Console.log(
    options.json
      ? JSON.stringify({ from: former.tradingDay, to: later.tradingDay, ...diffRecord(diff) })
      : renderDiff(diff, former.tradingDay, later.tradingDay, limit)
  )
})
