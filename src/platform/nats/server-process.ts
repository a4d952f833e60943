import { existsSync, readFileSync, readlinkSync, realpathSync } from "node:fs"

/**
 * Start time in clock ticks, which distinguishes a process from a later one with the same id. Source: proc(5), stat
 * field 22.
 */
export const startTicks = (pid: number): string | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8")
    // the command is in brackets and may contain anything: count the fields behind its end
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
    return fields[0] === "Z" ? undefined : fields[19]
  } catch {
    return undefined
  }
}

/** Half a second of processor time in clock ticks: an idle server uses less in a minute. */
const workTicks = 50

/**
 * Grows while a process works: its processor time in half seconds, including ended children, and the bytes that it
 * read and wrote. 0 when it has ended. Source: proc(5), stat fields 14 to 17, and io.
 */
export const workOf = (pid: number): number => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8")
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
    return Math.floor(ticks / workTicks) + bytesOf(pid)
  } catch {
    return 0
  }
}

/** For a process of another user, or a kernel without the file, only its processor time counts. */
const bytesOf = (pid: number): number => {
  try {
    const text = readFileSync(`/proc/${pid}/io`, "utf8")
    return [...text.matchAll(/^[rw]char: (\d+)$/gm)].reduce((sum, [, bytes]) => sum + Number(bytes), 0)
  } catch {
    return 0
  }
}

/** True while the process with this id is the one that started at `ticks`. */
export const isAlive = (pid: number, ticks: string | undefined): boolean => {
  const now = startTicks(pid)
  return now !== undefined && (ticks === undefined || now === ticks)
}

/** True when the running program of `pid` is this file, even if the file was replaced on disk since. */
const runsBinary = (pid: number, binary: string): boolean => {
  try {
    const running = readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, "")
    return running === (existsSync(binary) ? realpathSync(binary) : binary)
  } catch {
    return false
  }
}

/** The process that started a store's server, kept beside the store: a killed daemon leaves it for the next one. */
export interface ServerRecord {
  readonly pid: number
  readonly ticks: string | undefined
  readonly ownerPid: number
  readonly ownerTicks: string | undefined
  readonly binary: string
  readonly port: number
}

/** Undefined when there is no record or it cannot be parsed. */
export const readRecord = (path: string): ServerRecord | undefined => {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"))
    if (typeof value !== "object" || value === null || !("pid" in value) || !("ownerPid" in value)) return undefined
    const record = value as Partial<ServerRecord>
    return typeof record.pid === "number" && typeof record.ownerPid === "number" && typeof record.binary === "string"
      ? {
          pid: record.pid,
          ticks: record.ticks,
          ownerPid: record.ownerPid,
          ownerTicks: record.ownerTicks,
          binary: record.binary,
          port: record.port ?? 0
        }
      : undefined
  } catch {
    return undefined
  }
}

/** Sends a signal to one process by its id. A process that has ended is not an error. */
export const sendSignal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name)
  } catch {
    // it has ended already, as wanted
  }
}

/** What blocks a start, according to the record of the last one. */
export type Leftover =
  | { readonly kind: "none" }
  | { readonly kind: "owned"; readonly record: ServerRecord }
  | { readonly kind: "orphan"; readonly record: ServerRecord; readonly signal: (name: NodeJS.Signals) => void }

/** A server that still runs on this store: another running daemon's, or an orphan that may be ended. */
export const findLeftover = (recordPath: string): Leftover => {
  const record = readRecord(recordPath)
  if (record === undefined || !isAlive(record.pid, record.ticks) || !runsBinary(record.pid, record.binary)) {
    return { kind: "none" }
  }
  if (record.ownerPid !== process.pid && isAlive(record.ownerPid, record.ownerTicks)) return { kind: "owned", record }
  return {
    kind: "orphan",
    record,
    signal: (name) => {
      // checked at each signal: the id may have been reused by another program
      if (isAlive(record.pid, record.ticks) && runsBinary(record.pid, record.binary)) sendSignal(record.pid, name)
    }
  }
}
