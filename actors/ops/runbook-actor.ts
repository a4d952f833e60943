import { Clock, Effect, Queue } from "effect"
import type { AnyMachineSnapshot } from "xstate"
import type { CommandOf } from "../../machines/command.ts"
import { drillMachine } from "../../machines/ops/drill-machine.ts"
import { type RunContext, type RunEvent, stageOf } from "../../machines/ops/run-setup.ts"
import { runbookMachine } from "../../machines/ops/runbook-machine.ts"
import { errorText } from "../../src/kernel/error-text.ts"
import { makeAlertSilence } from "../../src/ops/application/live/alert-silence.ts"
import { makeEscalations } from "../../src/ops/application/live/escalations.ts"
import { keepSnapshot } from "../../src/ops/application/live/keep-snapshot.ts"
import { recoverRun } from "../../src/ops/application/live/recover-run.ts"
import { reportRun } from "../../src/ops/application/live/report-run.ts"
import { makeRunNotes } from "../../src/ops/application/live/run-notes.ts"
import { backstopMs } from "../../src/ops/domain/drill/drill-silence.ts"
import { runbookExits } from "../../src/ops/domain/exit-codes.ts"
import type { LiveRequest } from "../../src/ops/domain/live-flags.ts"
import { type ManagedParts, planOf, type StageName, targetFeedOf } from "../../src/ops/domain/plan.ts"
import { markerLines, type RunEnd, type RunResult, rollbackLine } from "../../src/ops/domain/run-result.ts"
import type { AlertSilences } from "../../src/ops/ports/alert-silences.ts"
import { AuditLine } from "../../src/ops/ports/audit-line.ts"
import { Health } from "../../src/ops/ports/health.ts"
import { RunJournal } from "../../src/ops/ports/run-journal.ts"
import { RunLock } from "../../src/ops/ports/run-lock.ts"
import { RunLog } from "../../src/ops/ports/run-log.ts"
import { type RunningState, Runtime } from "../../src/ops/ports/runtime.ts"
import { type Performers, runMachine } from "../runtime/machine-actor.ts"
import { makeWork } from "./cancellable-work.ts"

/** Deadlines around the stages, milliseconds. A rollback may start or stop every program. */
const deadlines = {
  lockMs: 5_000,
  recoverMs: 200_000,
  observeMs: 10_000,
  pauseMs: 2_000,
  restoreMs: 180_000,
  recordMs: 5_000
}

const endsDaemon: ReadonlySet<StageName> = new Set(["stopTickd", "handOver"])

/** Control events of one run are few; a full mailbox would be a fault. */
const mailboxCapacity = 256

/** A run that is over. `lines`: its markers. Unit: seconds. */
export interface EndedRunbook {
  readonly result: RunResult
  readonly exitCode: number
  readonly lines: ReadonlyArray<string>
  readonly seconds: number
  readonly isAudited: boolean
}

export interface RunbookOptions<R = never> {
  readonly request: LiveRequest
  readonly managed: ManagedParts
  /** Succeeds when a signal arrives. It is a fact for the machine: the caller must not interrupt the run itself. */
  readonly signal: Effect.Effect<"interrupted" | "terminated">
  /** Called with each step of the machine. */
  readonly onStep?: (step: { readonly atMs: number; readonly state: string; readonly context: RunContext }) => void
  /** What follows the run; only the last line of its log comes after it. */
  readonly afterwards?: (ended: EndedRunbook) => Effect.Effect<void, never, R>
}

const endOf = ({ outcome, rollback }: RunContext): RunEnd => {
  if (rollback === "none") return outcome
  return rollback === "failed" ? "rollbackFailed" : "rolledBack"
}

const resultOf = (context: RunContext, { to }: LiveRequest): RunResult => ({
  command: context.command,
  end: endOf(context),
  exit: context.exit,
  why: context.why,
  stage: stageOf(context).name,
  plan: context.stages.map(({ name }) => name),
  facts: context.facts,
  to,
  changed: context.changed
})

/**
 * Runs one plan over the ports until its machine is in a final state: one audit line, and the lock is released after
 * it. Returns the result with its marker lines.
 */
export const runRunbook = Effect.fnUntraced(function* <R = never>({
  afterwards = () => Effect.void,
  managed,
  onStep,
  request,
  signal
}: RunbookOptions<R>) {
  const [runtime, health, lock, audit, log] = [
    yield* Runtime,
    yield* Health,
    yield* RunLock,
    yield* AuditLine,
    yield* RunLog
  ]
  const ports = yield* Effect.context<Runtime | Health | AlertSilences | AuditLine | RunLog | RunJournal>()
  const mailbox = yield* Queue.bounded<RunEvent>(mailboxCapacity)
  const work = yield* makeWork
  const notes = yield* makeRunNotes(request)
  const escalations = yield* makeEscalations(request)
  const silence = yield* makeAlertSilence
  let before: RunningState | undefined
  const feedBefore = () => before?.activeFeed ?? "primary"

  /** Work goes on beside the mailbox, so that a deadline or a signal can end it. A defect is left to the deadline. */
  const begin = (effect: Effect.Effect<RunEvent>) =>
    work.begin(
      effect.pipe(
        Effect.flatMap((event) => Queue.offer(mailbox, event)),
        Effect.catchDefect((defect) => log.write("ERROR", `a bug of tickd, please report it: ${errorText(defect)}`))
      )
    )

  const runStage = (context: RunContext) => {
    const { attemptsMax, exits, name } = stageOf(context)
    const of = { stage: name, attempt: context.attempt }
    const failed = (why: string, exit = exits[0], isFinal = false): RunEvent => ({
      type: "STAGE_FAILED",
      ...of,
      why,
      exit,
      isFinal
    })
    const debug = request.debug || context.attempt === attemptsMax
    const carriedOut = Effect.gen(function* () {
      const beganMs = yield* Clock.currentTimeMillis
      yield* log.write("INFO", `Stage ${name}, attempt ${context.attempt} of ${attemptsMax}`)
      yield* notes.stage(name, context.touched)
      const changed = yield* runtime.carryOut(name, request, debug)
      const target = name === "rotateReturn" ? before?.activeFeed : targetFeedOf(name, request)
      if (target !== undefined) yield* log.follow(target)
      const proved = yield* health.prove(name, request, beganMs)
      const facts = endsDaemon.has(name) ? { ...proved, drained: yield* runtime.hasDrained } : proved
      return { type: "STAGE_PROVED", ...of, changed, facts } satisfies RunEvent
    })
    return carriedOut.pipe(
      Effect.catchTags({
        RuntimeError: ({ message }) => Effect.succeed(failed(message)),
        ProofError: ({ exit, isFinal, message }) =>
          Effect.succeed(failed(message, exits.includes(exit) ? exit : exits[0], isFinal)),
        NoSessionError: ({ message }) => Effect.succeed<RunEvent>({ type: "SESSION_MISSED", ...of, why: message })
      })
    )
  }

  const failedAs =
    (type: "RECOVERY_FAILED" | "OBSERVATION_FAILED" | "RESTORE_FAILED" | "RECORD_FAILED") =>
    ({ message: why }: { readonly message: string }) =>
      Effect.succeed<RunEvent>({ type, why })
  const takeLock = lock.take.pipe(
    Effect.as<RunEvent>({ type: "LOCK_TAKEN" }),
    Effect.catch(({ held, message: why }) => Effect.succeed<RunEvent>({ type: "LOCK_REFUSED", why, held }))
  )
  const recover = Effect.provide(recoverRun(managed), ports).pipe(
    Effect.as<RunEvent>({ type: "RECOVERED" }),
    Effect.catch(failedAs("RECOVERY_FAILED"))
  )
  const observe = Effect.andThen(runtime.begin, notes.begin).pipe(
    Effect.andThen(runtime.observe),
    Effect.tap(notes.observed),
    Effect.tap(({ activeFeed }) => (activeFeed === undefined ? Effect.void : log.follow(activeFeed))),
    Effect.map((state): RunEvent => {
      before = state
      return { type: "STATE_OBSERVED" }
    }),
    Effect.catch(failedAs("OBSERVATION_FAILED"))
  )
  const restore = Effect.suspend(() => (before === undefined ? Effect.void : runtime.restore(before))).pipe(
    Effect.tap(() => log.follow(feedBefore())),
    Effect.as<RunEvent>({ type: "STATE_RESTORED" }),
    Effect.catch(failedAs("RESTORE_FAILED"))
  )
  const record = ({ command: action, exit }: RunContext) =>
    Clock.currentTimeMillis.pipe(
      Effect.flatMap((atMs) => {
        const { profile, window } = request
        const exitCode = runbookExits[exit].code
        return Effect.andThen(
          notes.recording(atMs, exitCode),
          audit.append({ atMs, action, window, profile, exitCode })
        )
      }),
      Effect.tap((kept) => (kept === undefined ? Effect.void : log.write("ERROR", kept))),
      Effect.tap(notes.end),
      Effect.as<RunEvent>({ type: "RUN_RECORDED" }),
      Effect.catch(failedAs("RECORD_FAILED"))
    )

  const performers: Performers<typeof runbookMachine> = {
    takeLock: () => begin(takeLock),
    recoverRun: () => begin(recover),
    observeState: () => begin(observe),
    runStage: ({ context }) => begin(runStage(context)),
    cancelWork: () => work.cancel,
    escalate: ({ context }) => {
      const failed = context.rollback === "failed" ? `; the rollback failed: ${context.lastFault}` : ""
      return escalations.begin(`${context.why}${failed}`, runbookExits[context.exit].code)
    },
    silenceAlerts: ({ context: { index, recordMs, restoreMs, stages } }) =>
      silence.begin(notes.id() ?? request.command, backstopMs(stages, index, restoreMs + recordMs)),
    reportAttempt: ({ context }) => log.write("ERROR", `Attempt ${context.attempt} failed: ${context.lastFault}`),
    restoreState: ({ context }) =>
      Effect.andThen(log.mark("ERROR", rollbackLine(feedBefore(), stageOf(context).name)), begin(restore)),
    recordRun: ({ context }) => begin(record(context))
  }

  const input = { ...deadlines, command: request.command, stages: planOf(request, managed) }
  let last: RunContext | undefined
  const options = {
    input,
    mailbox,
    // Both machines have the same commands, and a performer reads nothing of a snapshot but its context.
    perform: (name: string, snapshot: AnyMachineSnapshot) =>
      performers[name as CommandOf<typeof runbookMachine>](snapshot as never),
    onTransition: ({ atMs, snapshot, to }: { atMs: number; snapshot: AnyMachineSnapshot; to: string }) => {
      last = snapshot.context as RunContext
      onStep?.({ atMs, state: to, context: last })
    }
  }
  const startedMs = yield* Clock.currentTimeMillis
  const watch = Effect.flatMap(signal, (exit) => Queue.offer(mailbox, { type: "INTERRUPTED", exit }))
  const beside = Effect.all([work.run, Effect.andThen(watch, Effect.never)], { concurrency: "unbounded" })
  const run: Effect.Effect<unknown> =
    request.command === "drill" ? runMachine(drillMachine, options) : runMachine(runbookMachine, options)
  const conclude = Effect.gen(function* () {
    const held = Effect.gen(function* () {
      yield* Effect.raceFirst(run, beside)
      yield* silence.close
      const ended = resultOf(last as unknown as RunContext, request)
      const endMs = yield* Clock.currentTimeMillis
      if (ended.end !== "succeeded") return ended
      yield* keepSnapshot({ id: `${request.command}-${startedMs}`, atMs: endMs, request })
      return ended
    })
    const result = yield* Effect.ensuring(held, lock.release)
    const context = last as unknown as RunContext
    const atMs = yield* Clock.currentTimeMillis
    const { code: exitCode } = runbookExits[result.exit]
    const level = exitCode === 0 ? "INFO" : "ERROR"
    const markers = markerLines(result, feedBefore())
    // The log has this line since the rollback began.
    const logged = rollbackLine(feedBefore(), result.stage)
    const news = markers.filter((line) => line !== logged)
    yield* Effect.forEach(news, (line) => log.mark(level, line, exitCode), { discard: true })
    if (context.rollback === "failed") yield* log.write("ERROR", `The rollback failed: ${context.lastFault}`, exitCode)
    const { recordFault } = context
    if (recordFault !== undefined) yield* log.write("ERROR", `The audit line is missing: ${recordFault}`, exitCode)
    const seconds = (atMs - startedMs) / 1000
    yield* reportRun({ atMs, request, result, exitCode, seconds })
    yield* escalations.close
    const ended: EndedRunbook = { result, exitCode, lines: markers, seconds, isAudited: recordFault === undefined }
    return ended
  })
  // The run is over and its lock is free: only the last line waits for what operators confirm.
  const [ended] = yield* Effect.all([conclude, escalations.run, silence.run], { concurrency: "unbounded" })
  yield* afterwards(ended)
  if (ended.exitCode !== 0) return ended
  const lastLine = `Orchestration completed in ${ended.seconds}s`
  yield* log.mark("INFO", lastLine, 0)
  return { ...ended, lines: [...ended.lines, lastLine] }
})
