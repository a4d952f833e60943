import { Cause, Schema } from "effect"

/** A failed CLI verb: one sentence for the operator, and the exit code for the script. */
export class UserError extends Schema.TaggedError<UserError>()("UserError", {
  code: Schema.String,
  message: Schema.String,
  exitCode: Schema.Int
}) {}

/** The sentence of any failure. A defect keeps its stack: it is a bug to report. */
export const sentenceOf = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  if (Cause.hasDies(cause)) return `a bug of tickd, please report it: ${Cause.pretty(cause)}`
  if (error instanceof Error && error.message !== "") {
    const code = (error as { code?: unknown }).code
    // The code is at the end of the first line; further lines list the faults of a sentence with several.
    return typeof code === "string" ? error.message.replace(/(?=\n|$)/, ` [${code}]`) : error.message
  }
  return String(error)
}

/**
 * Meaning of the exit codes, after sysexits.h. Documented in `docs/reference/cli.md`. `gaveUp` is also used for a
 * defect: every failure that another start may fix.
 */
export const exitCodes = {
  done: 0,
  checkFailed: 1,
  wrongUse: 64,
  badInput: 65,
  unavailable: 69,
  gaveUp: 70,
  configuration: 78,
  secondSignal: 130
} as const

/**
 * Codes that need a change of the configuration or the machine, although their error also has codes that pass by
 * themselves.
 */
const configurationCodes: ReadonlySet<string> = new Set([
  "NATS_SERVER_UNUSABLE",
  "NATS_OPTIONS_INVALID",
  "NATS_AUTH_REJECTED",
  "NATS_TLS_REJECTED",
  "JETSTREAM_DISABLED",
  "STREAM_MISMATCH",
  "STREAM_SUBJECTS_TAKEN",
  "STREAM_REPLICAS_IMPOSSIBLE",
  "STREAM_SEALED",
  "WORKER_MISSING",
  "LIBRARY_NOT_LOADED",
  "VERSION_NOT_SUPPORTED",
  "FLOW_FOLDER",
  "SPOOL_IN_USE",
  "SPOOL_MISMATCH",
  "SPOOL_FOLDER"
])

/** Another daemon runs instead of this one: not a fault, and no restart helps. */
const unavailableCodes: ReadonlySet<string> = new Set(["WRITER_ACTIVE"])

const byTag: Readonly<Record<string, number>> = {
  ConfigError: exitCodes.configuration,
  SubjectTemplateError: exitCodes.configuration,
  FrontError: exitCodes.badInput,
  ContractCatalogueError: exitCodes.badInput,
  ShowHelp: exitCodes.wrongUse,
  NatsConnectError: exitCodes.unavailable,
  NatsServerError: exitCodes.unavailable,
  FindNatsServerError: exitCodes.unavailable,
  TelemetryError: exitCodes.unavailable,
  TailError: exitCodes.unavailable,
  TickClientError: exitCodes.unavailable,
  JetStreamTrouble: exitCodes.unavailable
}

/** The exit code of a failed verb. */
export const exitCodeOf = (cause: Cause.Cause<unknown>): number => {
  const error = Cause.squash(cause)
  if (error instanceof UserError) return error.exitCode
  const { _tag, code } = (error ?? {}) as { readonly _tag?: unknown; readonly code?: unknown }
  if (typeof code === "string" && configurationCodes.has(code)) return exitCodes.configuration
  if (typeof code === "string" && unavailableCodes.has(code)) return exitCodes.unavailable
  return (typeof _tag === "string" ? byTag[_tag] : undefined) ?? exitCodes.gaveUp
}
