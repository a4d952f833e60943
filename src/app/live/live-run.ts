import { dirname, join } from "node:path"
import { Clock, Effect, Layer, Result } from "effect"
import { runRunbook } from "../../../actors/ops/runbook-actor.ts"
import { endWith, Invocation } from "../../cli/invocation.ts"
import { auditLineFile } from "../../ops/adapters/files/audit-line-file.ts"
import { checkpointLogFile } from "../../ops/adapters/files/checkpoint-log-file.ts"
import { runLogFile } from "../../ops/adapters/files/run-log-file.ts"
import { stopFiles } from "../../ops/adapters/files/stop-files.ts"
import { afterStop } from "../../ops/application/live/after-stop.ts"
import { recordCheckpoint } from "../../ops/application/live/record-checkpoint.ts"
import { liveSettingsOf } from "../../ops/config/live-settings.ts"
import { DrillJournal } from "../../ops/domain/drill/drill-journal.ts"
import { runbookExits } from "../../ops/domain/exit-codes.ts"
import type { LiveRequest } from "../../ops/domain/live-flags.ts"
import type { LiveSettings } from "../../ops/domain/live-settings.ts"
import type { RuntimeName } from "../../ops/domain/runtime-words.ts"
import { makeDrillRecord } from "../../ops/layers/drill/drill-record.ts"
import { liveLayer } from "../../ops/layers/live/live-layer.ts"
import { mockLayer } from "../../ops/layers/live/mock-layer.ts"
import { runtimeOf } from "../../ops/layers/live/runtime-probes.ts"
import { AuditLine } from "../../ops/ports/audit-line.ts"
import { RunLog } from "../../ops/ports/run-log.ts"
import { operatorName } from "../../platform/process/operator-name.ts"
import { UserError } from "../../platform/process/user-error.ts"
import { readEnvFile } from "../env/environment.ts"
import { variables as declared } from "../env/variables.ts"
import { ProcessShutdown } from "../process-shutdown.ts"
import { prepareRollback } from "./prepare-rollback.ts"
import { prepareRun } from "./prepare-run.ts"
import { runConfiguration } from "./run-configuration.ts"
import { makeRunProgress } from "./run-progress.ts"
import type { RunbookEnvironment } from "./runbook-environment.ts"
import type { AskedRun } from "./runbook-flags.ts"

/** What a mock run keeps is in the folder of logs, and it touches nothing else. */
const keptIn = (settings: LiveSettings, { mock }: LiveRequest): LiveSettings =>
  mock ? { ...settings, runDir: join(settings.logDir, ".mock") } : settings

/** A run that cannot begin is in the log and in the audit all the same. */
const refuse = (request: LiveRequest, error: UserError, print: (line: string) => void) =>
  Effect.gen(function* () {
    const settings = keptIn(yield* liveSettingsOf({}, { declared, logDir: request.logDir }), request)
    const record = Effect.gen(function* () {
      const { command: action, profile, window } = request
      const log = yield* RunLog
      yield* log.write("ERROR", error.message, error.exitCode)
      const atMs = yield* Clock.currentTimeMillis
      yield* (yield* AuditLine).append({ atMs, action, window, profile, exitCode: error.exitCode })
    })
    const layer = Layer.merge(runLogFile(settings, request, print), auditLineFile(settings))
    // The reason for the refusal is what the operator must read, not that it could not be recorded too.
    yield* Effect.ignore(Effect.provide(record, layer))
    return yield* error
  })

/** The files of secrets of a run: beside its env file, and in the folder of the command. */
const secretFiles = ({ envFile }: RunbookEnvironment): ReadonlyArray<string> => [
  ".env.runtime",
  ...(envFile === undefined ? [] : [join(dirname(envFile), ".env.runtime")])
]

/** What `tickd live VERB --json` prints. Unit: seconds. */
interface RunReply {
  readonly command: string
  readonly exit_code: number
  readonly end: string
  readonly why: string
  readonly stage: string
  readonly changed: boolean
  readonly mock: boolean
  readonly seconds: number
  readonly lines: ReadonlyArray<string>
}

interface RunOptions {
  readonly json: boolean
  /** Undefined: it is chosen by what the machine has. */
  readonly runtime: RuntimeName | undefined
}

/**
 * Runs a runbook on this machine, prints its log and markers, and ends with its exit code. With `json`, one object is
 * on the last line of standard output, and everything else on standard error.
 */
export const runLive = (asked: AskedRun, { json, runtime }: RunOptions) =>
  Effect.gen(function* () {
    const { env } = yield* Invocation
    const shutdown = yield* ProcessShutdown
    const out = json ? process.stderr : process.stdout
    const print = (line: string) => void out.write(`${line}\n`)
    const prepared = yield* Effect.result(
      Effect.gen(function* () {
        const found = yield* prepareRun(asked, env)
        const chosen = found.request.mock ? undefined : yield* runtimeOf(found.settings, runtime)
        return { ...(yield* prepareRollback(found, chosen?.runtime)), chosen }
      })
    )
    if (Result.isFailure(prepared)) return yield* refuse(asked.request, prepared.failure, print)
    const { chosen, environment, isOtherThanFile, notes, request, settings: read } = prepared.success
    const settings = keptIn(read, request)

    const progress = makeRunProgress(print)
    const journal = new DrillJournal()
    const drill =
      request.command === "drill"
        ? makeDrillRecord({ settings, request, operator: operatorName(), journal })
        : undefined

    const run = Effect.gen(function* () {
      if (environment.warning !== undefined) yield* (yield* RunLog).write("WARN", environment.warning)
      if (chosen !== undefined) yield* (yield* RunLog).write("INFO", `Runtime ${chosen.runtime}: ${chosen.why}`)
      for (const note of notes) print(note)
      // From here on a signal is a fact for the run.
      shutdown.hold()
      const ended = yield* runRunbook({
        request,
        managed: settings.managed,
        signal: Effect.map(shutdown.asked, () => (shutdown.signal === "SIGINT" ? "interrupted" : "terminated")),
        onStep: (step) => {
          progress(step)
          drill?.onStep(step)
        }
      })
      if (isOtherThanFile && ended.exitCode === 0) {
        const file = environment.envFile ?? "the environment"
        const message = `tickd runs with the settings of the snapshot, and ${file} has other ones: change it before the next start or restart`
        yield* (yield* RunLog).write("WARN", message)
      }
      if (drill !== undefined) yield* drill.finish(ended.result)
      if (request.command === "checkpoint") {
        const checkpoint = recordCheckpoint({ request, result: ended.result, seconds: ended.seconds })
        yield* Effect.provide(checkpoint, checkpointLogFile(settings.logDir))
      }
      if (request.command === "stop" && ended.exitCode === 0 && !request.mock) {
        yield* Effect.provide(afterStop, stopFiles(settings, secretFiles(environment)))
      }
      return ended
    })
    const log = runLogFile(settings, request, print)
    const configuration =
      request.command === "rollback"
        ? runConfiguration(settings.variables, () => undefined)
        : runConfiguration(env, () =>
            environment.envFile === undefined ? undefined : readEnvFile(environment.envFile)
          )
    const ports =
      chosen === undefined
        ? mockLayer(settings, request, log)
        : liveLayer({ settings, request, runtime: chosen.runtime, journal, configuration, log })
    const ended = yield* run.pipe(
      Effect.provide(ports),
      Effect.catchTag("RunLogError", ({ message }) =>
        Effect.fail(new UserError({ code: "LOG_FOLDER", message, exitCode: runbookExits.configuration.code }))
      )
    )
    if (json) {
      const { changed, command, end, stage, why } = ended.result
      const reply: RunReply = {
        command,
        exit_code: ended.exitCode,
        end,
        why,
        stage,
        changed,
        mock: request.mock,
        seconds: ended.seconds,
        lines: ended.lines
      }
      process.stdout.write(`${JSON.stringify(reply)}\n`)
    }
    yield* endWith(ended.exitCode)
  })
