import { Effect, Result, Schema } from "effect"
import { type ConfigError, settingsOf } from "../../market/config/config-error.ts"
import { faultsOf, problemsOfSecrets } from "../../market/config/config-faults.ts"
import { expectedOf, invalidOf, withLegacyNames } from "../../market/config/config-variables.ts"
import {
  ContractEnvironment,
  type ContractSettings,
  contractSettings,
  missingForTrader
} from "../../market/config/contract-settings.ts"
import { problemsOfSchemes } from "../../market/config/library-schemes.ts"

const names = Object.keys(ContractEnvironment.fields)

/** What `tickd contracts` needs of the environment: a front, a broker and their variables may be wrong or missing. */
export const readContractSettings = Effect.fnUntraced(function* (
  env: Record<string, string | undefined>
): Effect.fn.Return<ContractSettings, ConfigError> {
  const known = Object.fromEntries(Object.entries(withLegacyNames(env)).filter(([name]) => names.includes(name)))
  const decoded = Schema.decodeUnknownResult(ContractEnvironment, { errors: "all" })(known)
  const missing = missingForTrader(known)
  const invalid = [
    ...(Result.isFailure(decoded) ? invalidOf(expectedOf(decoded.failure.issue), known) : []),
    ...problemsOfSchemes(known),
    ...problemsOfSecrets(known)
  ]
  if (Result.isFailure(decoded) || invalid.length + missing.length > 0)
    return yield* faultsOf(invalid, missing, env, "docs/operations/contracts.md")
  return yield* settingsOf(() => contractSettings(decoded.success))
})
