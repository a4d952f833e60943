import { Result, Schema } from "effect"
import { problemsOfSecrets } from "./config-faults.ts"
import { Environment, expectedOf, withLegacyNames } from "./config-variables.ts"
import { missingForTrader, type UnreadSecret } from "./contract-settings.ts"
import { missingOfPrimary, problemsOfRoute } from "./ctp-login-variables.ts"
import { problemsOfSchemes } from "./library-schemes.ts"

type Known = Readonly<Record<string, string>>

/** Variables that are not set and without which the daemon does not start. */
const missingOf = (known: Known): ReadonlyArray<string> => [
  ...(known["CTP_MD_LIBRARY"] === undefined ? ["CTP_MD_LIBRARY"] : []),
  ...missingOfPrimary(known),
  ...missingForTrader(known).filter((name) => !/BROKER_ID|USER_ID|PASSWORD/.test(name))
]

/**
 * Decodes an environment and collects every fault. `expected`: what is expected of each variable with a wrong form.
 * `others`: sentences without a full stop about several variables, files or the library. `missing`: names. No secret
 * is repeated. Reads secret files and the vendor's library.
 */
export const checkEnvironment = (env: Readonly<Record<string, string | undefined>>, unread: UnreadSecret = "fails") => {
  const known = withLegacyNames(env)
  const decoded = Schema.decodeUnknownResult(Environment, { errors: "all" })(known)
  const expected = Result.isFailure(decoded) ? expectedOf(decoded.failure.issue) : new Map<string, string>()
  const others = [...problemsOfRoute(known), ...problemsOfSchemes(known), ...problemsOfSecrets(known, unread)]
  return { known, decoded, expected, others, missing: missingOf(known) }
}
