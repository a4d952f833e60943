import { withLegacyNames } from "../../market/config/config-variables.ts"
import { runbookExits } from "../../ops/domain/exit-codes.ts"
import type { LiveRequest } from "../../ops/domain/live-flags.ts"
import { type Feed, feeds, type RunbookCommand } from "../../ops/domain/runbook-words.ts"
import { UserError } from "../../platform/process/user-error.ts"
import { mergedWith, type ReadEnvFile, readEnvFile, type Variables } from "../env/environment.ts"

/** The variables of a run. `warning`: what the operator should know about where they come from. */
export interface RunbookEnvironment {
  readonly variables: Variables
  /** Path of the env file; undefined: the variables of the process alone. */
  readonly envFile: string | undefined
  readonly warning: string | undefined
}

const missing = (path: string) =>
  new UserError({
    code: "ENV_FILE_NOT_FOUND",
    exitCode: runbookExits.configuration.code,
    message: `Environment file not found: ${path}; write it from deploy/tickd.env.example, or name another one with --env-file`
  })

const unreadable = (path: string, problem: string) =>
  new UserError({
    code: "ENV_FILE_UNREADABLE",
    exitCode: runbookExits.configuration.code,
    message: `Environment file ${path} cannot be read (${problem}): let this user read it`
  })

/** What must end or be looked at does so without a file that was only implied. */
const needsNoFile = ({ command, mock }: LiveRequest) => mock || command === "stop" || command === "status"

const opened = (path: string): ReadEnvFile | undefined => {
  const read = readEnvFile(path)
  if (read.problem === undefined) return read
  if (read.problem === "ENOENT" || read.problem === "ENOTDIR") return undefined
  throw unreadable(path, read.problem)
}

/**
 * The env file of a run, as in the reference service: the one that is named, else `.env.` and the profile, else for
 * the profile live `.env`. Throws a `UserError` when it is not there or cannot be read.
 */
export const runbookEnvironment = (request: LiveRequest, env: Variables): RunbookEnvironment => {
  const named = request.envFile
  const own = named ?? `.env.${request.profile}`
  const found = opened(own)
  if (found !== undefined) return { variables: mergedWith(env, found), envFile: own, warning: undefined }
  if (named !== undefined) throw missing(own)
  const common = request.profile === "live" ? opened(".env") : undefined
  if (common !== undefined) {
    const warning = `Environment file ${own} not found: .env is used`
    return { variables: mergedWith(env, common), envFile: ".env", warning }
  }
  if (!needsNoFile(request)) throw missing(own)
  const warning = request.mock ? undefined : `Environment file ${own} not found: the variables of this process are used`
  return { variables: env, envFile: undefined, warning }
}

/** Commands after which the preferred feed of the variables is the active one. */
const preferring: ReadonlySet<RunbookCommand> = new Set(["start", "restart", "rollback"])

const selectors = ["CTP_ROUTE_SELECTOR", "ACTIVE_FEED", "SESSION_CONFIG"] as const

/** The feed that the variables prefer; undefined: none, or a text that the check of the configuration refuses. */
const preferred = (variables: Variables): Feed | undefined => {
  const text = withLegacyNames({ ...variables })["CTP_ROUTE_SELECTOR"]?.toLowerCase()
  return feeds.find((feed) => feed === text)
}

/**
 * A start makes one feed the preferred one: that of `--config`, else that of the variables. Both the request and the
 * variables name it afterwards, so that the log of the run and the daemon agree.
 */
export const withPreferredFeed = (
  request: LiveRequest,
  hasConfig: boolean,
  variables: Variables
): { readonly request: LiveRequest; readonly variables: Variables } => {
  if (!preferring.has(request.command)) return { request, variables }
  if (!hasConfig) return { request: { ...request, config: preferred(variables) ?? request.config }, variables }
  const others = Object.fromEntries(
    Object.entries(variables).filter(([name]) => !selectors.some((own) => own === name))
  )
  return { request, variables: { ...others, CTP_ROUTE_SELECTOR: request.config } }
}
