import type { SpoolCounts, SpoolMark, TickSpool } from "../../ports/tick-spool.ts"
import type { CursorFile } from "./cursor-file.ts"
import type { FileSpoolOptions, SpoolLeft } from "./file-spool-options.ts"
import { frameBytes, writeFrame } from "./frame.ts"
import { Segment, segmentHead } from "./segment.ts"
import { SegmentSync } from "./segment-sync.ts"
import { FilesAside } from "./set-aside.ts"
import { type SpoolFiles, writeAll } from "./spool-files.ts"
import { SpoolReader } from "./spool-reader.ts"
import { SpoolTrouble } from "./spool-trouble.ts"

const mebibyte = 1024 * 1024
/** A sixteenth of the limit: `drop-oldest` drops this much at once. */
const segmentBytesOf = (maxBytes: number) => Math.min(256 * mebibyte, Math.max(mebibyte, Math.floor(maxBytes / 16)))
/** Maximum number of messages between two checks of the limit, and so between two writes. */
const batchMax = 4096
/** Written before the turn of the event loop ends; otherwise a burst would collect in memory. */
const flushBytes = mebibyte

/** The `TickSpool` port over segment files. Made by `openSpool`; one process for each folder. */
export class FileSpool implements TickSpool {
  readonly resume: SpoolMark | undefined
  /** Identifies this folder over all runs; undefined: the disk does not keep it. */
  readonly id: string | undefined
  readonly leftMs: TickSpool["leftMs"]
  private readonly options: FileSpoolOptions
  private readonly files: SpoolFiles
  private readonly cursor: CursorFile
  private readonly segments: Array<Segment>
  private readonly reader: SpoolReader
  private readonly segmentBytes: number
  private readonly head: Buffer
  /** Appended and not on disk yet, behind the written bytes of the last segment. */
  private pending = Buffer.allocUnsafe(mebibyte)
  private used = 0
  private nextBase: number
  private held: number
  private bytes: number
  private releasedAt: number
  private largestFrame = 1024
  private savedCursor = ""
  private readonly trouble: SpoolTrouble
  private readonly syncs: SegmentSync
  private dropped = 0
  private superseded = 0
  private cutBytes: number

  constructor(options: FileSpoolOptions, left: SpoolLeft) {
    this.options = options
    this.files = options.files
    this.segments = left.segments
    this.cursor = left.cursor
    this.nextBase = left.nextBase
    this.releasedAt = left.position
    this.held = left.ticks
    this.bytes = left.segments.reduce((sum, { length }) => sum + length, 0)
    this.resume = left.ticks > 0 ? left.mark : undefined
    this.id = left.id
    const found = [...left.segments]
    this.leftMs = (feed) => found.findLast((segment) => segment.newestMs(feed) !== undefined)?.newestMs(feed)
    this.cutBytes = left.cutBytes
    this.trouble = new SpoolTrouble(options.onEvent)
    this.syncs = new SegmentSync(options.files, ({ path }, error) =>
      this.trouble.fail(`forcing ${path} to the disk`, error)
    )
    this.head = segmentHead(options.identity)
    this.segmentBytes = segmentBytesOf(options.maxBytes)
    this.reader = new SpoolReader({
      files: options.files,
      segments: this.segments,
      position: left.position,
      headBytes: this.head.length,
      unread: left.ticks,
      pending: () => this.pending.subarray(0, this.used),
      onDamage: (segment, cause) => this.giveUpDamaged(segment, cause)
    })
  }

  readonly room = (): number => {
    if (this.trouble.reason !== undefined) return 0
    while (this.places() === 0 && this.options.overflow === "drop-oldest" && this.giveUpOldest()) {}
    return this.places()
  }

  readonly append: TickSpool["append"] = (subject, payload, stampMs, token, feedSeq, receivedMs) => {
    const bytes = typeof payload === "string" ? Buffer.from(payload) : payload
    const needed = frameBytes(subject.length, bytes.length)
    const segment = this.segmentFor()
    if (this.used + needed > this.pending.length) this.grow(needed)
    this.used = writeFrame(this.pending, this.used, subject, bytes, token, stampMs, feedSeq, receivedMs)
    this.bytes += needed
    this.held++
    this.reader.unread++
    if (needed > this.largestFrame) this.largestFrame = needed
    segment.add(token, feedSeq, receivedMs)
    const end = segment.end + this.used
    if (this.used >= flushBytes) this.flush()
    return end
  }

  readonly flush = (): boolean => {
    const segment = this.segments.at(-1)
    if (this.used === 0 || segment === undefined) return true
    try {
      const isNew = segment.fd === undefined
      segment.fd ??= this.files.open(segment.path)
      writeAll(this.files, segment.fd, this.pending, this.used, segment.length)
      if (this.options.fsync === "always") {
        this.files.sync(segment.fd)
        if (isNew) this.files.syncFolder(this.options.folder)
      } else this.syncs.written(segment)
    } catch (cause) {
      // bytes of a failed write behind the last whole record are overwritten by the next attempt, or cut at a start
      this.trouble.fail(`writing ${segment.path}`, cause)
      return false
    }
    segment.length += this.used
    this.used = 0
    this.trouble.repaired()
    return true
  }

  readonly sync = (): boolean => {
    if (!this.flush()) return false
    if (this.options.fsync === "never") return true
    try {
      for (const { fd } of this.segments) if (fd !== undefined) this.files.sync(fd)
      this.cursor.sync()
      this.files.syncFolder(this.options.folder)
      this.syncs.clear()
      return true
    } catch (cause) {
      this.trouble.fail(`forcing ${this.options.folder} to the disk`, cause)
      return false
    }
  }

  readonly next: TickSpool["next"] = () => this.reader.next()

  readonly unread = (): number => this.reader.unread

  readonly skipUnread = (): void => this.reader.skipAll()

  readonly release = (end: number): void => {
    this.held--
    this.releasedAt = end
  }

  readonly settle = (mark: SpoolMark, idle: boolean): void => {
    if (idle && this.held === 0) this.releasedAt = this.position()
    this.writeCursor(mark)
    for (let first = this.segments[0]; first !== undefined; first = this.segments[0]) {
      const over = first.end <= this.releasedAt && this.reader.index > 0
      if (!over && !(idle && this.held === 0)) return
      this.remove(0)
    }
  }

  readonly look = (nowMs: number): void => {
    if (this.trouble.isTimeToRetry(nowMs)) {
      if (this.used === 0) this.trouble.repaired()
      else this.flush()
    }
    if (this.options.fsync === "interval") this.syncs.look(nowMs)
  }

  readonly counts = (): SpoolCounts => ({
    ticks: this.held,
    bytes: this.bytes,
    boundBytes: this.options.maxBytes,
    oldestReceivedMs: this.held === 0 ? undefined : this.segments[0]?.oldestMs(),
    dropped: this.dropped,
    superseded: this.superseded,
    cutBytes: this.cutBytes,
    errors: this.trouble.errors,
    trouble: this.trouble.reason
  })

  readonly setAside: TickSpool["setAside"] = (untilMs) => {
    const { files, options } = this
    const aside = new FilesAside(files, options.folder, options.maxBytes)
    const before = this.superseded
    for (let first = this.segments[0]; first?.earlier === true; first = this.segments[0]) {
      if ((first.oldestMs() ?? 0) > untilMs) break
      this.giveUp(first, "superseded")
      this.remove(0, aside.take)
    }
    return aside.names.length === 0 ? undefined : aside.reported(this.superseded - before)
  }

  /** Flushes and closes every file. What is not released stays for the next start. */
  close(): void {
    this.flush()
    for (const segment of this.segments.splice(0)) this.syncs.close(segment)
    this.cursor.close()
  }

  private places(): number {
    return Math.max(0, Math.min(batchMax, Math.floor((this.options.maxBytes - this.bytes) / this.largestFrame)))
  }

  private position(): number {
    const last = this.segments.at(-1)
    return last === undefined ? this.nextBase : last.end + this.used
  }

  /** The segment to append to: a new one when the last is full, or belongs to a previous run. */
  private segmentFor(): Segment {
    const last = this.segments.at(-1)
    const full = last === undefined || last.earlier || last.length + this.used >= this.segmentBytes
    // do not begin another segment because the last one cannot be written
    if (!full || (last !== undefined && !this.flush())) return last as Segment
    const segment = new Segment(this.options.folder, this.position(), false)
    this.segments.push(segment)
    this.head.copy(this.pending)
    this.used = this.head.length
    this.bytes += this.used
    return segment
  }

  private grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.max(this.pending.length * 2, this.used + needed))
    this.pending.copy(larger, 0, 0, this.used)
    this.pending = larger
  }

  private remove(index: number, dispose: (path: string) => void = this.files.remove): void {
    const [segment] = this.segments.splice(index, 1)
    if (segment === undefined) return
    if (this.segments.length === index) {
      this.nextBase = segment.end + this.used
      this.bytes -= this.used
      this.used = 0
    }
    this.bytes -= segment.length
    this.reader.removed(index)
    const made = segment.fd !== undefined || segment.earlier
    this.syncs.close(segment)
    try {
      if (made) dispose(segment.path)
    } catch (cause) {
      this.trouble.fail(`deleting ${segment.path}`, cause)
    }
  }

  /** Drops the oldest segment of which nothing was sent, except the last one, which is being written. False: none. */
  private giveUpOldest(): boolean {
    const index = this.reader.firstUntouched()
    const segment = this.segments[index]
    if (segment === undefined || index === this.segments.length - 1) return false
    this.giveUp(segment, "full")
    this.remove(index)
    return true
  }

  /** The rest of a segment cannot be read. What was read of it is still to be released. */
  private giveUpDamaged(segment: Segment, cause: unknown): boolean {
    const index = this.segments.indexOf(segment)
    // what is not on disk yet is intact: it goes into its own segment
    if (index === this.segments.length - 1 && !this.flush()) return false
    this.cutBytes += this.reader.bytesLeftIn(segment)
    this.giveUp(segment, "damaged")
    this.trouble.unreadable(segment.path, cause)
    this.bytes -= this.reader.cut(segment)
    try {
      if (segment.fd !== undefined) this.files.truncate(segment.fd, segment.length)
    } catch {
      this.trouble.errors++
    }
    return true
  }

  private giveUp(segment: Segment, why: "full" | "damaged" | "superseded"): void {
    let ticks = 0
    for (const drop of segment.unread(why === "superseded")) {
      ticks += drop.count
      this.options.onDropped(drop)
    }
    this.held -= ticks
    this.reader.unread -= ticks
    segment.noteAllRead()
    if (why === "superseded") return void (this.superseded += ticks)
    this.dropped += ticks
    if (ticks > 0) this.options.onEvent({ type: "dropped", ticks, why })
  }

  private writeCursor(mark: SpoolMark): void {
    const cursor = { position: this.releasedAt, ...mark }
    const key = JSON.stringify(cursor)
    if (key === this.savedCursor) return
    try {
      this.cursor.write(cursor)
      if (this.options.fsync === "always") this.cursor.sync()
      this.savedCursor = key
      this.trouble.cursorWritten()
    } catch (cause) {
      this.trouble.cursor(cause)
    }
  }
}
