import { constants, fstatSync, openSync, writeSync } from "node:fs"
import { Effect } from "effect"
import { shanghaiIso } from "../../kernel/time/shanghai-time.ts"
import { LogOutput, type LogOutputOptions } from "./log-output.ts"

/**
 * A way to write to stdout that never waits. A pipe and a terminal are opened again, since a flag on the descriptor itself
 * would count for every process that shares it, and Node writes to a terminal waiting: Ctrl-S would stop the daemon. A
 * file is written as it is: opened again it would have a position of its own. A socket (journald) has a queue in Node,
 * which is bounded here.
 */
const openStdout = (mostQueued: number): LogOutputOptions["write"] => {
  const kind = fstatSync(1)
  if (kind.isFile()) return (bytes) => writeSync(1, bytes)
  if (kind.isFIFO() || kind.isCharacterDevice()) {
    try {
      const fd = openSync("/proc/self/fd/1", constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
      return (bytes) => writeSync(fd, bytes)
    } catch {
      // Another user's terminal cannot be opened again (sudo, su): Node's own stream remains.
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

/** Takes bytes at the end of a file. */
const openFile = (path: string) => {
  const fd = openSync(path, "a")
  return (bytes: Uint8Array) => writeSync(fd, bytes)
}

const droppedLine: LogOutputOptions["droppedLine"] = ({ count, total, reason }) =>
  `${JSON.stringify({
    ts: shanghaiIso(Date.now()),
    level: "WARNING",
    message: `${count} log lines were dropped: ${reason}`,
    event: "log_lines_dropped",
    count,
    total,
    feed: null,
    session: null,
    account: null
  })}\n`

/** Lines wait for a slow reader this long when the process ends. */
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
