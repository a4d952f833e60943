import { closeSync, constants, fstatSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs"
import type { AuditEntry } from "../../protocol/control/command.ts"

/** About a hundred commands. Taken on the disk at the start, so that a full disk has it. */
const reserveBytes = 64 * 1024
const space = 0x20

/** Entries of a reserve, in order; a line that was torn is left out. */
export const readReserve = (path: string): ReadonlyArray<AuditEntry> => {
  let text = ""
  try {
    text = readFileSync(path, "utf8")
  } catch {
    // No reserve could be made: nothing is in it.
  }
  return text.split("\n").flatMap((line) => {
    try {
      return line.trim() === "" ? [] : [JSON.parse(line) as AuditEntry]
    } catch {
      return []
    }
  })
}

const writeAll = (path: string, bytes: Uint8Array): void => {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600)
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at, at)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

const sizeOf = (path: string): number => {
  try {
    const fd = openSync(path, "r")
    try {
      return fstatSync(fd).size
    } finally {
      closeSync(fd)
    }
  } catch {
    return 0
  }
}

/**
 * Room for commands that the audit file cannot take: a file of a fixed size, written in place, so that it needs no room on a
 * disk that has none. Entries that find no place in it are in the stream of events and the log.
 */
export const makeAuditReserve = (path: string) => {
  const entries: Array<AuditEntry> = [...readReserve(path)]
  const textOf = (all: ReadonlyArray<AuditEntry>) =>
    Buffer.from(all.map((entry) => `${JSON.stringify(entry)}\n`).join(""))
  const put = (all: ReadonlyArray<AuditEntry>): boolean => {
    const text = textOf(all)
    if (text.length > reserveBytes) return false
    const bytes = Buffer.alloc(reserveBytes, space)
    text.copy(bytes)
    try {
      writeAll(path, bytes)
      return true
    } catch {
      return false
    }
  }
  // Made while there is room; one that is there already has its blocks.
  if (sizeOf(path) < reserveBytes) put(entries)
  return {
    entries: (): ReadonlyArray<AuditEntry> => entries,
    /** Keeps an entry; true: on the disk, and not in memory alone. A refusal leaves half of the room to what was done. */
    add: (entry: AuditEntry): boolean => {
      const most = entry.result === "refused" ? reserveBytes / 2 : reserveBytes
      if (textOf([...entries, entry]).length > most) return false
      entries.push(entry)
      return sizeOf(path) >= reserveBytes && put(entries)
    },
    /** The audit file has the oldest one now. */
    dropFirst: (): void => {
      entries.shift()
      put(entries)
    }
  }
}
