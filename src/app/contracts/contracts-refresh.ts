import { Effect } from "effect"
import { Command } from "effect/cli"
import { Invocation, present, untilStopped } from "../../cli/invocation.ts"
import { jsonFlag } from "../../cli/terminal/flags.ts"
import { waiting } from "../../cli/terminal/progress.ts"
import { diffCounts } from "../../kernel/instrument/contract-diff.ts"
import { makeContractStore } from "../../market/adapters/catalogue/contract-store.ts"
import { type ContractRefresh, refreshContracts } from "../../market/application/contracts/refresh-contracts.ts"
import { contractFailure } from "../../market/layers/contracts/contract-failure.ts"
import { contractSources } from "../../market/layers/contracts/contract-sources.ts"
import { ContractStore } from "../../market/ports/contract-store.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import { readContractSettings } from "./contract-environment.ts"
import { diffRecord } from "./contracts-text.ts"
import { reportDamaged, todayOf } from "./kept-contracts.ts"

const refreshText = ({ version, former, diff, setAside }: ContractRefresh, folder: string): string =>
  [
    `trading day ${version.tradingDay}: ${version.contracts.length} contracts, kept in ${folder}`,
    ...version.sources.map(({ name, contracts, problem }) => `  ${name}: ${problem ?? `${contracts} contracts`}`),
    ...setAside.map((one) => `  set aside: ${one}`),
    diff === undefined
      ? "  the first list: nothing to compare with"
      : `  against ${former?.tradingDay}: ${diffCounts(diff)}`
  ].join("\n")

const refreshKept = Effect.fnUntraced(function* (options: { readonly json: boolean }) {
  const { env } = yield* Invocation
  const settings = yield* readContractSettings(env)
  const sources = contractSources(settings, {
    env,
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
  const today = yield* todayOf(settings)
  const refresh = yield* waiting("waiting for the contract sources", refreshContracts(sources, today)).pipe(
    Effect.provideService(ContractStore, makeContractStore(settings.folder, settings.keepDays)),
    Effect.mapError(contractFailure)
  )
  yield* reportDamaged(refresh.damaged)
  const { version, former, diff, failures } = refresh
  yield* present(
    options.json,
    {
      trading_day: version.tradingDay,
      contracts: version.contracts.length,
      sources: version.sources.map(({ problem, ...source }) => ({ ...source, problem: problem ?? null })),
      set_aside: refresh.setAside,
      compared_with: former?.tradingDay ?? null,
      diff: diff === undefined ? null : diffRecord(diff)
    },
    () => refreshText(refresh, settings.folder)
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

/** `tickd contracts refresh`. Exit code 1 when a source failed and its previous list is used. */
export const command = Command.make("refresh", { json: jsonFlag }, (options) =>
  untilStopped(refreshKept(options))
).pipe(
  Command.withDescription("Query the trader front (CTP_TD_LIBRARY) and the files of TICKD_CONTRACTS, keep the list")
)
