import { Deferred, Effect } from "effect"
import { cureOf } from "../../../kernel/system-fault.ts"
import { missingFile, startWorkerChild } from "../../../platform/process/worker-child.ts"
import { vendorArguments } from "../../../protocol/control/worker-command.ts"
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
  /** A line that the worker or the vendor's library printed. In a storm, one line represents `folded` of them. */
  readonly onLine: (line: string, folded: number) => void
  /** The worker's progress since its start, from the ring's header. */
  readonly progress: () => Omit<WorkerProgress, "ordered">
  /** Environment of the process, without secrets; undefined: that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Time without progress after which it is killed; undefined: 30 s. */
  readonly silenceMs?: number | undefined
}

/** The vendor's library may block for 10 s in a call and for 3 s in Release. Past that the worker ends itself. */
const silenceMsUsual = 30_000
/** Checks of a worker within that time. */
const looks = 30

const what = "feed worker"

/** Time limit for a worker to release its session before it is killed. Release took 0.8 s at most when measured. */
const closeDeadlineMs = 4000

const workerMissing = (message: string) => new FeedWorkerError({ code: "WORKER_MISSING", fatal: true, message })

const missing = ({ binary, library }: WorkerOptions): FeedWorkerError | undefined => {
  const fix = "set CTP_MD_LIBRARY to the vendor's thostmduserapi_se.so"
  const found = missingFile({ what, binary }, { what: "vendor library", library, fix })
  if (found === undefined) return undefined
  if (found.file === "binary") return workerMissing(found.message)
  return new FeedWorkerError({ code: "LIBRARY_NOT_LOADED", fatal: true, message: found.message })
}

const noDoorbell = ({ binary }: WorkerOptions, error: Error): FeedWorkerError =>
  workerMissing(`The ${what} ${binary} cannot be started (${error.message}): ${cureOf(error, "free a descriptor")}.`)

/** One worker process, alive until its scope closes or it dies. */
export interface WorkerProcess {
  readonly pid: number
  /** Writes one command line. A dead worker ignores it without an error: `ended` reports its death. */
  readonly command: (line: string) => void
  /** Succeeds after `close` or the end of stdin, else fails with the cause of death. */
  readonly ended: Effect.Effect<void, FeedWorkerError>
  /** It made no progress while it ran, and was killed. */
  readonly wasSilent: () => boolean
}

/** Starts a worker. The end of the scope closes it, and kills it after its deadline. */
export const startWorker = Effect.fnUntraced(function* (options: WorkerOptions) {
  const absent = missing(options)
  if (absent !== undefined) return yield* absent
  const doorbell = yield* Effect.acquireRelease(
    Effect.try({ try: () => openDoorbell(options.onRing), catch: (cause) => noDoorbell(options, cause as Error) }),
    (bell) => Effect.sync(bell.close)
  )
  const started = yield* startWorkerChild({
    what,
    binary: options.binary,
    said: "tickd-feed-worker: ",
    args: vendorArguments(options),
    stdio: ["pipe", "pipe", "pipe", doorbell.writeFd, options.ringFd],
    env: options.env,
    closeDeadlineMs,
    onLine: options.onLine,
    missing: workerMissing
  })
  const { child } = started
  // Listened to from the start: an error before the first `ended` would otherwise end this process.
  const end = Deferred.makeUnsafe<void, FeedWorkerError>()
  child.once("error", (error) => Deferred.doneUnsafe(end, Effect.fail(started.notStarted(error))))
  // `close` follows `exit` and the last line, so its last sentence is known.
  child.once("close", (code, signal) => {
    options.onRing()
    const how = silent ?? workerError(options.feed, { code, signal }, started.lastSentence())
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
        if (missing === undefined || started.hasEnded()) continue
        silent = silentWorkerError(options.feed, missing, silenceMs)
        child.kill("SIGKILL")
      }
    })
  )
  const worker: WorkerProcess = {
    pid: child.pid ?? 0,
    command: (line) => {
      ordered++
      started.write(line)
    },
    ended: Deferred.await(end),
    wasSilent: () => silent !== undefined
  }
  return worker
})
