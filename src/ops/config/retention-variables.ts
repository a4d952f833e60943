import { Effect, Schema, SchemaIssue } from "effect"
import { UserError } from "../../platform/process/user-error.ts"
import type { KeepDays } from "../application/retention/run-retention.ts"

/** At least a day: today's logs are never deleted. At most ten years. */
const days = Schema.NumberFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum: 3650 }))

/** Variables of `tickd retention`, docs/operations/retention.md. */
export const RetentionEnvironment = Schema.Struct({
  TICKD_RETENTION_DIR: Schema.optionalKey(Schema.String),
  TICKD_RETENTION_RUNBOOK_DAYS: Schema.optionalKey(days),
  TICKD_RETENTION_SCREENSHOT_DAYS: Schema.optionalKey(days),
  TICKD_RETENTION_INCIDENT_DAYS: Schema.optionalKey(days)
})

interface RetentionSettings {
  /** Folder with the folders `runbooks`, `archive`, `screenshots`, `incidents`. */
  readonly folder: string
  readonly keepDays: KeepDays
}

const problemsOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** Reads the variables; an empty one counts as not set. Every fault is reported at once, with exit code 78. */
export const readRetentionSettings = Effect.fnUntraced(function* (env: Readonly<Record<string, string | undefined>>) {
  const given = Object.fromEntries(
    Object.keys(RetentionEnvironment.fields).flatMap((name) => {
      const value = env[name]?.trim() ?? ""
      return value === "" ? [] : [[name, value]]
    })
  )
  const read = yield* Effect.mapError(
    Schema.decodeUnknownEffect(RetentionEnvironment, { errors: "all" })(given),
    ({ issue }) =>
      new UserError({
        code: "RETENTION_CONFIG",
        message: problemsOf(issue)
          .issues.map(({ message, path }) => {
            const name = String(path?.[0] ?? "environment")
            return `${name} is ${JSON.stringify(given[name])}: ${message.charAt(0).toLowerCase()}${message.slice(1)}, days from 1 to 3650.`
          })
          .join("\n  "),
        exitCode: 78
      })
  )
  const settings: RetentionSettings = {
    folder: read.TICKD_RETENTION_DIR ?? "logs",
    keepDays: {
      runbook: read.TICKD_RETENTION_RUNBOOK_DAYS ?? 30,
      screenshot: read.TICKD_RETENTION_SCREENSHOT_DAYS ?? 7,
      incident: read.TICKD_RETENTION_INCIDENT_DAYS ?? 90
    }
  }
  return settings
})
