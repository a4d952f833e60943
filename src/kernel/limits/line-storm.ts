import { StormFolder } from "./storm-folder.ts"
import { TokenBucket } from "./token-bucket.ts"

/** Number of lines that pass unchanged, and the rate of a storm's summary lines. */
const burstUsual = 10
const everyMs = 1000
/** Lines a second, and at once, that are decoded. Further ones are only counted, so that their cost stays bounded. */
const readMax = 1000
/** A longer line is cut: a program that never ends its line must not use up memory. */
const bytesMost = 4096
/** Kinds of line that a summary line distinguishes. */
const kindsMax = 3
const newline = 10

interface LineKind {
  readonly text: string
  count: number
}

interface FoldedLines {
  /** Kinds by the text of a line without its numbers: lines of one kind differ in a pointer or a counter. */
  readonly kinds: Map<string, LineKind>
  readonly newest: string
}

const shapeOf = (line: string): string => line.slice(0, 200).replace(/[0-9a-f]*[0-9][0-9a-f]*/gi, "#")

const foldedOf = (text: string): FoldedLines => ({
  kinds: new Map([[shapeOf(text), { text, count: 1 }]]),
  newest: text
})

/** A line that was only counted. */
const unread: FoldedLines = { kinds: new Map(), newest: "" }

const merged = (waiting: FoldedLines, next: FoldedLines): FoldedLines => {
  if (next === unread) return waiting
  if (waiting === unread) return next
  const { newest } = next
  const shape = shapeOf(newest)
  const known = waiting.kinds.get(shape)
  if (known !== undefined) known.count++
  else if (waiting.kinds.size < kindsMax) waiting.kinds.set(shape, { text: newest, count: 1 })
  return { kinds: waiting.kinds, newest }
}

const sentenceOf = ({ kinds }: FoldedLines, count: number): string => {
  const named = [...kinds.values()]
  const rest = count - named.reduce((sum, kind) => sum + kind.count, 0)
  const words = named.map((kind) => `${kind.count} × ${JSON.stringify(kind.text.slice(0, 200))}`)
  return `${count} lines folded: ${[...words, ...(rest > 0 ? [`${rest} others`] : [])].join(", ")}`
}

/**
 * Limits the output of another program: the first lines pass unchanged, then one line a second reports their number
 * and kinds. The program's output is always read, because a full pipe would stop its threads.
 */
export class LineStorm {
  private readonly nowMs: () => number
  private readonly prefix: string
  private readonly onRead: (line: string) => void
  private readonly folder: StormFolder<FoldedLines>
  private readonly decoder = new TextDecoder()
  private held: Uint8Array = new Uint8Array(0)
  private readonly reads: TokenBucket

  constructor(options: {
    /** `folded`: number of lines that this one represents; 1: a line as it was printed. */
    readonly onLine: (line: string, folded: number) => void
    readonly nowMs: () => number
    readonly later: (run: () => void, afterMs: number) => void
    /** Number of lines that pass unchanged at once. */
    readonly burst?: number
    /** Called with each decoded line, folded or not: the last lines show why a program ended. */
    readonly onRead?: (line: string) => void
    /** Lines with this prefix are always decoded. */
    readonly prefix?: string
  }) {
    this.nowMs = options.nowMs
    this.reads = new TokenBucket({ burst: readMax, perSecond: readMax, nowMs: options.nowMs() })
    this.prefix = options.prefix ?? ""
    this.onRead = options.onRead ?? (() => undefined)
    this.folder = new StormFolder({
      limits: { burst: options.burst ?? burstUsual, everyMs },
      nowMs: options.nowMs,
      later: options.later,
      merge: merged,
      report: (lines, count) =>
        options.onLine(count === 1 && lines !== unread ? lines.newest : sentenceOf(lines, count), count)
    })
  }

  take(chunk: Uint8Array): void {
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      if (this.held.length === 0) this.line(chunk.subarray(start, end))
      else {
        this.hold(chunk.subarray(start, end))
        const { held } = this
        this.held = new Uint8Array(0)
        this.line(held)
      }
      start = end + 1
    }
    if (start < chunk.length) this.hold(chunk.subarray(start))
  }

  /** The program has ended: reports an unfinished line and what waits. */
  end(): void {
    const { held } = this
    this.held = new Uint8Array(0)
    if (held.length > 0) this.line(held)
    this.folder.flush()
  }

  private hold(bytes: Uint8Array): void {
    const room = bytesMost - this.held.length
    if (room <= 0) return
    const kept = bytes.subarray(0, room)
    const both = new Uint8Array(this.held.length + kept.length)
    both.set(this.held)
    both.set(kept, this.held.length)
    this.held = both
  }

  private line(bytes: Uint8Array): void {
    const isOwn = this.prefix !== "" && bytes[0] === this.prefix.charCodeAt(0)
    if (!this.reads.take(this.nowMs()) && !isOwn) return this.folder.note(unread)
    const text = this.decoder.decode(bytes.subarray(0, bytesMost)).replace(/\r$/, "")
    this.onRead(text)
    this.folder.note(foldedOf(text))
  }
}
