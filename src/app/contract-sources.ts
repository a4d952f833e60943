import { readContractFile } from "../adapters/catalogue/contract-file.ts"
import { queryTraderContracts } from "../adapters/catalogue/trader-catalogue.ts"
import type { ContractSource } from "../application/refresh-contracts.ts"
import { withoutSecrets } from "./child-environment.ts"
import type { ContractSettings, TraderSettings } from "./contract-settings.ts"
import { nativeFiles } from "./project.ts"

export interface SourceOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Name of the flow folder: a daemon and a verb may ask at the same time. */
  readonly flow: string
  readonly onLine: (line: string, folded: number) => void
}

const traderSource = (trader: TraderSettings, options: SourceOptions): ContractSource => ({
  name: "trader",
  contracts: queryTraderContracts({
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
})

/** The sources that the settings name, in the order of their word: the trader front first, then the files as written. */
export const contractSources = (settings: ContractSettings, options: SourceOptions): ReadonlyArray<ContractSource> => [
  ...(settings.trader === undefined ? [] : [traderSource(settings.trader, options)]),
  ...settings.files.map((file): ContractSource => ({ name: file, contracts: readContractFile(file) }))
]
