import { readFileSync } from "node:fs"
import { join } from "node:path"
import { errorText } from "../../kernel/error-text.ts"
import { Secret } from "../../kernel/secret.ts"
import { type ClassLimit, defaultRateLimits, type RateLimits } from "../adapters/http/admission/rate-limits.ts"
import { tokenFileName } from "../adapters/http/tokens/token-file.ts"
import type { TradeEnvironment } from "./trade-environment.ts"

/** The HTTP API. */
export interface HttpSettings {
  readonly host: string
  readonly port: number
  /** File of the tokens. */
  readonly tokens: string
  readonly limits: RateLimits
  readonly webhook: { readonly secret: Secret | undefined; readonly unsigned: boolean }
}

const limitOf = (text: string | undefined, otherwise: ClassLimit): ClassLimit => {
  if (text === undefined) return otherwise
  const [perMinute = 0, burst = 0, allPerMinute = 0] = text.split(/[+/]/).map(Number)
  return { perMinute, burst, allPerMinute }
}

const secretOf = (env: TradeEnvironment): Secret | undefined => {
  const { TRADE_WEBHOOK_SECRET: value, TRADE_WEBHOOK_SECRET_FILE: file } = env
  if (file === undefined) return value === undefined ? undefined : new Secret(value)
  return new Secret(undefined, () => {
    const text = readFileSync(file, "utf8").trim()
    if (text === "") throw new Error(`TRADE_WEBHOOK_SECRET_FILE names ${file}, which is empty`)
    return text
  })
}

/** What is wrong with a secret now, without it. A shorter one could be found by trying. */
const secretFaults = (secret: Secret | undefined): ReadonlyArray<string> => {
  if (secret === undefined) return []
  let problem: string | undefined
  const text = secret.reveal((sentence) => void (problem = sentence))
  if (problem !== undefined) return [`TRADE_WEBHOOK_SECRET_FILE cannot be read: ${errorText({ message: problem })}`]
  return text.length < 16 ? ["TRADE_WEBHOOK_SECRET has fewer than 16 characters: use a longer one"] : []
}

/** The settings of the API, or every reason why it must not be served so. */
export const httpSettings = (
  env: TradeEnvironment,
  mode: "dry" | "live",
  stateDir: string
): { readonly http: HttpSettings; readonly faults: ReadonlyArray<string> } => {
  const host = env.TRADE_HTTP_HOST ?? "127.0.0.1"
  const unsigned = env.TRADE_WEBHOOK_UNSIGNED === "dev"
  const secret = secretOf(env)
  const isLocal = host === "127.0.0.1" || host === "::1" || host === "localhost"
  const faults = [
    ...secretFaults(secret),
    ...(unsigned && (mode === "live" || !isLocal)
      ? ["TRADE_WEBHOOK_UNSIGNED is for a dry run on 127.0.0.1: remove it, and set TRADE_WEBHOOK_SECRET_FILE"]
      : [])
  ]
  return {
    http: {
      host,
      port: env.TRADE_HTTP_PORT ?? 8002,
      tokens: join(stateDir, tokenFileName),
      limits: {
        submit: limitOf(env.TRADE_HTTP_SUBMIT_RATE, defaultRateLimits.submit),
        cancel: limitOf(env.TRADE_HTTP_CANCEL_RATE, defaultRateLimits.cancel),
        modify: limitOf(env.TRADE_HTTP_MODIFY_RATE, defaultRateLimits.modify),
        safety: limitOf(env.TRADE_HTTP_SAFETY_RATE, defaultRateLimits.safety),
        read: limitOf(env.TRADE_HTTP_READ_RATE, defaultRateLimits.read)
      },
      webhook: { secret, unsigned }
    },
    faults
  }
}
