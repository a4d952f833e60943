import { existsSync, readFileSync, readlinkSync, realpathSync } from "node:fs"

/** What tells a process from a later one that got the same number: its start time in clock ticks. Source: proc(5), stat field 22. */
export const startTicks = (pid: number): string | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8")
    // the command stands in brackets and may hold anything: count the fields behind its end
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
    return fields[0] === "Z" ? undefined : fields[19]
  } catch {
    return undefined
  }
}

/** Half seconds of processor time in clock ticks: what an idle server uses in a minute does not reach one. */
const workTicks = 50

/**
 * Grows while a process works: its processor time in half seconds, its ended children included, and the bytes that it read
 * and wrote. 0 when it is gone. Source: proc(5), stat fields 14 to 17, and io.
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

/** A process of another user, or a kernel without the file: its processor time alone shows that it works. */
const bytesOf = (pid: number): number => {
  try {
    const text = readFileSync(`/proc/${pid}/io`, "utf8")
    return [...text.matchAll(/^[rw]char: (\d+)$/gm)].reduce((sum, [, bytes]) => sum + Number(bytes), 0)
  } catch {
    return 0
  }
}

/** True while the process with this number is the one that started at `ticks`. */
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

/** Who started the server of a store, kept beside the store: a daemon that was killed leaves it for the next one. */
export interface ServerRecord {
  readonly pid: number
  readonly ticks: string | undefined
  readonly ownerPid: number
  readonly ownerTicks: string | undefined
  readonly binary: string
  readonly port: number
}

/** Undefined when there is no record or it cannot be read as one. */
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

/** Sends a signal to one process by its number; a process that is gone already is no error. */
export const sendSignal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name)
  } catch {
    // it is gone already, which is what was wanted
  }
}

/** What stands in the way of a start, after looking at the record of the last one. */
export type Leftover =
  | { readonly kind: "none" }
  | { readonly kind: "owned"; readonly record: ServerRecord }
  | { readonly kind: "orphan"; readonly record: ServerRecord; readonly signal: (name: NodeJS.Signals) => void }

/** A server still running on this store: another live daemon's, or an orphan that may be ended. */
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
      // asked again at each signal: the number may have passed to another program in between
      if (isAlive(record.pid, record.ticks) && runsBinary(record.pid, record.binary)) sendSignal(record.pid, name)
    }
  }
}
