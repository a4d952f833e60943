import type { ChildProcess } from "node:child_process"
import type { Readable } from "node:stream"
import { Effect, Queue } from "effect"
import { missingFile, startWorkerChild } from "../../../platform/process/worker-child.ts"
import { commandLine, vendorArguments } from "../../../protocol/control/worker-command.ts"
import { ContractCatalogueError } from "../../ports/contract-catalogue.ts"
import type { ContractRow } from "./contract-row.ts"
import { type TraderEvent, TraderLineReader } from "./trader-lines.ts"

/** Path of the trader library, and its fronts. Holds no secret: all of it may appear in argv and in a log. */
export interface TraderWorkerOptions {
  /** Path of `tickd-contract-query`. */
  readonly binary: string
  readonly library: string
  /** Folder of the library's own files, not used by another session. */
  readonly flowDir: string
  readonly fronts: ReadonlyArray<string>
  readonly production: boolean
  /** Environment of the process, without secrets. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** A line that the worker or the vendor's library printed. In a storm, one line represents `folded` of them. */
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

/** Ten times the whole market. A longer list is not a contract list. */
const rowsMax = 200_000
/** Time limit for the process to end by itself before it is killed. It calls no vendor code on its way out. */
const closeDeadlineMs = 1000
const what = "contract query"

const fail = (code: ContractCatalogueError["code"], message: string) =>
  new ContractCatalogueError({ code, source: "trader", message })

const missing = ({ binary, library }: TraderWorkerOptions): ContractCatalogueError | undefined => {
  const fix = "set CTP_TD_LIBRARY to the vendor's thosttraderapi_se.so"
  const found = missingFile({ what, binary }, { what: "trader library", library, fix })
  if (found === undefined) return undefined
  return fail(found.file === "binary" ? "TRADER_WORKER_MISSING" : "TRADER_LIBRARY_NOT_LOADED", found.message)
}

const codes: Readonly<Record<number, ContractCatalogueError["code"]>> = {
  65: "TRADER_LIBRARY_NOT_LOADED",
  66: "TRADER_VERSION_NOT_SUPPORTED",
  67: "TRADER_FLOW_FOLDER",
  72: "TRADER_LIST_TOO_LONG"
}

/** How the process ended, as an error: its own last sentence, which names the variable to change. */
const endOf = (code: number | null, signal: string | null, text: string | undefined): ContractCatalogueError => {
  const known = codes[code ?? -1]
  if (known !== undefined && text !== undefined) return fail(known, `The contract query failed: ${text}.`)
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`
  const why = text === undefined ? "" : ` (${text})`
  return fail(
    "TRADER_WORKER_DIED",
    `The contract query died with ${how}${why}: the tick stream is not affected; try again, or check its log lines.`
  )
}

/** Undefined when this process had no descriptor left for it. */
const rowsOf = ({ stdio }: { readonly stdio?: ChildProcess["stdio"] }) => stdio?.[3] as Readable | null | undefined

/** Starts the worker of one query; its process ends with the scope. Errors: what is missing before the start. */
export const startTraderWorker = Effect.fnUntraced(function* (options: TraderWorkerOptions) {
  const absent = missing(options)
  if (absent !== undefined) return yield* absent
  // Unbounded: a query has a handful of events, and rows do not pass here.
  const events = yield* Queue.unbounded<WorkerEvent>()
  const rows: Array<ContractRow> = []
  const started = yield* startWorkerChild({
    what,
    binary: options.binary,
    said: "tickd-contract-query: ",
    args: vendorArguments(options),
    stdio: ["pipe", "pipe", "pipe", "pipe"],
    env: options.env,
    closeDeadlineMs,
    onLine: options.onLine,
    missing: (message) => fail("TRADER_WORKER_MISSING", message),
    // The rest is not read: a worker that waits to write must not block the close.
    onClosing: (child) => rowsOf(child)?.destroy()
  })
  const { child } = started
  const end = (error: ContractCatalogueError) => void Queue.offerUnsafe(events, { kind: "ended", error })
  const reader = new TraderLineReader(
    (row) => {
      if (rows.length < rowsMax) rows.push(row)
      else if (rows.length === rowsMax && rows.push(row) > rowsMax) {
        end(
          fail(
            "TRADER_LIST_TOO_LONG",
            `The trader front sent more than ${rowsMax} contracts: this is not a contract list; check the front.`
          )
        )
      }
    },
    (event) => void Queue.offerUnsafe(events, event)
  )
  const lines = rowsOf(child)
  lines?.on("data", (chunk: Uint8Array) => reader.take(chunk))
  lines?.on("error", () => undefined)
  child.once("error", (error) => end(started.notStarted(error)))
  // `close` comes after `exit` and after the last line was read.
  child.once("close", (code, signal) => end(endOf(code, signal, started.lastSentence())))
  const worker: TraderWorker = {
    pid: child.pid ?? 0,
    events,
    rows,
    command: (...fields) => started.write(commandLine(fields))
  }
  return worker
})
