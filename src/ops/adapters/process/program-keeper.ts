import { closeSync } from "node:fs"
import { dirname } from "node:path"
import { Effect } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import { cureOf } from "../../../kernel/system-fault.ts"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import { sendSignal } from "../../../platform/nats/server-process.ts"
import { makeFolders } from "../../../platform/process/make-folders.ts"
import { holderOf, isListening, unseenHolder } from "../../../platform/process/port-holder.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import { RuntimeError } from "../../ports/runtime.ts"
import { lockedExit, startDetached } from "./detached-program.ts"
import { credentialsDir, makeRunDir, writeSecrets, writeWhole } from "./kept-start.ts"
import { systemEnvironment } from "./program-environment.ts"
import { lastLines, openProgramLog } from "./program-log.ts"
import { bootId, exitOf, isRunning, type KeptStart, type ProgramRecord, readRecord } from "./program-record.ts"

const pollMs = 20
/** How long the port of a program that is ending may still be held. */
const endingMs = 1_000
/** From the start of the shell to its record: a fork, on a machine that may be busy. */
const recordMs = 5_000
/** How long a start watches for a program that ends at once. Readiness is proved elsewhere, with its own deadline. */
const settleMs = 3_000
/** From the end of a program to its exit code on disk. */
const exitMs = 2_000
/** Of the log, in the sentence about a program that ended. */
const shownLines = 3

const waitFor = (holds: () => boolean, withinMs: number) =>
  Effect.gen(function* () {
    for (let waitedMs = 0; !holds(); waitedMs += pollMs) {
      if (waitedMs >= withinMs) return false
      yield* Effect.sleep(pollMs)
    }
    return true
  })

const fail = (message: string) => Effect.fail(new RuntimeError({ message }))

const attempt = <A>(what: string, cure: string, run: () => A) =>
  Effect.try({
    try: run,
    catch: (cause) => new RuntimeError({ message: `${what} (${errorText(cause)}): ${cureOf(cause, cure)}.` })
  })

/** The program of a record while it runs. */
export const runningOf = (runDir: string, name: string): ProgramRecord | undefined => {
  const record = readRecord(runDir, name)
  return record !== undefined && isRunning(record) ? record : undefined
}

const endText = (runDir: string, name: string, record: ProgramRecord): string => {
  const code = exitOf(runDir, name, record)
  return code === undefined ? "with an exit code that was not kept" : `with ${code}`
}

/** Starts what is kept. Fails when it ended at once; returns the record. It must not run. */
export const startProgram = Effect.fnUntraced(function* (
  settings: LiveSettings,
  start: KeptStart,
  options: {
    readonly secrets: ReadonlyMap<string, string>
    readonly debug: boolean
    readonly watchMs?: number | undefined
  }
) {
  const { logDir, runDir } = settings
  const { spec, workingDir } = start
  const { name } = spec
  for (const { port } of spec.listens) {
    if (port === 0) continue
    // A program that was killed a moment ago is not visible any more, and its socket still is.
    if (holderOf(port) === unseenHolder) yield* waitFor(() => holderOf(port) !== unseenHolder, endingMs)
    const holder = holderOf(port)
    if (holder !== undefined) {
      return yield* fail(
        `${name} cannot be started: port ${port} is held by ${holder}, which no runbook started here. Stop it, or choose another port.`
      )
    }
  }
  const launch = Effect.gen(function* () {
    const argv = [spec.command, ...spec.args, ...(options.debug ? spec.debugArgs : [])]
    const log = yield* attempt(`The log of ${name} cannot be opened in ${logDir}`, "make the folder writable", () => {
      makeRunDir(runDir)
      makeFolders(logDir)
      for (const folder of spec.folders) makeFolders(folder)
      for (const { mode, path, text } of spec.files) {
        makeFolders(dirname(path))
        writeWhole(path, text, mode)
      }
      if (spec.takesSecrets) writeSecrets(runDir, options.secrets)
      return openProgramLog(logDir, name)
    })
    const before = readRecord(runDir, name)
    const child = yield* attempt(`${name} cannot be started`, "see the limits of this user", () =>
      startDetached({
        runDir,
        name,
        argv,
        environment: {
          ...systemEnvironment(settings),
          ...spec.environment,
          ...(spec.takesSecrets && { CREDENTIALS_DIRECTORY: credentialsDir(runDir) })
        },
        workingDir,
        logFd: log.fd,
        rest: { boot: bootId(), startedAt: shanghaiIso(Date.now()), argv, logPath: log.path, start }
      })
    ).pipe(Effect.ensuring(Effect.sync(() => closeSync(log.fd))))
    const isNew = () => {
      const record = readRecord(runDir, name)
      return record !== undefined && (record.pid !== before?.pid || record.ticks !== before.ticks)
    }
    yield* waitFor(() => isNew() || child.ended() !== undefined, recordMs)
    return { child, isNew: isNew(), logPath: log.path }
  })
  // From the launch to the record nothing interrupts: a program without a record would never be found again.
  const { child, isNew, logPath } = yield* Effect.uninterruptible(launch)
  if (child.ended()?.code === lockedExit && !isNew) {
    // Another run has started it at the same moment: its record comes, and that program is adopted.
    yield* waitFor(() => runningOf(runDir, name) !== undefined, recordMs)
  }
  const record = readRecord(runDir, name)
  const isUp = () => spec.listens.every(({ port }) => port === 0 || isListening(port))
  const isOver = () => record === undefined || !isRunning(record)
  yield* waitFor(() => isOver() || isUp(), settleMs)
  yield* waitFor(isOver, options.watchMs ?? 0)
  if (record === undefined || isOver()) {
    if (record !== undefined) yield* waitFor(() => exitOf(runDir, name, record) !== undefined, exitMs)
    const code = record === undefined ? `with ${child.ended()?.code ?? "no record"}` : endText(runDir, name, record)
    return yield* fail(`${name} ended ${code} at its start; its last lines: ${lastLines(logPath, shownLines)}`)
  }
  return record
})

/**
 * Asks the program of a record to end, and kills it after its grace. Fails when it did not end as a program does that
 * was asked to. The process is identified anew before each signal.
 */
export const stopProgram = Effect.fnUntraced(function* (runDir: string, record: ProgramRecord) {
  const { cleanExits, graceMs, name, stopSignal } = record.start.spec
  const signal = (which: NodeJS.Signals) => {
    if (isRunning(record)) sendSignal(record.pid, which)
  }
  signal(stopSignal)
  const hasEnded = yield* waitFor(() => !isRunning(record), graceMs)
  if (!hasEnded) {
    signal("SIGKILL")
    yield* waitFor(() => !isRunning(record), exitMs)
    return yield* fail(
      `${name} (pid ${record.pid}) did not end within ${graceMs / 1000} s and was killed: see ${record.logPath}.`
    )
  }
  yield* waitFor(() => exitOf(runDir, name, record) !== undefined, exitMs)
  const code = exitOf(runDir, name, record)
  if (code !== undefined && cleanExits.includes(code)) return
  return yield* fail(
    `${name} (pid ${record.pid}) did not end with 0 but ${endText(runDir, name, record)}: see ${record.logPath}; its last lines: ${lastLines(record.logPath, shownLines)}`
  )
})
