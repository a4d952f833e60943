import { spawn } from "node:child_process"
import { renameSync, writeFileSync } from "node:fs"
import { LineStorm } from "../../kernel/limits/line-storm.ts"
import type { NatsServerOptions } from "./server-options.ts"
import { type ServerRecord, sendSignal, startTicks, workOf } from "./server-process.ts"

export interface ServerExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A started process, ready or not. */
export interface ServerChild {
  /** Undefined when the program could not be started at all. */
  readonly pid: number | undefined
  readonly exit: Promise<ServerExit>
  readonly hasExited: () => boolean
  readonly kill: (name: NodeJS.Signals) => void
  /** The end of the log, to report why a start failed. */
  readonly lastLines: () => ReadonlyArray<string>
  /** Changes with each log line and with the work of the process. */
  readonly progress: () => number
}

const keptLines = 40

/**
 * Ends the server when this daemon is gone, even after SIGKILL: its stdin is a pipe that only the daemon holds open.
 * The start time is compared before each signal, because the process id may have been reused.
 */
const deathWatch = `
cat >/dev/null
same() { [ "$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20)" = "$2" ]; }
same "$1" "$2" && kill -TERM "$1"
n=0
while [ "$n" -lt 50 ] && same "$1" "$2"; do sleep 0.1; n=$((n + 1)); done
same "$1" "$2" && kill -KILL "$1"
exit 0
`

/**
 * Starts the program in its own process group, so that Ctrl-C reaches the daemon only and the daemon can still drain
 * to it. Writes the record by which the next daemon recognises a leftover, and starts the death watch.
 */
export const spawnServer = (
  options: Pick<NatsServerOptions, "binary" | "bind"> & {
    readonly configPath: string
    readonly recordPath: string
    readonly port: number
    readonly log: (line: string) => void
  }
): ServerChild => {
  const lines: Array<string> = []
  let written = 0
  const keep = (line: string): void => {
    written++
    lines.push(line)
    if (lines.length > keptLines) lines.shift()
  }
  const args = ["-c", options.configPath]
  const command = options.bind?.(options.binary, args) ?? { program: options.binary, args }
  const child = spawn(command.program, [...command.args], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"]
  })
  for (const stream of [child.stdout, child.stderr]) {
    // Without free descriptors (EMFILE), Node gives a child without streams, and the error later.
    if (!stream) continue
    const printed = new LineStorm({
      onLine: options.log,
      onRead: keep,
      // The number of lines that a server prints at its start.
      burst: 100,
      nowMs: () => performance.now(),
      later: (run, afterMs) => void setTimeout(run, afterMs).unref()
    })
    stream.on("data", (chunk: Uint8Array) => printed.take(chunk)).once("end", () => printed.end())
  }
  let exited = false
  const exit = new Promise<ServerExit>((resolve) => {
    const end = (result: ServerExit) => {
      exited = true
      resolve(result)
    }
    // close, not exit: the last log lines, which contain the reason, have been read by then
    child.once("close", (code, signal) => end({ code, signal }))
    child.once("error", (cause) => {
      keep(cause.message)
      if (child.pid === undefined) end({ code: null, signal: null })
    })
  })
  const { pid } = child
  if (pid !== undefined) {
    const ticks = startTicks(pid)
    const record: ServerRecord = {
      pid,
      ticks,
      ownerPid: process.pid,
      ownerTicks: startTicks(process.pid),
      binary: options.binary,
      port: options.port
    }
    writeFileSync(`${options.recordPath}.new`, `${JSON.stringify(record)}\n`)
    renameSync(`${options.recordPath}.new`, options.recordPath)
    const watch = spawn("sh", ["-c", deathWatch, "tickd-nats-watch", String(pid), ticks ?? ""], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"]
    })
    // without sh there is no watch: the next start still finds the leftover by its record
    watch.on("error", () => {})
    watch.stdin?.on("error", () => {})
    watch.unref()
    void exit.then(() => watch.kill("SIGKILL"))
  }
  return {
    pid,
    exit,
    hasExited: () => exited,
    kill: (name) => {
      if (!exited && pid !== undefined) sendSignal(pid, name)
    },
    lastLines: () => lines,
    progress: () => written + (pid === undefined ? 0 : workOf(pid))
  }
}
