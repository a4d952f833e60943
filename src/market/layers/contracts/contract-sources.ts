import { Effect } from "effect"
import { withoutSecrets } from "../../../platform/process/child-environment.ts"
import { nativeFiles } from "../../../platform/process/project.ts"
import { readContractFile } from "../../adapters/catalogue/contract-file.ts"
import { queryTraderContracts } from "../../adapters/catalogue/trader-catalogue.ts"
import type { ContractSource } from "../../application/contracts/refresh-contracts.ts"
import type { ContractSettings, TraderSettings } from "../../config/contract-settings.ts"
import { ContractCatalogueError } from "../../ports/contract-catalogue.ts"

export interface SourceOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Name of the flow folder: a daemon and a verb may ask at the same time. */
  readonly flow: string
  readonly onLine: (line: string, folded: number) => void
}

/** A query without its secret would be a failed login, which a front counts. */
const secretsRead = (trader: TraderSettings): Effect.Effect<void, ContractCatalogueError> =>
  Effect.suspend(() => {
    const message = trader.password.problem() ?? trader.authCode.problem()
    return message === undefined
      ? Effect.void
      : Effect.fail(new ContractCatalogueError({ code: "TRADER_SECRET_FILE", source: "trader", message }))
  })

const traderSource = (trader: TraderSettings, options: SourceOptions): ContractSource => ({
  name: "trader",
  contracts: Effect.andThen(
    secretsRead(trader),
    queryTraderContracts({
      binary: nativeFiles.contractQuery,
      library: trader.library,
      flowDir: `${trader.flowDir}/${options.flow}`,
      fronts: trader.addresses,
      production: trader.production,
      env: withoutSecrets(options.env),
      onLine: options.onLine,
      brokerId: trader.brokerId,
      userId: trader.userId,
      password: () => trader.password.reveal(),
      appId: trader.appId,
      authCode: () => trader.authCode.reveal(),
      connectTimeoutMs: trader.connectTimeoutMs,
      answerTimeoutMs: trader.answerTimeoutMs,
      listTimeoutMs: trader.listTimeoutMs
    })
  )
})

/**
 * The sources that the settings name, in the order of their word: the trader front first, then the files as written.
 */
export const contractSources = (settings: ContractSettings, options: SourceOptions): ReadonlyArray<ContractSource> => [
  ...(settings.trader === undefined ? [] : [traderSource(settings.trader, options)]),
  ...settings.files.map((file): ContractSource => ({ name: file, contracts: readContractFile(file) }))
]
