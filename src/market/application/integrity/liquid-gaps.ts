import type { Gap, GapCause } from "../../../kernel/tick/gap.ts"
import { coverDecidedAfterMs } from "./cover-time.ts"

/** Time in which another feed's tick shows that it covers a new gap. A liquid instrument ticks each second. */
const coverShownMs = 3000

/**
 * Counts gaps that began while liquid instruments traded, by cause. A gap that another feed covers is not counted: its
 * ticks are in the stream. It is counted once its cover ends, and is then never taken back.
 */
export class LiquidGaps {
  readonly countedBy = new Map<GapCause, number>()
  /** By id: the time of the first look at a gap that may still be covered, or whose cover may still end. */
  private readonly undecided = new Map<string, number>()

  /** A new gap. `isCoverable` false: no other feed can have its ticks. */
  began({ cause, id }: Gap, isCoverable: boolean): void {
    if (isCoverable) this.undecided.set(id, Number.NaN)
    else this.count(cause)
  }

  /** Periodic. `gapOf`: the gap as it was reported last; undefined: it is no longer kept. */
  look(nowMs: number, gapOf: (id: string) => Gap | undefined): void {
    for (const [id, sinceMs] of this.undecided) {
      const gap = gapOf(id)
      if (gap === undefined) this.undecided.delete(id)
      else if (Number.isNaN(sinceMs)) this.undecided.set(id, nowMs)
      else if (gap.coveredBy === undefined) {
        if (nowMs - sinceMs < coverShownMs) continue
        this.undecided.delete(id)
        this.count(gap.cause)
      } else if (gap.toMs !== undefined && nowMs - gap.toMs > coverDecidedAfterMs) this.undecided.delete(id)
    }
  }

  private count(cause: GapCause): void {
    this.countedBy.set(cause, (this.countedBy.get(cause) ?? 0) + 1)
  }
}
