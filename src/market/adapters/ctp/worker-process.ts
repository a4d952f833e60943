import { type ChildProcess, spawn } from "node:child_process"
import { accessSync, constants } from "node:fs"
import type { Readable } from "node:stream"
import { Deferred, Effect } from "effect"
import { LineStorm } from "../../../kernel/limits/line-storm.ts"
import { cureOf } from "../../../kernel/system-fault.ts"
import { FeedWorkerError } from "../../domain/feed/feed-worker-error.ts"
import { openDoorbell } from "./doorbell.ts"
import { silentWorkerError, workerError } from "./worker-exit.ts"
import { type WorkerProgress, WorkerWatch } from "./worker-watch.ts"

export interface WorkerOptions {
  readonly feed: string
  /** Path of `tickd-feed-worker`. */
  readonly binary: string
  readonly library: string
  readonly flowDir: string
  readonly fronts: ReadonlyArray<string>
  readonly production: boolean
  readonly ringFd: number
  readonly onRing: () => void
  /** A line that the worker or the vendor's library printed; in a storm one that stands for `folded` of them. */
  readonly onLine: (line: string, folded: number) => void
  /** What the worker has done since its start, as the ring's header says it. */
  readonly progress: () => Omit<WorkerProgress, "ordered">
  /** Environment of the process, without secrets; undefined: that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** How long it may do nothing before it is killed; undefined: 30 s. */
  readonly silenceMs?: number | undefined
}

/** The vendor's library may hold one of its calls for 10 s and Release for 3 s: the worker ends itself then. */
const silenceMsUsual = 30_000
/** Looks at a worker within that time. */
const looks = 30

/** How the worker's own sentences begin. */
const said = "tickd-feed-worker: "

/** How long a worker may take to release its session before it is killed. Release took 0.8 s at most when measured. */
const closeDeadlineMs = 4000

const missing = (options: WorkerOptions): FeedWorkerError | undefined => {
  const { binary, library } = options
  const noWorker = accessFault(binary, constants.X_OK)
  const noLibrary = accessFault(library, constants.R_OK)
  if (noWorker !== undefined) {
    const fix = cureOf(noWorker, "build it with 'npm run build:native'")
    const message = `The feed worker ${binary} cannot be run (${noWorker.message}): ${fix}.`
    return new FeedWorkerError({ code: "WORKER_MISSING", fatal: true, message })
  }
  if (noLibrary === undefined) return undefined
  const fix = cureOf(noLibrary, "set CTP_MD_LIBRARY to the vendor's thostmduserapi_se.so")
  const message = `The vendor library ${library} cannot be read (${noLibrary.message}): ${fix}.`
  return new FeedWorkerError({ code: "LIBRARY_NOT_LOADED", fatal: true, message })
}

const accessFault = (path: string, mode: number): Error | undefined => {
  try {
    accessSync(path, mode)
    return undefined
  } catch (cause) {
    return cause instanceof Error ? cause : new Error(String(cause))
  }
}

/** No process could be made of it: the machine has no more of something that passes, or the file is not what it should be. */
const notStarted = ({ binary }: WorkerOptions, error: Error): FeedWorkerError => {
  const fix = cureOf(error, "build it with 'npm run build:native'")
  const message = `The feed worker ${binary} cannot be started (${error.message}): ${fix}.`
  return new FeedWorkerError({ code: "WORKER_MISSING", fatal: true, message })
}

/** None where this process has no descriptor left for them (EMFILE): Node gives a child without streams then, and its error later. */
const streamsOf = ({ stdout, stderr }: ChildProcess) =>
  [stdout, stderr].filter((stream) => Boolean(stream)) as Array<Readable>

const workerArguments = (options: WorkerOptions): Array<string> => [
  "--library",
  options.library,
  "--flow",
  options.flowDir,
  ...options.fronts.flatMap((front) => ["--front", front]),
  "--production",
  options.production ? "1" : "0",
  // The worker ends with this process, whichever way it ends.
  "--parent",
  String(process.pid)
]

/** One worker process, alive until its scope closes or it dies. */
export interface WorkerProcess {
  readonly pid: number
  /** Writes one command line. Lost without a word when the worker is dead: its end tells. */
  readonly command: (line: string) => void
  /** Succeeds after `close` or end of stdin, fails with how it died otherwise. */
  readonly ended: Effect.Effect<void, FeedWorkerError>
  /** It lived and did nothing, and was killed for it. */
  readonly wasSilent: () => boolean
}

/** Starts a worker; the scope's end asks it to close, and kills it when it does not within its deadline. */
export const startWorker = Effect.fnUntraced(function* (options: WorkerOptions) {
  const absent = missing(options)
  if (absent !== undefined) return yield* absent
  const doorbell = yield* Effect.acquireRelease(
    Effect.try({ try: () => openDoorbell(options.onRing), catch: (cause) => notStarted(options, cause as Error) }),
    (bell) => Effect.sync(bell.close)
  )
  let lastSentence: string | undefined
  const child = yield* Effect.acquireRelease(
    Effect.try({
      try: () =>
        spawn(options.binary, workerArguments(options), {
          stdio: ["pipe", "pipe", "pipe", doorbell.writeFd, options.ringFd],
          ...(options.env !== undefined && { env: options.env })
        }),
      catch: (cause) => notStarted(options, cause as Error)
    }),
    endWorker
  )
  for (const stream of streamsOf(child)) {
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
  // A command to a worker that has just died is answered with EPIPE: its exit is what counts.
  child.stdin?.on("error", () => undefined)
  // Heard from the first moment on: an error that comes before anybody waits for the end would end this process.
  const end = Deferred.makeUnsafe<void, FeedWorkerError>()
  child.once("error", (error) => Deferred.doneUnsafe(end, Effect.fail(notStarted(options, error))))
  // `close` comes after `exit` and after the last line was read, so that its last sentence is known.
  child.once("close", (code, signal) => {
    options.onRing()
    const how = silent ?? workerError(options.feed, { code, signal }, lastSentence)
    Deferred.doneUnsafe(end, code === 0 ? Effect.void : Effect.fail(how))
  })
  let ordered = 0
  let silent: FeedWorkerError | undefined
  const silenceMs = options.silenceMs ?? silenceMsUsual
  const watch = new WorkerWatch(looks)
  yield* Effect.forkScoped(
    Effect.gen(function* () {
      while (silent === undefined) {
        yield* Effect.sleep(silenceMs / looks)
        const missing = watch.look({ ...options.progress(), ordered })
        if (missing === undefined || hasEnded(child)) continue
        silent = silentWorkerError(options.feed, missing, silenceMs)
        child.kill("SIGKILL")
      }
    })
  )
  const worker: WorkerProcess = {
    pid: child.pid ?? 0,
    command: (line) => {
      ordered++
      child.stdin?.write(`${line}\n`)
    },
    ended: Deferred.await(end),
    wasSilent: () => silent !== undefined
  }
  return worker
})

const hasEnded = (child: ChildProcess) =>
  child.exitCode !== null || child.signalCode !== null || child.pid === undefined

const endWorker = (child: ChildProcess) =>
  Effect.callback<void>((resume) => {
    if (hasEnded(child)) return resume(Effect.void)
    const killer = setTimeout(() => child.kill("SIGKILL"), closeDeadlineMs)
    child.once("exit", () => {
      clearTimeout(killer)
      resume(Effect.void)
    })
    child.stdin?.end("close\n")
  })
