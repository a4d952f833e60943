import { closeSync, constants, fstatSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs"
import type { AuditEntry } from "../../protocol/control/command.ts"

/** Space for about a hundred commands, allocated at the start so that it is there when the disk is full. */
const reserveBytes = 64 * 1024
const space = 0x20

/** Entries of a reserve, in sequence. A torn line is left out. */
export const readReserve = (path: string): ReadonlyArray<AuditEntry> => {
  let text = ""
  try {
    text = readFileSync(path, "utf8")
  } catch {
    // The reserve could not be created, so it is empty.
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
 * Stores commands that could not be written to the audit file: a file of fixed size, overwritten in place, so that it
 * needs no free disk space. Entries that do not fit are in the event stream and the log only.
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
  // Created while there is space. An existing one has its blocks already.
  if (sizeOf(path) < reserveBytes) put(entries)
  return {
    entries: (): ReadonlyArray<AuditEntry> => entries,
    /** Stores an entry. True: it is on disk, not only in memory. A refused command may use half of the space only. */
    add: (entry: AuditEntry): boolean => {
      const most = entry.result === "refused" ? reserveBytes / 2 : reserveBytes
      if (textOf([...entries, entry]).length > most) return false
      entries.push(entry)
      return sizeOf(path) >= reserveBytes && put(entries)
    },
    /** The oldest entry is now in the audit file. */
    dropFirst: (): void => {
      entries.shift()
      put(entries)
    }
  }
}
