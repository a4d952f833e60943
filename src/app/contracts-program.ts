import { Clock, Console, Effect, Option } from "effect"
import { readContractFile } from "../adapters/catalogue/contract-file.ts"
import { makeContractStore } from "../adapters/catalogue/contract-store.ts"
import { tradingDayAt } from "../application/keep-contracts.ts"
import { type ContractRefresh, refreshContracts } from "../application/refresh-contracts.ts"
import type { ContractsDiff, ContractsList, ContractsShow } from "../cli/contracts.ts"
import {
  contractRecord,
  diffCounts,
  diffRecord,
  listingRecord,
  renderContract,
  renderDiff,
  renderListing
} from "../cli/contracts-text.ts"
import { type Contract, mergeContracts } from "../domain/contract.ts"
import { diffContracts } from "../domain/contract-diff.ts"
import { contractFilter } from "../domain/contract-filter.ts"
import { isLive } from "../domain/contract-life.ts"
import type { ContractCatalogueError } from "../ports/outbound/contract-catalogue.ts"
import {
  ContractStore,
  type ContractStoreError,
  type ContractVersion,
  type DamagedVersion
} from "../ports/outbound/contract-store.ts"
import { readCalendar } from "./calendar-source.ts"
import { readContractSettings } from "./contract-environment.ts"
import type { ContractSettings } from "./contract-settings.ts"
import { contractSources } from "./contract-sources.ts"
import { exitCodes, UserError } from "./user-error.ts"

const linesShown = 100
const say = (line: string) => Effect.sync(() => void process.stderr.write(`${line}\n`))

/** Exit codes of docs/reference/cli.md: what is set wrongly, what somebody gave, what is away. */
const exitOf = ({ code }: ContractCatalogueError | ContractStoreError): number => {
  if (code === "TRADER_NO_CONNECTION" || code === "TRADER_NO_ANSWER" || code === "TRADER_NOT_READY") {
    return exitCodes.unavailable
  }
  if (/^TRADER_(WORKER_MISSING|LIBRARY|VERSION|FLOW_FOLDER|SETTING|AUTHENTICATION|LOGIN)/.test(code)) {
    return exitCodes.configuration
  }
  if (code.startsWith("TRADER_")) return exitCodes.unavailable
  return code.startsWith("CONTRACTS_") ? exitCodes.configuration : exitCodes.badInput
}

/** The sentence and the code as they are, with the exit code of this verb. */
export const contractFailure = (error: ContractCatalogueError | ContractStoreError): UserError =>
  new UserError({ code: error.code, message: error.message, exitCode: exitOf(error) })

const none = (code: string, message: string) => new UserError({ code, message, exitCode: exitCodes.unavailable })

const tellDamaged = (damaged: ReadonlyArray<DamagedVersion>) =>
  Effect.forEach(
    damaged,
    ({ file, reason }) => say(`tickd: ${file} is damaged (${reason}), the list before it is used. [CONTRACTS_DAMAGED]`),
    { discard: true }
  )

const sourceNames = ({ sources }: ContractVersion) =>
  sources.map(({ name, problem }) => (problem === undefined ? name : `${name} (failed)`)).join(", ")

const todayOf = Effect.fnUntraced(function* (settings: ContractSettings) {
  const calendar = yield* readCalendar(settings.calendarFile)
  return tradingDayAt(calendar, yield* Clock.currentTimeMillis)
})

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
  return yield* none(
    "NO_CONTRACTS",
    `There is no contract list in ${settings.folder}: make one with 'tickd contracts refresh', or name a file with --file.`
  )
})

const readVersion = Effect.fnUntraced(function* (settings: ContractSettings, through: number) {
  const { version, damaged } = yield* Effect.mapError(
    makeContractStore(settings.folder, settings.keepDays).newest(through),
    contractFailure
  )
  yield* tellDamaged(damaged)
  return version
})

const noVersion = Effect.fnUntraced(function* (settings: ContractSettings, day: number) {
  const days = yield* Effect.mapError(makeContractStore(settings.folder, settings.keepDays).days, contractFailure)
  const kept = days.length === 0 ? "none is kept" : `kept are ${days.slice(-10).join(", ")}`
  return yield* none("NO_CONTRACTS", `There is no usable contract list of ${day} in ${settings.folder}: ${kept}.`)
})

/** `tickd contracts list`. */
export const runContractsList = Effect.fnUntraced(function* (options: ContractsList) {
  const { contracts, source, tradingDay } = yield* readCatalogue(options.file, options.day)
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
    return yield* none(
      "NO_CONTRACTS",
      `There is no contract list before ${later.tradingDay} in ${settings.folder}: one is kept at each trading day's refresh.`
    )
  })
  const newest = Effect.fnUntraced(function* () {
    const version = yield* readVersion(settings, Number.POSITIVE_INFINITY)
    if (version !== undefined) return version
    return yield* none(
      "NO_CONTRACTS",
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

const refreshText = ({ version, former, diff }: ContractRefresh, folder: string): string =>
  [
    `trading day ${version.tradingDay}: ${version.contracts.length} contracts, kept in ${folder}`,
    ...version.sources.map(({ name, contracts, problem }) => `  ${name}: ${problem ?? `${contracts} contracts`}`),
    diff === undefined
      ? "  the first list: nothing to compare with"
      : `  against ${former?.tradingDay}: ${diffCounts(diff)}`
  ].join("\n")

/** `tickd contracts refresh`: exit code 1 when a source failed and the former list stands in for it. */
export const runContractsRefresh = Effect.fnUntraced(function* (options: { readonly json: boolean }) {
  const settings = yield* readContractSettings(process.env)
  const sources = contractSources(settings, {
    env: process.env,
    flow: "contracts-verb",
    onLine: (line) => void process.stderr.write(`[tickd] ${line}\n`)
  })
  if (sources.length === 0) {
    return yield* new UserError({
      code: "NO_CONTRACT_SOURCE",
      exitCode: exitCodes.configuration,
      message: "No source of contracts is set: set CTP_TD_LIBRARY (the trader library) or TICKD_CONTRACTS (files)."
    })
  }
  const refresh = yield* refreshContracts(sources, yield* todayOf(settings)).pipe(
    Effect.provideService(ContractStore, makeContractStore(settings.folder, settings.keepDays)),
    Effect.mapError(contractFailure)
  )
  yield* tellDamaged(refresh.damaged)
  const { version, former, diff, failures } = refresh
  yield* Console.log(
    options.json
      ? JSON.stringify({
          trading_day: version.tradingDay,
          contracts: version.contracts.length,
          sources: version.sources.map(({ problem, ...source }) => ({ ...source, problem: problem ?? null })),
          compared_with: former?.tradingDay ?? null,
          diff: diff === undefined ? null : diffRecord(diff)
        })
      : refreshText(refresh, settings.folder)
  )
  const [failure] = failures
  if (failure !== undefined) {
    return yield* new UserError({
      code: "REFRESH_INCOMPLETE",
      exitCode: exitCodes.checkFailed,
      message: `${failures.length} of ${sources.length} sources failed and the former list stands in for them: ${failure.error.message} [${failure.error.code}]`
    })
  }
})
