import type { Gap } from "../../kernel/tick/gap.ts"
import { SeqSet } from "./seq-set.ts"

/** Gap records of one feed, and the drops of its ring. */
export class FeedGaps {
  readonly dropped = new SeqSet()
  readonly quarantined = new SeqSet()
  /** Ticks that records report as lost, by number. */
  readonly lost = new SeqSet()
  /** Numbers between which a queue dropped some. */
  readonly overflowed = new SeqSet()
  /** Ticks that records report as lost with a store, by number. */
  readonly gone = new SeqSet()
  /** Last records by id. */
  readonly records = new Map<string, Gap>()
  holes = 0
  /** Number of drops at a moment. */
  givenUp: { readonly count: number; readonly atMs: number } | undefined

  /** Number of ticks that records report as dropped by line or spool. */
  givenUpTold(): number {
    let reported = 0
    for (const { cause, count } of this.records.values()) {
      if (cause === "queue_overflow" || cause === "superseded") reported += count ?? 0
    }
    return reported
  }

  /** Ticks reported as certainly lost, except those of lost stores, and those of lost stores. */
  counts(): { readonly lost: number; readonly gone: number } {
    let lost = 0
    let gone = 0
    for (const { cause, count } of this.records.values()) {
      if (cause === "store_lost") gone += count ?? 0
      else lost += count ?? 0
    }
    return { lost, gone }
  }

  /** A record reports that ticks of this moment are missing, or may be. */
  tells(atMs: number): boolean {
    for (const { fromMs, toMs, cause } of this.records.values()) {
      // These are losses of the line, and say nothing about ticks that a front did not send.
      if (cause === "store_lost" || cause === "queue_overflow" || cause === "superseded") continue
      if (fromMs <= atMs && atMs <= (toMs ?? Number.POSITIVE_INFINITY)) return true
    }
    return false
  }

  /**
   * How many of the numbers up to `received` are neither in the store, nor on the disk, nor quarantined, nor within a
   * record. `later`: records of later runs about this one.
   */
  unaccounted(options: {
    readonly received: number
    readonly stored: SeqSet
    readonly onDisk: SeqSet
    readonly storeIsTold: boolean
    readonly later: ReadonlyArray<Gap>
  }): number {
    const { received, storeIsTold, later } = options
    const { quarantined, lost, gone, overflowed, records } = this
    const all = new SeqSet()
    all.addAll(options.stored)
    all.addAll(options.onDisk)
    all.addAll(quarantined)
    all.addAll(lost)
    if (storeIsTold) all.addAll(gone)
    let givenUp = 0
    for (const { cause, count, seqs } of later) {
      givenUp += count ?? 0
      if (cause === "superseded" && seqs !== undefined) all.addRange(seqs[0], seqs[1])
      else if (seqs !== undefined) overflowed.addRange(seqs[0], seqs[1])
    }
    for (const { cause, count } of records.values()) if (cause === "queue_overflow") givenUp += count ?? 0
    // Some numbers of an overflow are stored: as many as it counts must be missing, and none outside of it.
    const byCount = received - all.size - givenUp
    all.addAll(overflowed)
    return Math.max(byCount, received - all.size)
  }

  /** Ticks of the feed that are on the disk, quarantined, or reported as lost or possibly lost. */
  accounted(onDisk: SeqSet | undefined): SeqSet {
    const { quarantined, lost, overflowed } = this
    const all = new SeqSet()
    for (const set of [quarantined, lost, overflowed, onDisk]) if (set !== undefined) all.addAll(set)
    return all
  }
}
