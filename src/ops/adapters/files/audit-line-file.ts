import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs"
import { join } from "node:path"
import { Effect, Layer, Schedule } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import { cureOf } from "../../../kernel/system-fault.ts"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import { FileLocked, takeFileLock } from "../../../platform/process/file-lock.ts"
import { makeFolders } from "../../../platform/process/make-folders.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import { type AuditEntry, AuditLine, AuditLineError } from "../../ports/audit-line.ts"
import { keptLines } from "./kept-lines.ts"

/** Within the five seconds that a run has for its record. */
const attempts = 4
const pauseMs = 500

/** A line is searched for among the newest ones only: two runs lie between it and the end at most. */
const tailBytes = 64 * 1024

const lineOf = ({ action, atMs, exitCode, profile, window }: AuditEntry): string =>
  `${shanghaiIso(atMs)},${action},${window},${profile},${exitCode}`

const wholeLine = /^[^,]+,[a-z]+,[a-z]+,[^,]+,\d{1,3}$/

/**
 * Appends lines that the file does not have. A line that its writer could not complete is cut off: its run has kept
 * the whole of it. A last line without its end that is whole was written by another program, and gets its end.
 */
const appendLines = (path: string, lines: ReadonlyArray<{ readonly line: string; readonly once: boolean }>): void => {
  const file = openSync(path, "a+", 0o640)
  try {
    const { size } = fstatSync(file)
    const tail = Buffer.alloc(Math.min(size, tailBytes))
    readSync(file, tail, 0, tail.length, size - tail.length)
    const known = tail.toString().split("\n")
    const last = known.pop() ?? ""
    const isTorn = last !== "" && (!wholeLine.test(last) || lines.some(({ line }) => line.startsWith(last)))
    const wholeBytes = isTorn ? size - Buffer.byteLength(last) : size
    if (isTorn) ftruncateSync(file, wholeBytes)
    else known.push(last)
    const missing = lines.filter(({ line, once }) => !once || !known.includes(line)).map(({ line }) => `${line}\n`)
    const bytes = Buffer.from(`${!isTorn && last !== "" ? "\n" : ""}${missing.join("")}`)
    const written = bytes.length === 0 ? 0 : writeSync(file, bytes)
    if (written < bytes.length) {
      ftruncateSync(file, wholeBytes)
      throw Object.assign(new Error("no room for a whole line"), { code: "ENOSPC" })
    }
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/**
 * `startup_audit.log` in the folder of logs: one CSV line for each run, `timestamp,action,window,profile,exit_code`.
 * One process appends at a time. A line that cannot be written is kept in the run folder, in a file that was allocated
 * before, and the next run of any command appends it.
 */
export const auditLineFile = ({ logDir, runDir }: LiveSettings): Layer.Layer<AuditLine> =>
  Layer.sync(AuditLine, () => {
    const path = join(logDir, "startup_audit.log")
    const kept = keptLines(join(runDir, "audit-kept.json"))
    kept.reserve()

    /** Without a run folder there is no lock: the append is one write even so. */
    const alone = <A>(work: () => A): A => {
      let lock: { readonly release: () => void } | undefined
      try {
        lock = takeFileLock(join(runDir, "audit.lock"))
      } catch (cause) {
        if (cause instanceof FileLocked) throw cause
      }
      try {
        return work()
      } finally {
        lock?.release()
      }
    }
    const failure = (cause: unknown) => {
      const cure = cureOf(cause, "let this user write it, or name another folder with --log-dir")
      return new AuditLineError({ message: `The audit ${path} cannot be written (${errorText(cause)}): ${cure}` })
    }
    /** Lines of other folders of logs stay kept until their own folder can be written. */
    const writeKept = () => {
      const waiting = kept.read()
      if (waiting.length === 0) return
      const left = waiting.filter(({ line, path: to }) => {
        try {
          appendLines(to, [{ line, once: true }])
          return false
        } catch {
          return true
        }
      })
      if (left.length < waiting.length) kept.write(left)
    }
    const write = (entry: AuditEntry, once: boolean) =>
      Effect.try({
        try: () =>
          alone(() => {
            makeFolders(logDir)
            writeKept()
            appendLines(path, [{ line: lineOf(entry), once }])
          }),
        catch: failure
      })
    const keep = (entry: AuditEntry, { message }: AuditLineError) =>
      Effect.try({
        try: () => {
          alone(() => kept.write([...kept.read(), { path, line: lineOf(entry) }]))
          return `${message}. The line is kept in ${runDir}; the next run appends it`
        },
        catch: (cause) => new AuditLineError({ message: `${message}. It cannot be kept either: ${errorText(cause)}` })
      })
    const put = (entry: AuditEntry, once: boolean) =>
      write(entry, once).pipe(
        Effect.retry({ schedule: Schedule.spaced(pauseMs), times: attempts - 1 }),
        Effect.as(undefined),
        Effect.catch((error) => keep(entry, error))
      )
    return { append: (entry) => put(entry, false), complete: (entry) => put(entry, true) }
  })
