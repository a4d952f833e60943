import type { OverflowPolicy } from "../../../kernel/limits/overflow-policy.ts"
import { type FeedIndex, recordI32, type TickSlab, word } from "../../../kernel/tick/tick-slab.ts"
import type { TickLedger } from "../intake/ledger.ts"
import { receivedMsOf } from "../intake/tick-clock.ts"
import type { GapRecorder } from "./gap-recorder.ts"
import type { SessionTally } from "./session-tally.ts"

/** Called with each dropped tick while its record is intact. */
export type GiveUp = (slab: TickSlab, row: number, feed: FeedIndex) => void

/** The parts of a feed that count its dropped ticks. */
export interface OverflowFeed {
  readonly ledger: TickLedger
  readonly tally?: SessionTally | undefined
  readonly gaps?: GapRecorder | undefined
}

/** Ticks of one feed that were dropped since the last report. */
class Stretch {
  count = 0
  firstSeq = 0
  lastSeq = 0
  fromMs = 0
  toMs = 0

  add(seq: number, receivedMs: number): void {
    if (this.count++ === 0) {
      this.firstSeq = this.lastSeq = seq
      this.fromMs = this.toMs = receivedMs
      return
    }
    if (seq < this.firstSeq) this.firstSeq = seq
    if (seq > this.lastSeq) this.lastSeq = seq
    if (receivedMs < this.fromMs) this.fromMs = receivedMs
    if (receivedMs > this.toMs) this.toMs = receivedMs
  }
}

/** Counts the ticks that the queue drops: in the ledger, in the counts of their session, and in a gap. */
export class OverflowIntegrity {
  readonly policy: OverflowPolicy
  private readonly column: "dropped" | "conflated"
  private readonly feeds: Array<OverflowFeed & { readonly stretch: Stretch }> = []

  constructor(policy: OverflowPolicy) {
    this.policy = policy
    this.column = policy === "conflate" ? "conflated" : "dropped"
  }

  /** Call it before the first tick of the feed. */
  add(feed: FeedIndex, integrity: OverflowFeed): void {
    this.feeds[feed] = { ...integrity, stretch: new Stretch() }
  }

  /** One tick is dropped; a closure, since it is passed on row by row. */
  readonly giveUp: GiveUp = (slab, row, feed) => this.note(slab, row, feed, this.column)

  /** The same for a tick without a newer one: it waited too long for the stream, which another daemon writes. */
  readonly supersede: GiveUp = (slab, row, feed) => this.note(slab, row, feed, "dropped")

  private note(slab: TickSlab, row: number, feed: FeedIndex, column: "dropped" | "conflated"): void {
    const { ledger, tally, stretch } = this.feeds[feed] as OverflowFeed & { readonly stretch: Stretch }
    const seq = slab.seq(row)
    ledger.queued--
    if (column === "conflated") ledger.conflated++
    else ledger.droppedByOverflow++
    tally?.late.note(seq, slab.u32[row * recordI32 + word.instrument] as number, column)
    stretch.add(seq, receivedMsOf(slab, row))
  }

  /** Reports the drops since the last call as gaps. Called after each batch that did not fit. */
  report(cause: "own" | "superseded" = "own"): void {
    for (const { gaps, stretch } of this.feeds) {
      if (stretch.count === 0) continue
      gaps?.overflow(stretch.firstSeq, stretch.lastSeq, stretch.count, stretch.fromMs, stretch.toMs, cause)
      stretch.count = 0
    }
  }
}
