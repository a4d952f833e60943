import type { OverflowPolicy } from "../../kernel/limits/overflow-policy.ts"
import { recordI32, type TickBatch, type TickSlab, word } from "../../kernel/tick/tick-slab.ts"
import type { OverflowIntegrity } from "../../market/application/integrity/overflow-integrity.ts"
import { contractCount, feedNames } from "../world/scale.ts"

/**
 * The queue drops what its policy says: nothing, the oldest, or ticks with a newer one. So no tick that leaves the
 * queue is older than a dropped one of its feed or instrument.
 */
export class OverflowWitness {
  checks = 0
  /** Passed to the queue instead of the integrity itself. */
  readonly integrity: Pick<OverflowIntegrity, "policy" | "giveUp" | "supersede" | "report">
  private readonly policy: OverflowPolicy
  private readonly complain: (sentence: string) => void
  private readonly inHand: ReadonlyArray<TickBatch>
  /**
   * Highest dropped number, by feed or, for `conflate`, by feed and instrument; and the last one in hand at that
   * time.
   */
  private readonly givenUp = new Float64Array(feedNames.length * (contractCount + 1))
  private readonly handThrough = new Float64Array(feedNames.length)

  constructor(integrity: OverflowIntegrity, inHand: ReadonlyArray<TickBatch>, complain: (sentence: string) => void) {
    this.policy = integrity.policy
    this.inHand = inHand
    this.complain = complain
    this.integrity = {
      policy: integrity.policy,
      giveUp: (slab, row, feed) => {
        this.note(slab, row, feed)
        integrity.giveUp(slab, row, feed)
      },
      supersede: (slab, row, feed) => {
        this.noteOldest(slab, row, feed)
        integrity.supersede(slab, row, feed)
      },
      report: (cause) => integrity.report(cause)
    }
  }

  /** A tick is passed to the publisher. */
  handed(slab: TickSlab, row: number, feed: number): void {
    const bound = this.givenUp[this.placeOf(slab, row, feed)] as number
    if (bound === 0) return
    this.checks++
    const seq = slab.seq(row)
    if (seq > bound || seq <= (this.handThrough[feed] as number)) return
    this.complain(
      `the queue gave up tick ${bound} of ${feedNames[feed]} and kept the older ${seq}, which is not ${this.policy}`
    )
  }

  private note(slab: TickSlab, row: number, feed: number): void {
    if (this.policy === "drop-newest") this.complain("a queue that drops the newest gave a waiting tick up")
    this.noteOldest(slab, row, feed)
  }

  private noteOldest(slab: TickSlab, row: number, feed: number): void {
    const place = this.placeOf(slab, row, feed)
    this.givenUp[place] = Math.max(this.givenUp[place] as number, slab.seq(row))
    const [batch] = this.inHand
    if (batch?.feed !== feed || batch.count === 0) return
    this.handThrough[feed] = Math.max(this.handThrough[feed] as number, batch.slab.seq(batch.start + batch.count - 1))
  }

  private placeOf(slab: TickSlab, row: number, feed: number): number {
    const instrument = this.policy === "conflate" ? 1 + (slab.u32[row * recordI32 + word.instrument] as number) : 0
    return feed * (contractCount + 1) + instrument
  }
}
