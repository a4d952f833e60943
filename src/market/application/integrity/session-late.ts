import { grownI32, grownRows } from "../../../kernel/instrument/instrument-table.ts"

/** Columns into which a tick may still fall after it was handed to the queue. */
export type LateColumn = "dropped" | "conflated" | "quarantined"

/** Ticks of one session that the line lost between queue and stream. Grows until the last tick of the session is settled. */
export class SessionLate {
  dropped = 0
  conflated = 0
  quarantined = 0
  /** By instrument index. */
  private byInstrument = new Int32Array(0)
  /** Last sequence number of the session; the running one has none yet. */
  lastSeq = Number.POSITIVE_INFINITY
  /** Ticks that it handed to the queue: no more can be late. */
  published = Number.POSITIVE_INFINITY

  get total(): number {
    return this.dropped + this.conflated + this.quarantined
  }

  of(index: number): number {
    return this.byInstrument[index] ?? 0
  }

  note(index: number, column: LateColumn): void {
    this[column]++
    if (index >= this.byInstrument.length) {
      this.byInstrument = grownI32(this.byInstrument, grownRows(this.byInstrument.length, index))
    }
    this.byInstrument[index] = (this.byInstrument[index] as number) + 1
  }
}

/** Lays each tick that is lost behind the intake to the session it came in, by its sequence number. */
export class LateTicks {
  /** Of all sessions of this run. */
  readonly total = new SessionLate()
  private readonly ended: Array<SessionLate> = []
  private running = new SessionLate()
  private settled = 0

  note(seq: number, index: number, column: LateColumn): void {
    this.total[column]++
    for (const session of this.ended) {
      if (seq <= session.lastSeq) return session.note(index, column)
    }
    this.running.note(index, column)
  }

  /**
   * `count` ticks between two sequence numbers, of instruments that nobody noted, were dropped. Where a session ends
   * between the two, numbers that were set aside lie among them: then the older session may be given some of the younger.
   */
  noteDropped(firstSeq: number, lastSeq: number, count: number): void {
    this.total.dropped += count
    let left = count
    for (const session of this.ended) {
      if (left === 0 || lastSeq <= session.lastSeq) {
        session.dropped += left
        return
      }
      if (firstSeq > session.lastSeq) continue
      // Out of a stretch that goes on behind the session, no more than its numbers, and no more than it has.
      const share = Math.max(0, Math.min(left, session.lastSeq - firstSeq + 1, session.published - session.total))
      session.dropped += share
      left -= share
    }
    this.running.dropped += left
  }

  /** The running session ends with `lastSeq`, `published` handed over; its ticks may still be on their way. */
  end(lastSeq: number, published: number): SessionLate {
    const session = this.running
    session.lastSeq = lastSeq
    session.published = published
    this.ended.push(session)
    this.running = new SessionLate()
    return session
  }

  /** Of the oldest session that has ended and of all before it. */
  untilOldest(): number {
    return this.settled + (this.ended[0]?.total ?? 0)
  }

  /** Nothing of the oldest session is on its way any more. */
  settleOldest(): void {
    this.settled += this.ended.shift()?.total ?? 0
  }
}
