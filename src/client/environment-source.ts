import { readFileSync } from "node:fs"
import { dirname, isAbsolute, join } from "node:path"
import { parseEnv } from "node:util"
import { Effect } from "effect"
import { errorText } from "../kernel/error-text.ts"
import { TickClientError } from "./client-error.ts"
import type { EnvironmentSource, ServerSource } from "./options.ts"

/** The variables of a reader, with the names of the daemon and of `reader.env`. */
const names = {
  url: "NATS_URL",
  user: "NATS_USER",
  password: "NATS_PASSWORD",
  nkeyFile: "NATS_NKEY_FILE",
  tlsCa: "NATS_TLS_CA",
  tlsCert: "NATS_TLS_CERT",
  tlsKey: "NATS_TLS_KEY",
  inboxPrefix: "NATS_INBOX_PREFIX"
} as const
const passwordFile = "NATS_PASSWORD_FILE"
const files: ReadonlySet<string> = new Set(["nkeyFile", "tlsCa", "tlsCert", "tlsKey"])

const invalid = (message: string) => new TickClientError({ code: "CLIENT_OPTIONS_INVALID", message })

export const environmentOf = (
  envFile: string | undefined,
  env: EnvironmentSource["env"] | undefined
): EnvironmentSource => ({ ...(envFile !== undefined && { envFile }), ...(env !== undefined && { env }) })

/**
 * Server and credentials from the environment. An env file is one identity: variables of the process are not mixed
 * into it. Fails with `CLIENT_OPTIONS_INVALID`.
 */
export const readEnvironment = Effect.fnUntraced(function* (
  source: EnvironmentSource
): Effect.fn.Return<ServerSource & { readonly inboxPrefix?: string }, TickClientError> {
  const { envFile } = source
  const variables =
    envFile === undefined
      ? (source.env ?? process.env)
      : yield* Effect.try({
          try: () => parseEnv(readFileSync(envFile, "utf8")),
          catch: (cause) =>
            invalid(
              `The env file ${envFile} cannot be read (${errorText(cause)}): name the reader.env of 'tickd nats init'.`
            )
        })
  const found: Record<string, string> = {}
  const besideFile = (path: string) => (envFile === undefined || isAbsolute(path) ? path : join(dirname(envFile), path))
  for (const [option, name] of Object.entries(names)) {
    const value = variables[name]?.trim() ?? ""
    if (value !== "") found[option] = files.has(option) ? besideFile(value) : value
  }
  const secret = variables[passwordFile]?.trim() ?? ""
  if (secret !== "")
    found["password"] = yield* Effect.try({
      try: () => readFileSync(besideFile(secret), "utf8").trim(),
      catch: (cause) =>
        invalid(`${passwordFile} names ${besideFile(secret)}, which cannot be read (${errorText(cause)}): correct it.`)
    })
  const { url, ...more } = found
  if (url === undefined)
    return yield* invalid(
      `NATS_URL is not set in ${envFile ?? "the environment"}: set it to nats://HOST:PORT or tls://HOST:PORT${envFile === undefined ? ", or name a file with envFile" : ""}.`
    )
  return { url, ...more }
})
