import { Console, Effect } from "effect"
import { diffRecord } from "../cli/contracts-text.ts"
import { diffCounts } from "../kernel/instrument/contract-diff.ts"
import { makeContractStore } from "../market/adapters/catalogue/contract-store.ts"
import { type ContractRefresh, refreshContracts } from "../market/application/contracts/refresh-contracts.ts"
import { contractFailure } from "../market/layers/contracts/contract-failure.ts"
import { contractSources } from "../market/layers/contracts/contract-sources.ts"
import { ContractStore } from "../market/ports/contract-store.ts"
import { exitCodes, UserError } from "../platform/process/user-error.ts"
import { readContractSettings } from "./contract-environment.ts"
import { tellDamaged, todayOf } from "./kept-contracts.ts"

const refreshText = ({ version, former, diff, setAside }: ContractRefresh, folder: string): string =>
  [
    `trading day ${version.tradingDay}: ${version.contracts.length} contracts, kept in ${folder}`,
    ...version.sources.map(({ name, contracts, problem }) => `  ${name}: ${problem ?? `${contracts} contracts`}`),
    ...setAside.map((one) => `  set aside: ${one}`),
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
          set_aside: refresh.setAside,
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
