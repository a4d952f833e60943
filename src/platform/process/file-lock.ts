import { closeSync, openSync, readFileSync, statSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"

/** SQLITE_BUSY and SQLITE_LOCKED: another process has the lock. Every other error is a fault of the disk. */
const held: ReadonlySet<unknown> = new Set([5, 6])

/** Another process holds the lock. `holder` describes it, where the system shows it. */
export class FileLocked extends Error {
  readonly holder: string | undefined
  constructor(path: string, holder: string | undefined) {
    super(`${path} is locked${holder === undefined ? "" : ` by ${holder}`}`)
    this.holder = holder
  }
}

/**
 * The process that holds an fcntl lock on this file, as the kernel lists it; undefined: not visible, e.g. in another
 * container.
 */
const holderOf = (path: string): string | undefined => {
  try {
    const inode = String(statSync(path).ino)
    for (const line of readFileSync("/proc/locks", "utf8").split("\n")) {
      // "3: POSIX  ADVISORY  WRITE 338 fe:00:2164724 1073741824 1073742335"
      const [, kind, , , pid, place = ""] = line.trim().split(/\s+/)
      if (kind !== "POSIX" || pid === String(process.pid) || place.split(":").at(-1) !== inode) continue
      const name = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, 5).join(" ").trim()
      return `pid ${pid}${name === "" ? "" : `, ${name}`}`
    }
  } catch {
    // The process has ended, or there is no /proc. The id is only a help.
  }
  return undefined
}

const open = (path: string): DatabaseSync => {
  try {
    return new DatabaseSync(path, { timeout: 0 })
  } catch (cause) {
    // SQLite hides the system's error: this attempt throws it. Never while holding a lock, which a close would
    // release.
    closeSync(openSync(path, "a", 0o600))
    throw cause
  }
}

/**
 * Locks a file for this process until `release`, or until the process ends in any way: the lock is the kernel's
 * (fcntl), taken through the only interface of Node that has it. A file with a process id would remain after a kill
 * -9. Throws `FileLocked`, or the system's error.
 */
export const takeFileLock = (path: string): { readonly release: () => void } => {
  const database = open(path)
  try {
    // Nothing is ever written: a journal file would be, and then a full disk would prevent the lock.
    database.exec("PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")
  } catch (cause) {
    database.close()
    if (cause instanceof Error && "errcode" in cause && held.has(cause.errcode))
      throw new FileLocked(path, holderOf(path))
    throw cause
  }
  return { release: () => database.close() }
}
