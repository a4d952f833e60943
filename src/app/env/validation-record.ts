import { appendFileSync } from "node:fs"
import { dirname } from "node:path"
import { Clock, Effect } from "effect"
import { maskAccount } from "../../kernel/instrument/account-mask.ts"
import { systemCodeOf } from "../../kernel/system-fault.ts"
import { shanghaiIso } from "../../kernel/time/shanghai-time.ts"
import { withLegacyNames } from "../../market/config/config-variables.ts"
import { makeFolders } from "../../platform/process/make-folders.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import { shownValue } from "../../platform/process/variable.ts"
import type { Variables } from "./environment.ts"
import type { Finding } from "./findings.ts"
import { variables } from "./variables.ts"

export interface Validation {
  readonly ok: boolean
  readonly profile: string
  readonly findings: ReadonlyArray<Finding>
}

/** One sentence for several findings of a kind, as in the reference service; log filters of its users know them. */
export const referenceSentences = ({ findings, profile }: Validation): ReadonlyArray<string> => {
  const faults = findings.filter(({ severity }) => severity === "fault")
  const namesOf = (code: Finding["code"], pattern: RegExp) =>
    faults.filter((each) => each.code === code && pattern.test(each.variable ?? "")).map(({ variable }) => variable)
  const missing = namesOf("ENV_MISSING", /^CTP_PRIMARY_/)
  const endpoints = namesOf("ENV_INVALID", /_(MD|TD)_ADDRESS$/)
  const of = (code: Finding["code"]) => faults.filter((each) => each.code === code).map(({ message }) => message)
  return [
    ...(missing.length === 0 || profile === "mock"
      ? []
      : [`Missing required primary credentials: ${missing.join(", ")}`]),
    ...of("ENV_BACKUP_INCOMPLETE").map((message) => {
      const names = /missing=\[(.*?)\]/.exec(message)?.[1] ?? ""
      return `Incomplete backup credentials: ${names}`
    }),
    ...(endpoints.length === 0 ? [] : [`Endpoint(s) must start with tcp:// or ssl://: ${endpoints.join(", ")}`]),
    ...of("ENV_BACKUP_REQUIRED"),
    ...of("ENV_FILE")
  ]
}

/** The event of a validation, with the fields of every log line of a runbook. Values are masked. */
const eventOf = (validation: Validation, effective: Variables, at: string) => {
  const known = withLegacyNames({ ...effective })
  const isBackup = known["CTP_ROUTE_SELECTOR"]?.toLowerCase() === "backup"
  const config = isBackup ? "backup" : "primary"
  const set = variables.filter(({ name, section }) => section.isInExample && (known[name] ?? "") !== "")
  return {
    timestamp: at,
    level: validation.ok ? "INFO" : "ERROR",
    event: validation.ok ? "environment_validation_passed" : "environment_validation_failed",
    message: validation.ok ? "The environment can be used" : "The environment has faults",
    session: null,
    exit_code: validation.ok ? exitCodes.done : exitCodes.checkFailed,
    profile: validation.profile,
    config,
    active_feed: config,
    account: maskAccount(known[isBackup ? "CTP_BACKUP_USER_ID" : "CTP_PRIMARY_USER_ID"] ?? ""),
    mock: validation.profile === "mock",
    summary: Object.fromEntries(
      set.map((variable) => [variable.name, shownValue(variable, known[variable.name] ?? "")])
    ),
    errors: validation.findings.filter(({ severity }) => severity === "fault").map(({ message }) => message)
  }
}

/** The event as one JSON line. */
export const eventLine = (validation: Validation, effective: Variables) =>
  Effect.map(Clock.currentTimeMillis, (nowMs) => JSON.stringify(eventOf(validation, effective, shanghaiIso(nowMs))))

/**
 * Appends `timestamp,action,window,profile,exit_code` to the audit of the runbooks. A validation belongs to no window.
 * Fails with `AUDIT_NOT_WRITTEN`.
 */
export const appendAudit = (path: string, { ok, profile }: Validation) =>
  Effect.flatMap(Clock.currentTimeMillis, (nowMs) =>
    Effect.try({
      try: () => {
        makeFolders(dirname(path))
        appendFileSync(
          path,
          `${shanghaiIso(nowMs)},validate_env,,${profile},${ok ? exitCodes.done : exitCodes.checkFailed}\n`
        )
      },
      catch: (cause) =>
        new UserError({
          code: "AUDIT_NOT_WRITTEN",
          exitCode: exitCodes.checkFailed,
          message: `The audit ${path} cannot be written (${systemCodeOf(cause)}): let this user write its folder.`
        })
    })
  )
