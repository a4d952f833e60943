import { join } from "node:path"
import { crc32 } from "node:zlib"
import type { SpoolDrop } from "../../ports/tick-spool.ts"
import { type FrameFields, frameLength, isWholeFrame, readFields } from "./frame.ts"

/** The destination of a segment's ticks. */
export interface SpoolIdentity {
  readonly stream: string
  readonly contentType: string
}

const magic = Buffer.from("TICKSPL1", "latin1")
const headBytes = magic.length + 8

/** First bytes of a segment: magic, u32 length, u32 crc32, and its destination as JSON. */
export const segmentHead = (identity: SpoolIdentity): Buffer => {
  const text = Buffer.from(JSON.stringify({ stream: identity.stream, contentType: identity.contentType }))
  const head = Buffer.alloc(headBytes + text.length)
  magic.copy(head)
  head.writeUInt32LE(text.length, magic.length)
  head.writeUInt32LE(crc32(text), magic.length + 4)
  text.copy(head, headBytes)
  return head
}

/** Undefined: the bytes do not begin with a whole head. */
export const readSegmentHead = (bytes: Buffer): { identity: SpoolIdentity; length: number } | undefined => {
  if (bytes.length < headBytes || !bytes.subarray(0, magic.length).equals(magic)) return undefined
  const length = headBytes + bytes.readUInt32LE(magic.length)
  if (length > bytes.length) return undefined
  const text = bytes.subarray(headBytes, length)
  if (crc32(text) !== bytes.readUInt32LE(magic.length + 4)) return undefined
  return { identity: JSON.parse(text.toString()) as SpoolIdentity, length }
}

/** Positions count the bytes of all segments ever written. A segment's name is the position of its first byte. */
export const segmentName = (base: number): string => `${String(base).padStart(16, "0")}.spool`

export const baseOfName = (name: string): number | undefined => {
  const [, digits] = /^(\d{16})\.spool$/.exec(name) ?? []
  return digits === undefined ? undefined : Number(digits)
}

interface FeedTally {
  count: number
  firstSeq: number
  lastSeq: number
  fromMs: number
  toMs: number
  read: number
}

/** One file of the spool, and the counts of its content. */
export class Segment {
  readonly base: number
  readonly path: string
  /** Written by a previous run. */
  readonly earlier: boolean
  fd: number | undefined
  /** Bytes known to be written. */
  length = 0
  private readonly feeds: Array<FeedTally | undefined> = []

  constructor(folder: string, base: number, earlier: boolean) {
    this.base = base
    this.path = join(folder, segmentName(base))
    this.earlier = earlier
  }

  get end(): number {
    return this.base + this.length
  }

  add(token: number, feedSeq: number, receivedMs: number): void {
    const tally = this.feeds[token]
    if (tally === undefined) {
      this.feeds[token] = {
        count: 1,
        firstSeq: feedSeq,
        lastSeq: feedSeq,
        fromMs: receivedMs,
        toMs: receivedMs,
        read: 0
      }
      return
    }
    tally.count++
    tally.lastSeq = feedSeq
    tally.toMs = receivedMs
  }

  /** Reading removes from the front. What is dropped later begins behind it. */
  noteRead(fields: FrameFields): void {
    const tally = this.feeds[fields.token]
    if (tally === undefined) return
    tally.read++
    tally.firstSeq = fields.feedSeq + 1
    tally.fromMs = fields.receivedMs
  }

  noteAllRead(): void {
    for (const tally of this.feeds) if (tally !== undefined) tally.read = tally.count
  }

  /** What is lost when the unread rest of this segment is dropped. */
  unread(superseded = false): ReadonlyArray<SpoolDrop> {
    return this.feeds.flatMap((tally, token) =>
      tally === undefined || tally.read === tally.count
        ? []
        : [
            {
              token,
              firstSeq: tally.firstSeq,
              lastSeq: tally.lastSeq,
              count: tally.count - tally.read,
              fromMs: tally.fromMs,
              toMs: tally.toMs,
              earlier: this.earlier,
              superseded
            }
          ]
    )
  }

  /** Receive time of its newest tick of a feed; undefined without one. */
  newestMs(feed: number): number | undefined {
    return this.feeds[feed]?.toMs
  }

  /** Receive time of its oldest tick; undefined without one. */
  oldestMs(): number | undefined {
    const times = this.feeds.flatMap((tally) => (tally === undefined ? [] : [tally.fromMs]))
    return times.length === 0 ? undefined : Math.min(...times)
  }
}

/** Walks whole frames from `from` on, with a call for each. Returns the end of the last whole one. */
export const scanFrames = (bytes: Buffer, from: number, tell: (fields: FrameFields) => void): number => {
  let at = from
  while (at < bytes.length && isWholeFrame(bytes, at)) {
    tell(readFields(bytes, at))
    at += frameLength(bytes, at)
  }
  return at
}
