import { constants, fstatSync, openSync, writeSync } from "node:fs"
import { Effect } from "effect"
import { LogOutput, type LogOutputOptions } from "./log-output.ts"
import { logRecord } from "./log-record.ts"

/**
 * Writes to stdout without ever blocking. A pipe or a terminal is opened again: a flag on the descriptor itself would
 * apply to every process that shares it, and Node writes to a terminal synchronously, so Ctrl-S would stop the
 * daemon. A file is written through its own descriptor: opened again it would have another offset. A socket
 * (journald) has a queue in Node, which is bounded here.
 */
const openStdout = (mostQueued: number): LogOutputOptions["write"] => {
  const kind = fstatSync(1)
  if (kind.isFile()) return (bytes) => writeSync(1, bytes)
  if (kind.isFIFO() || kind.isCharacterDevice()) {
    try {
      const fd = openSync("/proc/self/fd/1", constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
      return (bytes) => writeSync(fd, bytes)
    } catch {
      // Another user's terminal cannot be opened again (sudo, su): Node's own stream is used.
    }
  }
  let failure: Error | undefined
  process.stdout.on("error", (error) => void (failure = error))
  return (bytes) => {
    if (failure !== undefined) throw failure
    if (process.stdout.writableLength > mostQueued) throw Object.assign(new Error("full"), { code: "EAGAIN" })
    process.stdout.write(bytes)
    return bytes.length
  }
}

/** Appends bytes to a file. */
const openFile = (path: string) => {
  const fd = openSync(path, "a")
  return (bytes: Uint8Array) => writeSync(fd, bytes)
}

const droppedLine: LogOutputOptions["droppedLine"] = ({ count, total, reason }) =>
  `${JSON.stringify(
    logRecord(
      Date.now(),
      "WARNING",
      `${count} log lines were dropped: ${reason}`,
      { event: "log_lines_dropped", count, total },
      () => null
    )
  )}\n`

/** Longest wait for a slow reader at the end of the process. */
const lastWaitMs = 1000

const logTo = (open: () => LogOutputOptions["write"]) =>
  Effect.acquireRelease(
    Effect.sync(
      () =>
        new LogOutput({ write: open(), later: (run, afterMs) => void setTimeout(run, afterMs).unref(), droppedLine })
    ),
    (output) =>
      Effect.gen(function* () {
        for (let waitedMs = 0; !output.isEmpty() && waitedMs < lastWaitMs; waitedMs += 20) yield* Effect.sleep(20)
      })
  )

/** The daemon's log on stdout. */
export const logToStdout = logTo(() => openStdout(1 << 20))

/** The demo's log in a file. */
export const logToFile = (path: string) => logTo(() => openFile(path))
