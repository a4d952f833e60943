import { grownI32, grownRows } from "../../../kernel/instrument/instrument-table.ts"

/** Columns for a tick that was lost after it entered the queue. */
export type LateColumn = "dropped" | "conflated" | "quarantined"

/** Ticks of one session that were lost between queue and stream. Grows until the session's last tick is resolved. */
export class SessionLate {
  dropped = 0
  conflated = 0
  quarantined = 0
  /** By instrument index. */
  private byInstrument = new Int32Array(0)
  /** Last sequence number of the session; infinite while it runs. */
  lastSeq = Number.POSITIVE_INFINITY
  /** Number of ticks that it pushed to the queue; infinite while it runs. */
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

/** Assigns each tick that is lost behind the intake to its session, by sequence number. */
export class LateTicks {
  /** Of all sessions in this run. */
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
   * `count` ticks of unrecorded instruments between two sequence numbers were dropped. If a session ends between the
   * two, the numbers of quarantined ticks lie in the range: the older session may then get some of the younger one's.
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
      // A range that continues after the session: at most the session's own numbers, and at most its ticks.
      const share = Math.max(0, Math.min(left, session.lastSeq - firstSeq + 1, session.published - session.total))
      session.dropped += share
      left -= share
    }
    this.running.dropped += left
  }

  /** The running session ends with `lastSeq` and `published` ticks in the queue; some may still be in flight. */
  end(lastSeq: number, published: number): SessionLate {
    const session = this.running
    session.lastSeq = lastSeq
    session.published = published
    this.ended.push(session)
    this.running = new SessionLate()
    return session
  }

  /** For the oldest ended session and all before it. */
  untilOldest(): number {
    return this.settled + (this.ended[0]?.total ?? 0)
  }

  /** No tick of the oldest session is in flight any more. */
  settleOldest(): void {
    this.settled += this.ended.shift()?.total ?? 0
  }
}
