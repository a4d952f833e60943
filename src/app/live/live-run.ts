import { dirname, join } from "node:path"
import { Cause, Deferred, Effect, Result } from "effect"
import { type EndedRunbook, runRunbook } from "../../../actors/ops/runbook-actor.ts"
import { endWith, Invocation } from "../../cli/invocation.ts"
import { checkpointLogFile } from "../../ops/adapters/files/checkpoint-log-file.ts"
import { runLogFile } from "../../ops/adapters/files/run-log-file.ts"
import { stopFiles } from "../../ops/adapters/files/stop-files.ts"
import { afterStop } from "../../ops/application/live/after-stop.ts"
import { recordCheckpoint } from "../../ops/application/live/record-checkpoint.ts"
import { DrillJournal } from "../../ops/domain/drill/drill-journal.ts"
import { runbookExits } from "../../ops/domain/exit-codes.ts"
import type { RuntimeName } from "../../ops/domain/runtime-words.ts"
import { makeDrillRecord } from "../../ops/layers/drill/drill-record.ts"
import { liveLayer } from "../../ops/layers/live/live-layer.ts"
import { mockLayer } from "../../ops/layers/live/mock-layer.ts"
import { runtimeOf } from "../../ops/layers/live/runtime-probes.ts"
import { RunLog } from "../../ops/ports/run-log.ts"
import { operatorName } from "../../platform/process/operator-name.ts"
import { UserError } from "../../platform/process/user-error.ts"
import { readEnvFile } from "../env/environment.ts"
import { ProcessShutdown } from "../process-shutdown.ts"
import { keptIn } from "./kept-in.ts"
import { prepareRollback } from "./prepare-rollback.ts"
import { prepareRun } from "./prepare-run.ts"
import { recordDefect, refuseRun } from "./record-run.ts"
import { runConfiguration } from "./run-configuration.ts"
import { makeRunProgress } from "./run-progress.ts"
import { makeRunSpans } from "./run-spans.ts"
import type { RunbookEnvironment } from "./runbook-environment.ts"
import type { AskedRun } from "./runbook-flags.ts"
import { sendRunSpans } from "./send-run-spans.ts"

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

const { code: exitCode } = runbookExits.configuration

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
    // From the first moment a signal is a fact for the run.
    shutdown.hold()
    const prepared = yield* Effect.result(
      Effect.gen(function* () {
        const found = yield* prepareRun(asked, env)
        const chosen = found.request.mock ? undefined : yield* runtimeOf(found.settings, runtime)
        return { ...(yield* prepareRollback(found, chosen?.runtime)), chosen }
      })
    )
    if (Result.isFailure(prepared)) return yield* refuseRun(asked.request, prepared.failure, { env, print })
    const { chosen, environment, isOtherThanFile, notes, request, settings: read } = prepared.success
    const settings = keptIn(read, request)

    const progress = makeRunProgress(print)
    const spans = makeRunSpans()
    const beganMs = Date.now()
    /** The machine has written the records of this run, and is over. */
    let isRecorded = false
    let wasRecording = false
    const crashed = yield* Deferred.make<string>()
    const recorded = Promise.withResolvers<void>()
    shutdown.hold((why) => {
      Deferred.doneUnsafe(crashed, Effect.succeed(why))
      return recorded.promise
    })
    /** The process ends when this is recorded. The ports stay open until then, as after a kill. */
    const crash = (why: string) =>
      Effect.gen(function* () {
        if (!isRecorded) yield* recordDefect(settings, request, { beganMs, print, why })
        recorded.resolve()
        return yield* Effect.never
      })
    const journal = new DrillJournal()
    const drill =
      request.command === "drill"
        ? makeDrillRecord({ settings, request, operator: operatorName(), journal })
        : undefined

    const afterwards = ({ exitCode: code, result, seconds }: EndedRunbook) =>
      Effect.gen(function* () {
        if (isOtherThanFile && code === 0) {
          const file = environment.envFile ?? "the environment"
          const message = `tickd runs with the settings of the snapshot, and ${file} has other ones: change it before the next start or restart`
          yield* (yield* RunLog).write("WARN", message)
        }
        if (drill !== undefined) yield* drill.finish(result)
        if (request.command === "checkpoint") {
          yield* Effect.provide(recordCheckpoint({ request, result, seconds }), checkpointLogFile(settings.logDir))
        }
        if (request.command === "stop" && code === 0 && !request.mock) {
          yield* Effect.provide(afterStop, stopFiles(settings, secretFiles(environment)))
        }
      })
    const run = Effect.gen(function* () {
      if (environment.warning !== undefined) yield* (yield* RunLog).write("WARN", environment.warning)
      if (chosen !== undefined) yield* (yield* RunLog).write("INFO", `Runtime ${chosen.runtime}: ${chosen.why}`)
      for (const note of notes) print(note)
      return yield* runRunbook({
        request,
        managed: settings.managed,
        signal: Effect.map(shutdown.asked, () => (shutdown.signal === "SIGINT" ? "interrupted" : "terminated")),
        onStep: (step) => {
          progress(step)
          spans.onStep(step)
          isRecorded = wasRecording && step.state !== "recording"
          wasRecording = wasRecording || step.state === "recording"
          drill?.onStep(step)
        },
        afterwards
      })
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
    const orCrash = Effect.raceFirst(
      Effect.catchCause(run, (cause) => {
        if (!Cause.hasDies(cause)) return Effect.failCause(cause)
        shutdown.onFault("uncaughtException", Cause.squash(cause))
        return Effect.never
      }),
      Deferred.await(crashed)
    )
    const ended = yield* orCrash.pipe(
      Effect.flatMap((end) => (typeof end === "string" ? crash(end) : Effect.succeed(end))),
      Effect.provide(ports),
      Effect.catchTag("RunLogError", ({ message }) =>
        refuseRun(request, new UserError({ code: "LOG_FOLDER", message, exitCode }), { env, print })
      )
    )
    if (!request.mock) {
      const { profile, window } = request
      const endMs = beganMs + ended.seconds * 1000
      const run = { ...ended, user: operatorName(), profile, window, startMs: beganMs, endMs }
      const warn = (line: string) => void process.stderr.write(`tickd: ${line}\n`)
      const traced = { variables: environment.variables, instance: settings.instance, warn }
      yield* sendRunSpans(traced, (to) => spans.export(to, run))
    }
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
