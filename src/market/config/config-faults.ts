import { ConfigError } from "./config-error.ts"
import { secretOrFile, type UnreadSecret } from "./contract-settings.ts"
import { ctpBytes } from "./ctp-text.ts"
import { quotedVariables, unknownVariables } from "./unknown-variables.ts"

type Known = Readonly<Record<string, string>>

/** Files that hold a secret, with the size of the vendor's field. */
const secrets: ReadonlyArray<readonly [name: string, bytesMost: number, needs?: string]> = [
  ["CTP_PRIMARY_PASSWORD", ctpBytes.password],
  ["CTP_BACKUP_PASSWORD", ctpBytes.password, "CTP_BACKUP_MD_ADDRESS"],
  ["CTP_PRIMARY_AUTH_CODE", ctpBytes.authCode, "CTP_TD_LIBRARY"]
]

/** What is wrong with the files of secrets, so that it is reported together with all other faults. */
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
 * Every fault of the environment in one error: one sentence for one fault, else a line for each. A variable that looks
 * misspelt is named with them, because it is often the reason for a missing one.
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
