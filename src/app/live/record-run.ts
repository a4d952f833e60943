import { Clock, Effect, Layer } from "effect"
import { auditLineFile } from "../../ops/adapters/files/audit-line-file.ts"
import { runJournalFile } from "../../ops/adapters/files/run-journal.ts"
import { runLogFile } from "../../ops/adapters/files/run-log-file.ts"
import { runEvents } from "../../ops/adapters/nats/run-events.ts"
import { pushMetrics } from "../../ops/adapters/pushgateway/push-metrics.ts"
import { reportRun } from "../../ops/application/live/report-run.ts"
import { liveSettingsOf } from "../../ops/config/live-settings.ts"
import { runbookExits } from "../../ops/domain/exit-codes.ts"
import type { RecordedRequest } from "../../ops/domain/live-flags.ts"
import type { LiveSettings } from "../../ops/domain/live-settings.ts"
import { AuditLine } from "../../ops/ports/audit-line.ts"
import { RunJournal } from "../../ops/ports/run-journal.ts"
import { RunLog } from "../../ops/ports/run-log.ts"
import { checkFormat } from "../../platform/process/state-format.ts"
import type { UserError } from "../../platform/process/user-error.ts"
import type { Variables } from "../env/environment.ts"
import { variables as declared } from "../env/variables.ts"
import { keptIn } from "./kept-in.ts"

const silent = Effect.void
/** Records go on where the folder of logs cannot be written. */
const noLog = Layer.succeed(RunLog, { write: () => silent, mark: () => silent, follow: () => silent })

interface Ending {
  readonly exit: "configuration" | "defect"
  readonly exitCode: number
  readonly why: string
}

/** Each record is tried, whatever becomes of the other ones: the reason itself is what the operator must read. */
const ports = (settings: LiveSettings, request: RecordedRequest, print: (line: string) => void) =>
  Layer.mergeAll(auditLineFile(settings), runJournalFile(settings), runEvents(settings), pushMetrics(settings)).pipe(
    Layer.provideMerge(runLogFile(settings, request, print).pipe(Layer.catchCause(() => noLog)))
  )

const record = (
  request: RecordedRequest,
  { exit, exitCode, why }: Ending,
  own: { readonly atMs: number } | undefined
) =>
  Effect.gen(function* () {
    const [audit, journal, log] = [yield* AuditLine, yield* RunJournal, yield* RunLog]
    const { command: action, mock, window } = request
    const profile = mock ? "mock" : request.profile
    yield* log.write("ERROR", why, exitCode)
    const atMs = yield* Clock.currentTimeMillis
    const begun = own === undefined ? undefined : yield* Effect.orElseSucceed(journal.find, () => undefined)
    const isOwn = begun !== undefined && begun.pid === process.pid
    const line = (isOwn ? begun.record : undefined) ?? { atMs, exitCode }
    // The next run finds what was begun, with its line in the audit.
    if (isOwn) yield* Effect.ignore(journal.note({ ...begun, record: line }))
    yield* Effect.ignore(audit.complete({ ...line, action, window, profile }))
    if (mock) return
    yield* reportRun({
      atMs,
      request,
      result: {
        command: action,
        end: "failed",
        exit,
        why,
        stage: (isOwn ? begun.stage : undefined) ?? "validate",
        plan: [],
        facts: {},
        changed: isOwn && begun.touched
      },
      exitCode,
      seconds: own === undefined ? 0 : (atMs - own.atMs) / 1000
    })
  })

/** The variables of the process may be what is wrong. */
const settingsOf = (env: Variables, request: RecordedRequest) =>
  liveSettingsOf(env, { declared, logDir: request.logDir }).pipe(
    Effect.catch(() => liveSettingsOf({}, { declared, logDir: request.logDir })),
    Effect.map((settings) => keptIn(settings, request)),
    Effect.orDie
  )

/** Another major format: this version must not write its journal, its kept lines or its queue of events. */
const isForeign = ({ runDir: folder }: LiveSettings) =>
  Effect.isFailure(checkFormat({ folder, what: "run folder", setting: "TICKD_RUN_DIR" }))

/**
 * A run that cannot begin is in every record all the same, except those in a run folder of another format. Fails with
 * its error.
 */
export const refuseRun = (
  request: RecordedRequest,
  error: UserError,
  { env, print }: { readonly env: Variables; readonly print: (line: string) => void }
) =>
  Effect.gen(function* () {
    const settings = yield* settingsOf(env, request)
    const { exitCode, message: why } = error
    if (yield* isForeign(settings)) {
      const log = runLogFile(settings, request, print).pipe(Layer.catchCause(() => noLog))
      yield* Effect.provide(
        Effect.flatMap(RunLog, ({ write }) => write("ERROR", why, exitCode)),
        log
      )
      return yield* error
    }
    yield* record(request, { exit: "configuration", exitCode, why }, undefined).pipe(
      Effect.provide(ports(settings, request, print))
    )
    return yield* error
  })

/**
 * A run that a defect of the tool has ended: one audit line now, and its journal stays, so that the next run completes
 * or undoes what it has begun.
 */
export const recordDefect = (
  settings: LiveSettings,
  request: RecordedRequest,
  { beganMs, print, why }: { readonly beganMs: number; readonly print: (line: string) => void; readonly why: string }
): Effect.Effect<void> =>
  record(request, { exit: "defect", exitCode: runbookExits.defect.code, why }, { atMs: beganMs }).pipe(
    Effect.provide(ports(settings, request, print))
  )
