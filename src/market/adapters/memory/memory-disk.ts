/** A change of a file that is not forced to disk yet: bytes at an offset, or a length. */
type Change = { readonly at: number; readonly bytes: Uint8Array } | { readonly end: number }

/** Maximum number of changes that the system holds back before it writes the oldest. */
const heldBack = 64

/** Bytes that grow at their end without a copy each time. */
class Bytes {
  length = 0
  private room = new Uint8Array(1024)

  put(bytes: Uint8Array, at: number): void {
    const end = at + bytes.length
    if (end > this.room.length) {
      const larger = new Uint8Array(Math.max(end, this.room.length * 2))
      larger.set(this.view())
      this.room = larger
    }
    this.room.set(bytes, at)
    this.length = Math.max(this.length, end)
  }

  end(at: number): void {
    if (at < this.length) this.room.fill(0, at, this.length)
    this.length = at
  }

  view(): Uint8Array {
    return this.room.subarray(0, this.length)
  }
}

const apply = (to: Bytes, change: Change): void => {
  if ("end" in change) to.end(change.end)
  else to.put(change.bytes, change.at)
}

class MemoryFile {
  /** As every process sees it, and as it is after a power loss. */
  content = new Bytes()
  private readonly durable = new Bytes()
  private changes: Array<Change> = []
  private committed = 0
  /** Its name survives a power loss. */
  isNamed = false

  change(change: Change): void {
    apply(this.content, change)
    this.changes.push(change)
    if (this.changes.length > heldBack) this.force(this.committed + 1, false)
  }

  /** Number of changes. */
  get changed(): number {
    return this.committed + this.changes.length
  }

  /** The first `count` changes are safe from now on. */
  force(count = this.changed, names = true): void {
    if (names) this.isNamed = true
    for (const change of this.changes.splice(0, Math.max(0, count - this.committed))) {
      this.committed++
      apply(this.durable, change)
    }
  }

  /** Keeps the first of the unsafe changes, and part of the next one. Returns the number of lost bytes. */
  losePower(chance: () => number): number {
    const kept = Math.floor(chance() * (this.changes.length + 1))
    const torn = this.changes[kept]
    this.force(this.committed + kept, false)
    if (torn !== undefined && "bytes" in torn) {
      this.durable.put(torn.bytes.subarray(0, Math.floor(chance() * torn.bytes.length)), torn.at)
    }
    const before = this.content.length
    this.changes = []
    this.content = new Bytes()
    this.content.put(this.durable.view(), 0)
    return Math.max(0, before - this.content.length)
  }
}

/** File operations of one process, in the shape of the spool's `SpoolFiles`. */
export type MemoryFiles = ReturnType<MemoryDisk["mount"]>

/**
 * A disk in memory. Writes of a process survive it. A power loss removes what was not forced, in sequence and down to
 * the middle of a write. Its space may run out.
 */
export class MemoryDisk {
  /** Bytes that files may still grow by. */
  freeBytes = Number.POSITIVE_INFINITY
  /** Duration of an asynchronous sync, milliseconds. */
  forceMs = 1
  /** The process dies in its next write of several bytes, after this share of it (0 to 1) was written. */
  dieInWrite: { readonly share: number; readonly die: () => void } | undefined
  readonly files = new Map<string, MemoryFile>()
  /** Whether the process that locked a folder is still running. */
  private readonly locks = new Map<string, () => boolean>()
  private boots = 0
  private readonly name: string
  private readonly later: (afterMs: number, run: () => void) => void

  /** `name`: of the disk's host. */
  constructor(later: (afterMs: number, run: () => void) => void, name = "here") {
    this.later = later
    this.name = name
  }

  /** A disk of another host with the same files, as an operator copies them. */
  copyTo(name: string): MemoryDisk {
    const copy = new MemoryDisk(this.later, name)
    for (const [path, { content }] of this.files) {
      const file = new MemoryFile()
      file.change({ at: 0, bytes: content.view().slice() })
      file.force()
      copy.files.set(path, file)
    }
    return copy
  }

  /** The content of a file. */
  read(path: string): Uint8Array {
    const file = this.files.get(path)
    return file?.content.view() ?? new Uint8Array(0)
  }

  /** Power loss of the host. Returns the number of bytes that files lost. */
  losePower(chance: () => number): number {
    let lost = 0
    this.boots++
    for (const [path, file] of this.files) {
      lost += file.losePower(chance)
      if (!file.isNamed && chance() < 0.5) this.files.delete(path)
      else file.isNamed = true
    }
    return lost
  }

  /** The disk as one process sees it, until the process ends. */
  mount() {
    const open = new Map<number, MemoryFile>()
    let last = 2
    let isGone = false
    const of = (fd: number): MemoryFile => {
      const file = open.get(fd)
      if (isGone || file === undefined) throw new Error(`EBADF: file ${fd} is not open`)
      return file
    }
    return {
      makeFolder: () => undefined,
      lock: (folder: string) => {
        if (this.locks.get(folder)?.() === true) throw new Error("the folder is locked")
        this.locks.set(folder, () => !isGone)
        return { release: () => void this.locks.delete(folder) }
      },
      place: (folder: string) => `${this.name} ${this.boots} ${folder}`,
      list: (folder: string) =>
        [...this.files.keys()].flatMap((path) =>
          path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : []
        ),
      open: (path: string) => {
        if (isGone) throw new Error("the process is gone")
        let file = this.files.get(path)
        if (file === undefined) {
          if (this.freeBytes <= 0) throw new Error("ENOSPC: no space left on device")
          file = new MemoryFile()
          this.files.set(path, file)
        }
        open.set(++last, file)
        return last
      },
      size: (fd: number) => of(fd).content.length,
      write: (fd: number, bytes: Uint8Array, from: number, count: number, at: number) => {
        const file = of(fd)
        const { dieInWrite } = this
        if (dieInWrite !== undefined && count > 1) {
          this.dieInWrite = undefined
          file.change({ at, bytes: bytes.slice(from, from + Math.floor(count * dieInWrite.share)) })
          dieInWrite.die()
          throw new Error("the process is gone")
        }
        const growth = Math.max(0, at + count - file.content.length)
        const taken = growth <= this.freeBytes ? count : count - growth + this.freeBytes
        if (taken === 0) throw new Error("ENOSPC: no space left on device")
        this.freeBytes -= Math.max(0, at + taken - file.content.length)
        file.change({ at, bytes: bytes.slice(from, from + taken) })
        return taken
      },
      read: (fd: number, into: Uint8Array, at: number) => {
        const bytes = of(fd)
          .content.view()
          .subarray(at, at + into.length)
        into.set(bytes)
        return bytes.length
      },
      truncate: (fd: number, bytes: number) => of(fd).change({ end: bytes }),
      sync: (fd: number) => of(fd).force(),
      syncLater: (fd: number, done: (error: Error | null) => void) => {
        const file = of(fd)
        const { changed } = file
        this.later(this.forceMs, () => {
          if (isGone) return
          file.force(changed)
          done(null)
        })
      },
      syncFolder: () => {
        for (const file of this.files.values()) file.isNamed = true
      },
      close: (fd: number) => void open.delete(fd),
      remove: (path: string) => {
        if (isGone) throw new Error("the process is gone")
        this.freeBytes += this.files.get(path)?.content.length ?? 0
        this.files.delete(path)
      },
      rename: (from: string, to: string) => {
        const file = this.files.get(from)
        if (isGone || file === undefined) throw new Error(`ENOENT: ${from}`)
        this.files.delete(from)
        this.files.set(to, file)
      },
      /** The process ends without closing anything. */
      unmount: () => void (isGone = true)
    }
  }
}
