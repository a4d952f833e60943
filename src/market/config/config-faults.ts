import { ConfigError } from "./config-error.ts"
import { secretOrFile, type UnreadSecret } from "./contract-settings.ts"
import { ctpBytes } from "./ctp-text.ts"
import { headersBytesMost } from "./trace-settings.ts"
import { quotedVariables, unknownVariables } from "./unknown-variables.ts"

type Known = Readonly<Record<string, string>>

/** Variables that name a file with a secret, and the size of the vendor's field in bytes. */
const secrets: ReadonlyArray<readonly [name: string, bytesMost: number, needs?: string]> = [
  ["CTP_PRIMARY_PASSWORD", ctpBytes.password],
  ["CTP_BACKUP_PASSWORD", ctpBytes.password, "CTP_BACKUP_MD_ADDRESS"],
  ["CTP_PRIMARY_AUTH_CODE", ctpBytes.authCode, "CTP_TD_LIBRARY"],
  ["OTEL_EXPORTER_OTLP_HEADERS", headersBytesMost, "OTEL_EXPORTER_OTLP_ENDPOINT"]
]

/** Faults of the secret files, so that they are reported together with all other faults. */
export const problemsOfSecrets = (known: Known, unread: UnreadSecret = "fails"): ReadonlyArray<string> =>
  secrets.flatMap(([name, bytesMost, needs]) => {
    const file = known[`${name}_FILE`]
    if (file === undefined || (needs !== undefined && known[needs] === undefined)) return []
    try {
      secretOrFile(undefined, file, name, bytesMost, unread)
      return []
    } catch (cause) {
      return [(cause as Error).message.replace(/\.$/, "")]
    }
  })

/**
 * All faults of the environment in one error: one sentence for a single fault, else one line for each fault.
 * Variables that look misspelt are listed too, because a misspelling is often the reason for a missing variable.
 */
export const faultsOf = (
  invalid: ReadonlyArray<string>,
  missing: ReadonlyArray<string>,
  env: Readonly<Record<string, string | undefined>>,
  page: string
): ConfigError => {
  const faults = [...invalid, ...missing.map((name) => `${name} is not set`)]
  const hints = [...unknownVariables(env), ...quotedVariables(env)]
  const [only] = faults
  const message =
    faults.length === 1 && hints.length === 0
      ? `${only}. Correct the environment, see ${page}.`
      : [
          `The configuration has ${faults.length} ${faults.length === 1 ? "fault" : "faults"}: correct the environment, see ${page}.`,
          ...faults.map((fault) => `  ${fault}`),
          ...hints.map((hint) => `  note: ${hint}`)
        ].join("\n")
  return new ConfigError({ code: invalid.length > 0 ? "CONFIG_INVALID" : "CONFIG_INCOMPLETE", message })
}
