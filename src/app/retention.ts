import { randomUUID } from "node:crypto"
import { hostname, userInfo } from "node:os"
import { join } from "node:path"
import { Clock, DateTime, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { endWith, Invocation, present } from "../cli/invocation.ts"
import { jsonFlag } from "../cli/terminal/flags.ts"
import { count } from "../cli/terminal/layout.ts"
import { cureOf, systemCodeOf } from "../kernel/system-fault.ts"
import { retentionFolders } from "../ops/adapters/files/retention-folders.ts"
import { type KindReport, type RetentionReport, runRetention } from "../ops/application/retention/run-retention.ts"
import { readRetentionSettings } from "../ops/config/retention-variables.ts"
import { FileLocked, takeFileLock } from "../platform/process/file-lock.ts"
import { makeStateFolder } from "../platform/process/state-folder.ts"
import { exitCodes, UserError } from "../platform/process/user-error.ts"
import type { AuditEntry } from "../protocol/control/command.ts"
import { auditOperation } from "./operations-audit.ts"

const kindLines = ({ changed, deleted, failures, kept, keep_days, kind, skipped, bytes }: KindReport, verb: string) => [
  `${kind}, kept ${keep_days} days: ${verb} ${count(deleted.length)} (${count(bytes)} bytes), kept ${count(kept)}${
    skipped === 0 ? "" : `, ${count(skipped)} links or folders left alone`
  }${changed === 0 ? "" : `, ${count(changed)} changed meanwhile and left alone`}`,
  ...deleted.map((path) => `  ${path}`),
  ...failures.map((sentence) => `  ${sentence}`)
]

const render =
  (folder: string) =>
  (report: RetentionReport): string => {
    if (report.folders === 0) return `no folder of logs in ${folder}: set TICKD_RETENTION_DIR if they are elsewhere`
    const verb = report.dry_run ? "would delete" : "deleted"
    return [
      ...report.kinds.flatMap((kind) => kindLines(kind, verb)),
      `${verb} ${count(report.deleted)} files, ${count(report.bytes)} bytes`
    ].join("\n")
  }

/** The entry of one run. Names are in the report; the audit holds counts and bytes of each kind. */
const entryOf = (report: RetentionReport, folder: string, at: string): AuditEntry => ({
  version: 2,
  id: randomUUID(),
  at,
  instance: hostname(),
  verb: "retention",
  result: report.failures === 0 ? "done" : "failed",
  request: {
    folder,
    ...Object.fromEntries(
      report.kinds.map(({ bytes, deleted, keep_days, kind }) => [kind, { keep_days, deleted: deleted.length, bytes }])
    )
  },
  request_id: null,
  reason: "age",
  by: { user: userInfo().username.slice(0, 128), host: hostname().slice(0, 128), client: "tickd retention" },
  code: report.failures === 0 ? null : "FILE_NOT_DELETED",
  message: `${report.deleted} files deleted, ${report.bytes} bytes`
})

/** One run at a time. The lock ends with the process. */
const alone = (stateFolder: string) =>
  Effect.acquireRelease(
    Effect.try({
      try: () => {
        return takeFileLock(join(stateFolder, "retention.lock"))
      },
      catch: (cause) =>
        cause instanceof FileLocked
          ? new UserError({
              code: "RETENTION_RUNS",
              message: `Another retention run${cause.holder === undefined ? "" : ` (${cause.holder})`} is in progress: wait for it.`,
              exitCode: exitCodes.unavailable
            })
          : new UserError({
              code: "STATE_FOLDER",
              message: `The folder ${stateFolder} cannot be written (${systemCodeOf(cause)}): ${cureOf(cause, "let this user write it, or set TICKD_STATE_DIR")}.`,
              exitCode: exitCodes.configuration
            })
    }),
    ({ release }) => Effect.sync(release)
  )

const run = Command.make(
  "run",
  {
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withDescription("Print what would be deleted, and delete nothing"),
      Flag.withDefault(false)
    ),
    json: jsonFlag
  },
  ({ dryRun, json }) =>
    Effect.gen(function* () {
      const { env } = yield* Invocation
      const settings = yield* readRetentionSettings(env)
      const stateFolder = env["TICKD_STATE_DIR"] ?? ".state"
      // Before anything is deleted: without a writable state folder there would be no audit.
      if (!dryRun) {
        yield* makeStateFolder(stateFolder, "TICKD_STATE_DIR")
        yield* alone(stateFolder)
      }
      const report = yield* runRetention(settings.keepDays, dryRun).pipe(
        Effect.provide(retentionFolders({ logs: settings.folder, state: stateFolder })),
        Effect.mapError(({ code, message }) => new UserError({ code, message, exitCode: exitCodes.badInput }))
      )
      yield* present(json, report, render(settings.folder), () => (dryRun ? "tickd retention run" : ""))
      if (report.failures > 0) yield* endWith(exitCodes.checkFailed)
      if (dryRun) return
      const at = DateTime.formatIso(DateTime.makeUnsafe(yield* Clock.currentTimeMillis))
      // Last: a full disk has room again then.
      yield* auditOperation(stateFolder, entryOf(report, settings.folder, at))
    }).pipe(Effect.scoped)
).pipe(
  Command.withDescription(
    "Delete what is older than its limit. The newest file of each kind and every audit file are kept; exit code 1 when a file cannot be deleted"
  )
)

/** `tickd retention`: deletes old logs of runbooks, screenshots and incidents. */
export const command = Command.make("retention").pipe(
  Command.withDescription("Delete old logs of runbooks. Screenshots and incident reports have their own limits"),
  Command.withSubcommands([run])
)
