import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync
} from "node:fs"
import { join } from "node:path"
import { makeFolders } from "../../../platform/process/make-folders.ts"
import { lockFile, takeSpoolLock } from "./spool-lock.ts"

/** File system operations of the spool. Every call may throw what Node's throws. Tests replace them by a full disk. */
export interface SpoolFiles {
  readonly makeFolder: (folder: string) => void
  /** Locks the folder for this process; throws when another one has it. */
  readonly lock: (folder: string) => { readonly release: () => void }
  readonly list: (folder: string) => ReadonlyArray<string>
  /** Opens for reading and writing; creates the file when it is missing. */
  readonly open: (path: string) => number
  readonly size: (fd: number) => number
  /** Number of bytes written, which may be fewer than requested. */
  readonly write: (fd: number, bytes: Uint8Array, from: number, count: number, at: number) => number
  readonly read: (fd: number, into: Uint8Array, at: number) => number
  readonly truncate: (fd: number, bytes: number) => void
  readonly sync: (fd: number) => void
  /** The same without blocking. */
  readonly syncLater: (fd: number, done: (error: Error | null) => void) => void
  /** Makes the names of new files durable. */
  readonly syncFolder: (folder: string) => void
  readonly close: (fd: number) => void
  readonly remove: (path: string) => void
  readonly rename: (from: string, to: string) => void
  /** Identifies the folder's lock file on this boot of this host: each copy, host and boot has another text. */
  readonly place: (folder: string) => string
}

/** The kernel's, the same in every container of the host. Throws where there is none. */
const bootId = () => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()

export const nodeFiles: SpoolFiles = {
  makeFolder: (folder) => makeFolders(folder, 0o700),
  lock: takeSpoolLock,
  list: (folder) => readdirSync(folder),
  open: (path) => openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600),
  size: (fd) => fstatSync(fd).size,
  write: (fd, bytes, from, count, at) => writeSync(fd, bytes, from, count, at),
  read: (fd, into, at) => readSync(fd, into, 0, into.length, at),
  truncate: (fd, bytes) => ftruncateSync(fd, bytes),
  sync: (fd) => fdatasyncSync(fd),
  syncLater: (fd, done) => fdatasync(fd, done),
  syncFolder: (folder) => {
    const fd = openSync(folder, constants.O_RDONLY)
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  },
  close: (fd) => closeSync(fd),
  remove: (path) => unlinkSync(path),
  rename: (from, to) => renameSync(from, to),
  place: (folder) => {
    // Not opened: closing a file would drop every lock that this process has on it.
    const { dev, ino } = statSync(join(folder, lockFile))
    return `${bootId()} ${dev} ${ino}`
  }
}

/** Writes all bytes. Throws like the file system; part of them may be on disk then. */
export const writeAll = (files: SpoolFiles, fd: number, bytes: Uint8Array, count: number, at: number): void => {
  for (let from = 0; from < count; ) {
    const written = files.write(fd, bytes, from, count - from, at + from)
    if (written === 0) throw new Error("the file system wrote nothing")
    from += written
  }
}
