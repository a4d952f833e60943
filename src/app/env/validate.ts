import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { Invocation, present } from "../../cli/invocation.ts"
import { jsonFlag } from "../../cli/terminal/flags.ts"
import { type Paint, paintOf, plain } from "../../cli/terminal/layout.ts"
import { exitCodes } from "../../platform/process/user-error.ts"
import { envFileFlag } from "./env-file-flag.ts"
import { mergedWith, readEnvFile } from "./environment.ts"
import { type Finding, findingsOf } from "./findings.ts"
import { profileFlag } from "./profile-flag.ts"
import { appendAudit, eventLine, referenceSentences } from "./validation-record.ts"
import { variables } from "./variables.ts"

/** What `tickd env validate` found. `ok` false: exit code 1. */
interface ValidateReport {
  readonly ok: boolean
  readonly profile: string
  readonly source: string
  /** Number of declared variables that are set. */
  readonly variables_set: number
  readonly findings: ReadonlyArray<Finding>
}

const findingLines = (finding: Finding, paint: Paint): ReadonlyArray<string> => {
  const place = finding.line === null ? "" : `line ${finding.line}: `
  const head = finding.severity === "fault" ? paint.bad("FAULT") : "warning"
  return [`${head} ${place}${finding.message} [${finding.code}]`, `  fix: ${finding.fix}`]
}

const renderValidate = (report: ValidateReport, paint: Paint): string => {
  const faults = report.findings.filter(({ severity }) => severity === "fault").length
  const warnings = report.findings.length - faults
  const counts = `${faults} ${faults === 1 ? "fault" : "faults"}, ${warnings} ${warnings === 1 ? "warning" : "warnings"}`
  return [
    ...report.findings.flatMap((each) => findingLines(each, paint)),
    `${report.ok ? paint.good("OK") : paint.bad("NOT OK")}: ${report.source}, profile ${report.profile}, ${report.variables_set} variables set, ${counts}`
  ].join("\n")
}

const flags = {
  envFile: envFileFlag.pipe(Flag.withAlias("source"), Flag.optional),
  profile: profileFlag,
  requireBackup: Flag.Boolean("require-backup").pipe(
    Flag.withDescription("A missing backup feed is a fault"),
    Flag.withDefault(false)
  ),
  events: Flag.Boolean("events").pipe(
    Flag.withDescription("Print the event of a runbook's log on stdout, and sentences on stderr"),
    Flag.withDefault(false)
  ),
  auditFile: Flag.String("audit-file").pipe(
    Flag.withDescription("Append one line to this audit of the runbooks"),
    Flag.optional
  ),
  json: jsonFlag
}

export const validate = Command.make(
  "validate",
  flags,
  ({ auditFile, envFile, events, json, profile, requireBackup }) =>
    Effect.gen(function* () {
      const { endWith, env, screen } = yield* Invocation
      const read = Option.isNone(envFile) ? undefined : readEnvFile(envFile.value)
      const findings = findingsOf(env, read, { profile, requireBackup })
      const effective = mergedWith(env, read)
      const report: ValidateReport = {
        ok: findings.every(({ severity }) => severity !== "fault"),
        profile,
        source: read?.path ?? "environment",
        variables_set: variables.filter(({ name }) => (effective[name] ?? "") !== "").length,
        findings
      }
      if (events) {
        for (const sentence of referenceSentences(report)) yield* Console.error(sentence)
        for (const line of report.findings.flatMap((each) => findingLines(each, plain))) yield* Console.error(line)
        yield* Console.log(yield* eventLine(report, effective))
      } else yield* present(json, report, (value) => renderValidate(value, paintOf(screen)))
      if (Option.isSome(auditFile)) yield* appendAudit(auditFile.value, report)
      if (!report.ok) yield* endWith(exitCodes.checkFailed)
    })
).pipe(
  Command.withDescription("Check an environment for a profile: every fault at once; exit code 1 when there is one")
)
