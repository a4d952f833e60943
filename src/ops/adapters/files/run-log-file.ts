import { closeSync, fstatSync, openSync, renameSync, writeSync } from "node:fs"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { maskAccount } from "../../../kernel/instrument/account-mask.ts"
import { cureOf, systemCodeOf } from "../../../kernel/system-fault.ts"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import { makeFolders } from "../../../platform/process/make-folders.ts"
import type { RecordedRequest } from "../../domain/live-flags.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import type { Feed } from "../../domain/runbook-words.ts"
import { RunLog, RunLogError, type RunLogLevel } from "../../ports/run-log.ts"

/** About thirty thousand lines, a thousand runs. Five older files stay beside it: retention deletes by age. */
const bytesMost = 10_000_000
const olderMost = 5

const users: Readonly<Record<Feed, ReadonlyArray<string>>> = {
  primary: ["CTP_PRIMARY_USER_ID", "CTP_USER_ID"],
  backup: ["CTP_BACKUP_USER_ID"]
}

/** The feed that a command expects to find: the lines carry it until what runs has been read. */
const expectedFeed = ({ command, config }: RecordedRequest): Feed => {
  if (command === "failover" || command === "drill") return "primary"
  return command === "failback" ? "backup" : config
}

const rotate = (path: (number: number) => string): void => {
  for (let number = olderMost; number > 0; number--) {
    try {
      renameSync(path(number - 1), path(number))
    } catch {
      // There is none of this number yet.
    }
  }
}

/** The file of the log, opened for appending; a full one becomes `start_live_env.1.log`. Throws the system's error. */
const openLog = (logDir: string) => {
  const path = (number: number) => join(logDir, number === 0 ? "start_live_env.log" : `start_live_env.${number}.log`)
  const open = () => openSync(path(0), "a", 0o640)
  makeFolders(logDir)
  let file = open()
  let lost = 0
  let lastFault: unknown
  /** A line is written whole, or the rest of the file is left as it is and the line is counted. */
  const append = (line: string): void => {
    try {
      if (fstatSync(file).size >= bytesMost) {
        rotate(path)
        const full = file
        file = open()
        closeSync(full)
      }
      const bytes = Buffer.from(`${line}\n`)
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
    } catch (cause) {
      lost++
      lastFault = cause
    }
  }
  return {
    append,
    close: () => closeSync(file),
    /** What the operator must know when lines are missing. */
    loss: () =>
      lost === 0
        ? undefined
        : `${lost} log lines could not be written to ${path(0)} (${systemCodeOf(lastFault)}): ${cureOf(lastFault, "let this user write it")}`
  }
}

const folderRefused = (logDir: string) => (cause: unknown) =>
  new RunLogError({
    message: `The log folder ${logDir} cannot be written (${systemCodeOf(cause)}): ${cureOf(cause, "let this user write it, or name another one with --log-dir")}; nothing was changed`
  })

/**
 * The log of a run as JSON lines in `start_live_env.log`, and the same lines on the terminal. `print` writes one line
 * to standard output; it neither fails nor waits. Fails before anything is touched when the folder cannot be written.
 */
export const runLogFile = (
  { logDir, variables }: LiveSettings,
  request: RecordedRequest,
  print: (line: string) => void
): Layer.Layer<RunLog, RunLogError> =>
  Layer.effect(
    RunLog,
    Effect.gen(function* () {
      let feed = expectedFeed(request)
      const account = () =>
        maskAccount(users[feed].map((name) => variables[name] ?? "").find((text) => text !== "") ?? "")
      const lineOf = (level: RunLogLevel, message: string, exitCode = 0): string =>
        JSON.stringify({
          timestamp: shanghaiIso(Date.now()),
          level,
          message,
          session: request.window,
          exit_code: exitCode,
          profile: request.profile,
          config: request.config,
          active_feed: feed,
          account: account(),
          mock: request.mock
        })
      const log = yield* Effect.acquireRelease(
        Effect.try({ try: () => openLog(logDir), catch: folderRefused(logDir) }),
        ({ close, loss }) =>
          Effect.sync(() => {
            const missing = loss()
            if (missing !== undefined) print(lineOf("ERROR", missing))
            close()
          })
      )
      const write = (level: RunLogLevel, message: string, exitCode?: number) =>
        Effect.sync(() => {
          if (level === "DEBUG" && !request.debug) return
          const line = lineOf(level, message, exitCode)
          log.append(line)
          print(line)
        })
      return {
        write,
        mark: (level, line, exitCode) =>
          Effect.andThen(
            write(level, line, exitCode),
            Effect.sync(() => print(line))
          ),
        follow: (next) =>
          Effect.sync(() => {
            feed = next
          })
      }
    })
  )
