import type { SpooledMessage } from "../../ports/tick-spool.ts"
import { frameLength, isWholeFrame, readFrame } from "./frame.ts"
import type { Segment } from "./segment.ts"
import type { SpoolFiles } from "./spool-files.ts"

const chunkBytes = 256 * 1024

/** Reads the frames of the segments in sequence, from disk or, when they are not there yet, from memory. */
export class SpoolReader {
  /** Frames that were not returned yet. */
  unread: number
  /** Index of the segment that is read. */
  index = 0
  private position: number
  /** A piece of the segment that is read. Never written again, because payloads are views of it. */
  private chunk: Buffer = Buffer.alloc(0)
  private chunkAt = 0
  private readonly files: SpoolFiles
  private readonly segments: ReadonlyArray<Segment>
  private readonly headBytes: number
  private readonly pending: () => Buffer
  private readonly onDamage: (segment: Segment, cause: unknown) => boolean

  constructor(options: {
    readonly files: SpoolFiles
    readonly segments: ReadonlyArray<Segment>
    readonly position: number
    readonly headBytes: number
    readonly unread: number
    /** Bytes appended behind the last segment's written bytes. */
    readonly pending: () => Buffer
    /** The rest of a segment cannot be read. True: it was dropped, and reading continues behind it. */
    readonly onDamage: (segment: Segment, cause: unknown) => boolean
  }) {
    this.files = options.files
    this.segments = options.segments
    this.position = options.position
    this.headBytes = options.headBytes
    this.unread = options.unread
    this.pending = options.pending
    this.onDamage = options.onDamage
  }

  next(): SpooledMessage | undefined {
    while (this.unread > 0) {
      const segment = this.segments[this.index]
      if (segment === undefined) return undefined
      if (this.position < segment.base + this.headBytes) this.position = segment.base + this.headBytes
      if (this.position < segment.end) {
        const at = this.load(segment)
        if (at instanceof Damage) {
          if (!this.onDamage(segment, at.cause)) return undefined
          continue
        }
        return this.give(segment, this.chunk, at)
      }
      if (this.index === this.segments.length - 1) {
        const pending = this.pending()
        const at = this.position - segment.end
        if (at >= pending.length) return undefined
        // The next frames overwrite this memory, so the payload is copied.
        return this.give(segment, Buffer.from(pending.subarray(at, at + frameLength(pending, at))), 0)
      }
      this.index++
    }
    return undefined
  }

  /** Moves behind everything. */
  skipAll(): void {
    const last = this.segments.at(-1)
    for (const segment of this.segments) segment.noteAllRead()
    this.index = Math.max(0, this.segments.length - 1)
    if (last !== undefined) this.position = last.end + this.pending().length
    this.unread = 0
  }

  /** Index of the first segment of which nothing was returned. */
  firstUntouched(): number {
    const segment = this.segments[this.index]
    const untouched = segment !== undefined && this.position <= segment.base + this.headBytes
    return untouched ? this.index : this.index + 1
  }

  /** A segment was removed from the list. */
  removed(index: number): void {
    if (index < this.index) this.index--
  }

  bytesLeftIn(segment: Segment): number {
    return segment.end - this.position
  }

  /** Ends a segment at the present read position. Returns the number of bytes cut off. */
  cut(segment: Segment): number {
    const cut = segment.end - this.position
    segment.length -= cut
    if (this.index < this.segments.length - 1) this.index++
    return cut
  }

  private give(segment: Segment, bytes: Buffer, at: number): SpooledMessage {
    const frame = readFrame(bytes, at)
    this.position += frameLength(bytes, at)
    this.unread--
    segment.noteRead(frame)
    return {
      subject: frame.subject,
      payload: frame.payload,
      stampMs: frame.stampMs,
      token: frame.token,
      feedSeq: frame.feedSeq,
      receivedMs: frame.receivedMs,
      end: this.position,
      earlier: segment.earlier
    }
  }

  /** Offset in the chunk of the next whole frame. */
  private load(segment: Segment): number | Damage {
    const inChunk = this.position - this.chunkAt
    if (inChunk >= 0 && inChunk < this.chunk.length && isWholeFrame(this.chunk, inChunk)) return inChunk
    try {
      const left = segment.end - this.position
      for (let wanted = Math.min(left, chunkBytes); ; ) {
        segment.fd ??= this.files.open(segment.path)
        const bytes = Buffer.allocUnsafeSlow(wanted)
        const got = this.files.read(segment.fd, bytes, this.position - segment.base)
        this.chunk = bytes.subarray(0, got)
        this.chunkAt = this.position
        if (isWholeFrame(this.chunk, 0)) return 0
        const length = frameLength(this.chunk, 0)
        if (length <= wanted || length > left || got < wanted) return new Damage("a record is not what was written")
        wanted = length
      }
    } catch (cause) {
      return new Damage(cause)
    }
  }
}

class Damage {
  readonly cause: unknown
  constructor(cause: unknown) {
    this.cause = cause
  }
}
