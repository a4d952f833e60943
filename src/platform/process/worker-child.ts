import { type ChildProcess, type StdioOptions, spawn } from "node:child_process"
import { accessSync, constants } from "node:fs"
import type { Readable } from "node:stream"
import { Effect } from "effect"
import { toError } from "../../kernel/error-text.ts"
import { LineStorm } from "../../kernel/limits/line-storm.ts"
import { cureOf } from "../../kernel/system-fault.ts"

/** What the start of a native worker needs, for any kind of worker. */
export interface WorkerChildOptions<E> {
  /** Name of the program in messages: `feed worker`. */
  readonly what: string
  /** Path of the program. */
  readonly binary: string
  /** Prefix of its own sentences: `tickd-feed-worker: `. */
  readonly said: string
  readonly args: ReadonlyArray<string>
  /** stdin, stdout and stderr must be pipes. */
  readonly stdio: StdioOptions
  /** Environment of the process, without secrets; undefined: that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** The end of the scope closes the worker, and kills it when it has not ended after this time. */
  readonly closeDeadlineMs: number
  /** A line that the worker or the vendor's library printed. In a storm, one line represents `folded` of them. */
  readonly onLine: (line: string, folded: number) => void
  /** `binary` is missing, or cannot be started. `message` is a sentence with the fix. */
  readonly missing: (message: string) => E
  /** Called right after the worker was asked to close. */
  readonly onClosing?: (child: ChildProcess) => void
}

interface WorkerChild<E> {
  readonly child: ChildProcess
  /** Writes one line to its stdin. Ignored when the worker is dead: its end reports that. */
  readonly write: (line: string) => void
  readonly hasEnded: () => boolean
  /** The last line that began with `said`, without the prefix: why it ended. */
  readonly lastSentence: () => string | undefined
  /** The error of a process that was never started, for the `error` event of `child`. */
  readonly notStarted: (error: Error) => E
}

/** Why a file cannot be used in this way; undefined: it can. */
const accessFault = (path: string, mode: number): Error | undefined => {
  try {
    accessSync(path, mode)
    return undefined
  } catch (cause) {
    return toError(cause)
  }
}

const build = "build it with 'npm run build:native'"

/** A sentence when the program or the vendor's library is missing; `fix` names the variable of the library. */
export const missingFile = (
  files: { readonly what: string; readonly binary: string },
  vendor: { readonly what: string; readonly library: string; readonly fix: string }
): { readonly file: "binary" | "library"; readonly message: string } | undefined => {
  const noBinary = accessFault(files.binary, constants.X_OK)
  if (noBinary !== undefined) {
    const message = `The ${files.what} ${files.binary} cannot be run (${noBinary.message}): ${cureOf(noBinary, build)}.`
    return { file: "binary", message }
  }
  const noLibrary = accessFault(vendor.library, constants.R_OK)
  if (noLibrary === undefined) return undefined
  const fix = cureOf(noLibrary, vendor.fix)
  return {
    file: "library",
    message: `The ${vendor.what} ${vendor.library} cannot be read (${noLibrary.message}): ${fix}.`
  }
}

const hasEnded = ({ exitCode, pid, signalCode }: ChildProcess) =>
  exitCode !== null || signalCode !== null || pid === undefined

const endWorker =
  ({ closeDeadlineMs, onClosing }: Pick<WorkerChildOptions<unknown>, "closeDeadlineMs" | "onClosing">) =>
  (child: ChildProcess) =>
    Effect.callback<void>((resume) => {
      if (hasEnded(child)) return resume(Effect.void)
      const killer = setTimeout(() => child.kill("SIGKILL"), closeDeadlineMs)
      child.once("exit", () => {
        clearTimeout(killer)
        resume(Effect.void)
      })
      child.stdin?.end("close\n")
      onClosing?.(child)
    })

/**
 * Undefined when this process has no descriptor left (EMFILE): Node then gives a child without streams, and the error
 * later.
 */
const printing = ({ stderr, stdout }: ChildProcess) =>
  [stdout, stderr].filter((stream) => Boolean(stream)) as Array<Readable>

/** Starts a native worker; the end of the scope ends its process. The caller listens to `error` and `close`. */
export const startWorkerChild = Effect.fnUntraced(function* <E>(options: WorkerChildOptions<E>) {
  const { binary, env, said, what } = options
  const notStarted = (error: Error): E =>
    options.missing(`The ${what} ${binary} cannot be started (${error.message}): ${cureOf(error, build)}.`)
  const child = yield* Effect.acquireRelease(
    Effect.try({
      // The worker ends with this process, in any case.
      try: () =>
        spawn(binary, [...options.args, "--parent", String(process.pid)], {
          stdio: options.stdio,
          ...(env !== undefined && { env })
        }),
      catch: (cause) => notStarted(cause as Error)
    }),
    endWorker(options)
  )
  let lastSentence: string | undefined
  for (const stream of printing(child)) {
    const lines = new LineStorm({
      onLine: options.onLine,
      nowMs: () => performance.now(),
      later: (run, afterMs) => void setTimeout(run, afterMs).unref(),
      prefix: said,
      onRead: (line) => {
        if (line.startsWith(said)) lastSentence = line.slice(said.length)
      }
    })
    stream.on("data", (chunk: Uint8Array) => lines.take(chunk)).once("end", () => lines.end())
  }
  // Writing to a worker that has just died fails with EPIPE: its end is reported instead.
  child.stdin?.on("error", () => undefined)
  const worker: WorkerChild<E> = {
    child,
    write: (line) => void child.stdin?.write(`${line}\n`),
    hasEnded: () => hasEnded(child),
    lastSentence: () => lastSentence,
    notStarted
  }
  return worker
})
