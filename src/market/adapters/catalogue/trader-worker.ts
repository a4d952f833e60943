import { type ChildProcess, spawn } from "node:child_process"
import { accessSync, constants } from "node:fs"
import type { Readable } from "node:stream"
import { Effect, Queue } from "effect"
import { LineStorm } from "../../../kernel/limits/line-storm.ts"
import { cureOf } from "../../../kernel/system-fault.ts"
import { commandLine } from "../../../protocol/control/worker-command.ts"
import { ContractCatalogueError } from "../../ports/contract-catalogue.ts"
import type { ContractRow } from "./contract-row.ts"
import { type TraderEvent, TraderLineReader } from "./trader-lines.ts"

/** Where the trader library is and whom it talks to. No secret: all of it may stand in argv and in a log. */
export interface TraderWorkerOptions {
  /** Path of `tickd-contract-query`. */
  readonly binary: string
  readonly library: string
  /** The library's own files; a folder that no other session uses. */
  readonly flowDir: string
  readonly fronts: ReadonlyArray<string>
  readonly production: boolean
  /** Environment of the process, without secrets. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** A line that the worker or the vendor's library printed; in a storm one that stands for `folded` of them. */
  readonly onLine: (line: string, folded: number) => void
}

/** An event of the worker, or how its process ended. */
export type WorkerEvent = TraderEvent | { readonly kind: "ended"; readonly error: ContractCatalogueError }

export interface TraderWorker {
  readonly pid: number
  readonly events: Queue.Dequeue<WorkerEvent>
  /** Rows of the list so far. */
  readonly rows: ReadonlyArray<ContractRow>
  readonly command: (...fields: ReadonlyArray<string>) => void
}

/** Ten times the whole market: more is no contract list. */
const rowsMost = 200_000
/** How long the process may take to end by itself before it is killed: it calls nothing of the vendor's on its way. */
const closeDeadlineMs = 1000
const said = "tickd-contract-query: "

const fail = (code: ContractCatalogueError["code"], message: string) =>
  new ContractCatalogueError({ code, source: "trader", message })

const accessFault = (path: string, mode: number): Error | undefined => {
  try {
    accessSync(path, mode)
    return undefined
  } catch (cause) {
    return cause instanceof Error ? cause : new Error(String(cause))
  }
}

const missing = ({ binary, library }: TraderWorkerOptions): ContractCatalogueError | undefined => {
  const noWorker = accessFault(binary, constants.X_OK)
  if (noWorker !== undefined) {
    const fix = cureOf(noWorker, "build it with 'npm run build:native'")
    return fail("TRADER_WORKER_MISSING", `The contract query ${binary} cannot be run (${noWorker.message}): ${fix}.`)
  }
  const noLibrary = accessFault(library, constants.R_OK)
  if (noLibrary === undefined) return undefined
  const fix = cureOf(noLibrary, "set CTP_TD_LIBRARY to the vendor's thosttraderapi_se.so")
  return fail(
    "TRADER_LIBRARY_NOT_LOADED",
    `The trader library ${library} cannot be read (${noLibrary.message}): ${fix}.`
  )
}

const codes: Readonly<Record<number, ContractCatalogueError["code"]>> = {
  65: "TRADER_LIBRARY_NOT_LOADED",
  66: "TRADER_VERSION_NOT_SUPPORTED",
  67: "TRADER_FLOW_FOLDER",
  72: "TRADER_LIST_TOO_LONG"
}

/** How the process ended, as an error: its own last sentence, which names the variable that the user sets. */
const endOf = (code: number | null, signal: string | null, text: string | undefined): ContractCatalogueError => {
  const known = codes[code ?? -1]
  if (known !== undefined && text !== undefined) return fail(known, `The contract query failed: ${text}.`)
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`
  const why = text === undefined ? "" : ` (${text})`
  return fail(
    "TRADER_WORKER_DIED",
    `The contract query died with ${how}${why}: ticks are not touched; try again, or look at its log lines.`
  )
}

const hasEnded = ({ exitCode, signalCode, pid }: ChildProcess) =>
  exitCode !== null || signalCode !== null || pid === undefined

const notStarted = ({ binary }: TraderWorkerOptions, error: Error) =>
  fail(
    "TRADER_WORKER_MISSING",
    `The contract query ${binary} cannot be started (${error.message}): ${cureOf(error, "build it with 'npm run build:native'")}.`
  )

/** None where this process has no descriptor left for its streams (EMFILE): Node gives a child without them then, and its error later. */
const rowsOf = ({ stdio }: { readonly stdio?: ChildProcess["stdio"] }) => stdio?.[3] as Readable | null | undefined

const endChild = (child: ChildProcess) =>
  Effect.callback<void>((resume) => {
    if (hasEnded(child)) return resume(Effect.void)
    const killer = setTimeout(() => child.kill("SIGKILL"), closeDeadlineMs)
    child.once("exit", () => {
      clearTimeout(killer)
      resume(Effect.void)
    })
    child.stdin?.end("close\n")
    // Nothing that still comes is read: a worker that waits for room to write must not wait for its reader.
    rowsOf(child)?.destroy()
  })

/** Starts the worker of one query; the end of the scope ends its process. Errors: what is missing before it can start. */
export const startTraderWorker = Effect.fnUntraced(function* (options: TraderWorkerOptions) {
  const absent = missing(options)
  if (absent !== undefined) return yield* absent
  // Events are a handful a query, and one a refusal: rows do not pass here.
  const events = yield* Queue.unbounded<WorkerEvent>()
  const rows: Array<ContractRow> = []
  const child = yield* Effect.acquireRelease(
    Effect.try({
      try: () =>
        spawn(
          options.binary,
          [
            "--library",
            options.library,
            "--flow",
            options.flowDir,
            ...options.fronts.flatMap((front) => ["--front", front]),
            "--production",
            options.production ? "1" : "0",
            "--parent",
            String(process.pid)
          ],
          { stdio: ["pipe", "pipe", "pipe", "pipe"], env: options.env }
        ),
      catch: (cause) => notStarted(options, cause as Error)
    }),
    endChild
  )
  const end = (error: ContractCatalogueError) => void Queue.offerUnsafe(events, { kind: "ended", error })
  let lastSentence: string | undefined
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue
    const printed = new LineStorm({
      onLine: options.onLine,
      nowMs: () => performance.now(),
      later: (run, afterMs) => void setTimeout(run, afterMs).unref(),
      prefix: said,
      onRead: (line) => {
        if (line.startsWith(said)) lastSentence = line.slice(said.length)
      }
    })
    stream.on("data", (chunk: Uint8Array) => printed.take(chunk)).once("end", () => printed.end())
  }
  const reader = new TraderLineReader(
    (row) => {
      if (rows.length < rowsMost) rows.push(row)
      else if (rows.length === rowsMost && rows.push(row) > rowsMost) {
        end(
          fail(
            "TRADER_LIST_TOO_LONG",
            `The trader front sent more than ${rowsMost} contracts: this is no contract list; look at the front.`
          )
        )
      }
    },
    (event) => void Queue.offerUnsafe(events, event)
  )
  const lines = rowsOf(child)
  lines?.on("data", (chunk: Uint8Array) => reader.take(chunk))
  // Commands to a worker that has just died are answered with EPIPE: its end is what counts.
  for (const stream of [child.stdin, lines]) stream?.on("error", () => undefined)
  child.once("error", (error) => end(notStarted(options, error)))
  // `close` comes after `exit` and after the last line was read.
  child.once("close", (code, signal) => end(endOf(code, signal, lastSentence)))
  const worker: TraderWorker = {
    pid: child.pid ?? 0,
    events,
    rows,
    command: (...fields) => void child.stdin?.write(`${commandLine(fields)}\n`)
  }
  return worker
})
