import { readdirSync, readFileSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { Effect, Result, Schema } from "effect"
import { Flag, GlobalFlag } from "effect/cli"
import { systemCodeOf } from "../../kernel/system-fault.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import type { Variables } from "../terminal/screen.ts"

/** `--context NAME`, before or behind any verb. It is read before the verb runs, see `withContext`. */
export const contextFlag = GlobalFlag.Setting("context")({
  flag: Flag.String("context").pipe(
    Flag.withDescription("Server and credentials from a context of the nats command, by its name"),
    Flag.optional
  )
})

const text = Schema.optionalKey(Schema.NullOr(Schema.String))
/** What a context may say, in the words of the nats command. The keys behind `inbox_prefix` are not supported. */
const Context = Schema.Struct({
  url: text,
  user: text,
  password: text,
  nkey: text,
  ca: text,
  cert: text,
  key: text,
  inbox_prefix: text,
  creds: text,
  token: text,
  nsc: text,
  socks_proxy: text,
  user_jwt: text,
  user_seed: text
})

const unsupported = ["creds", "token", "nsc", "socks_proxy", "user_jwt", "user_seed"] as const
const variables = {
  url: "NATS_URL",
  user: "NATS_USER",
  password: "NATS_PASSWORD",
  nkey: "NATS_NKEY_FILE",
  ca: "NATS_TLS_CA",
  cert: "NATS_TLS_CERT",
  key: "NATS_TLS_KEY",
  inbox_prefix: "NATS_INBOX_PREFIX"
} as const
/** Values that are paths: `~/` is the user's home, as the nats command reads it. */
const files: ReadonlySet<string> = new Set(["nkey", "ca", "cert", "key"])
/** A context is one identity: what the environment says of another must not be mixed into it. */
const replaced: ReadonlySet<string> = new Set([
  ...Object.values(variables),
  "NATS_PASSWORD_FILE",
  "NATS_OPS_URL",
  "NATS_OPS_USER",
  "NATS_OPS_PASSWORD",
  "NATS_OPS_PASSWORD_FILE",
  "NATS_OPS_NKEY_FILE",
  "NATS_OPS_INBOX_PREFIX"
])

const folderOf = (env: Variables): string =>
  join(env["XDG_CONFIG_HOME"] ?? join(homedir(), ".config"), "nats", "context")

const failure = (code: string, message: string) => new UserError({ code, message, exitCode: exitCodes.configuration })

const namesIn = (folder: string): ReadonlyArray<string> => {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .map((name) => name.slice(0, -5))
      .sort()
  } catch (cause) {
    const code = systemCodeOf(cause)
    // No folder is no context yet; one that cannot be read may hold the very context that was asked for.
    if (code === "ENOENT") return []
    throw failure(
      "CONTEXT_UNREADABLE",
      `The folder of contexts ${folder} cannot be read (${code}): let this user read it.`
    )
  }
}

/** The name behind `--context`, wherever it stands. */
const nameIn = (argv: ReadonlyArray<string>): string | undefined => {
  const at = argv.findIndex((word) => word === "--context" || word.startsWith("--context="))
  if (at < 0) return undefined
  return argv[at]?.includes("=") ? argv[at]?.slice("--context=".length) : argv[at + 1]
}

/**
 * The variables that a context stands for. Fails with `CONTEXT_UNKNOWN`, `CONTEXT_UNREADABLE` or
 * `CONTEXT_UNSUPPORTED`.
 */
export const readContext = (name: string, folder: string): Effect.Effect<Record<string, string>, UserError> =>
  Effect.gen(function* () {
    const known = yield* Effect.try({ try: () => namesIn(folder), catch: (cause) => cause as UserError })
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/.test(name) || !known.includes(name)) {
      return yield* failure(
        "CONTEXT_UNKNOWN",
        `There is no context ${JSON.stringify(name.slice(0, 100))} in ${folder}: ${known.length === 0 ? "save one with 'nats context save'" : `it has ${known.join(", ")}`}.`
      )
    }
    const file = join(folder, `${name}.json`)
    const read = yield* Effect.try({
      try: () => readFileSync(file, "utf8"),
      catch: (cause) =>
        failure(
          "CONTEXT_UNREADABLE",
          `The context ${file} cannot be read (${systemCodeOf(cause)}): let this user read it.`
        )
    })
    const decoded = Schema.decodeUnknownResult(Schema.fromJsonString(Context))(read)
    if (Result.isFailure(decoded)) {
      return yield* failure(
        "CONTEXT_UNREADABLE",
        `The context ${file} is no context of the nats command: save it anew.`
      )
    }
    const context = decoded.success
    const other = unsupported.find((key) => (context[key] ?? "") !== "")
    if (other !== undefined) {
      return yield* failure(
        "CONTEXT_UNSUPPORTED",
        `The context ${name} uses ${other}, which tickd does not: use user and password, or nkey, with ca, cert and key.`
      )
    }
    const found: Record<string, string> = {}
    for (const [key, variable] of Object.entries(variables)) {
      const value = context[key as keyof typeof variables] ?? ""
      if (value !== "") found[variable] = files.has(key) ? value.replace(/^~(?=\/)/, homedir()) : value
    }
    return found
  })

/** The environment with the context that the command line names in the place of its NATS variables. */
export const withContext = (env: Variables, argv: ReadonlyArray<string>): Effect.Effect<Variables, UserError> => {
  const name = nameIn(argv)
  if (name === undefined) return Effect.succeed(env)
  return Effect.map(readContext(name, folderOf(env)), (found) => ({
    ...Object.fromEntries(Object.entries(env).filter(([variable]) => !replaced.has(variable))),
    ...found
  }))
}
