/** Event ids of one millisecond may change places, and servers lag: a resumed stream begins so much earlier. */
const overlapMs = 120_000
/** One id is kept for each of these steps. */
const stepMs = 10_000
const seenMax = 10_000

/** Where a stream of events goes on after a loss, and which of its events have come already. */
export class EventCursor {
  private marks: Array<{ readonly id: string; readonly atMs: number }> = []
  private readonly seen = new Set<string>()

  /** False: it has come before. */
  take(id: string, nowMs: number): boolean {
    if (this.seen.has(id)) return false
    this.seen.add(id)
    if (this.seen.size > seenMax) for (const oldest of this.seen) return this.forget(oldest, id, nowMs)
    this.mark(id, nowMs)
    return true
  }

  /** The id after which to go on; undefined: the stream begins with what happens now. */
  resumeAfter(nowMs: number): string | undefined {
    const early = this.marks.filter(({ atMs }) => atMs <= nowMs - overlapMs)
    return (early.at(-1) ?? this.marks[0])?.id
  }

  /** The venue does not know the id any more. */
  reset(): void {
    this.marks = []
  }

  private forget(oldest: string, id: string, nowMs: number): true {
    this.seen.delete(oldest)
    this.mark(id, nowMs)
    return true
  }

  private mark(id: string, nowMs: number): void {
    const last = this.marks.at(-1)
    if (last !== undefined && nowMs - last.atMs < stepMs) return
    this.marks.push({ id, atMs: nowMs })
    // The newest mark that is old enough is enough of the past.
    while (this.marks.length > 1 && (this.marks[1]?.atMs ?? nowMs) <= nowMs - overlapMs) this.marks.shift()
  }
}
