import type { Gap } from "../../kernel/tick/gap.ts"
import { feedNames } from "../world/scale.ts"
import type { GapWitness } from "./gap-witness.ts"
import { SeqSet } from "./seq-set.ts"

/** The sequence of a contract is not checked this long after a tick whose time had fallen. Milliseconds. */
const spoiltMs = 30_000
/** The cover of a closed gap is decided within this time: `gap-cover.ts`. */
const decidedMs = 12_000

/**
 * Ticks that reached one feed's ring in one run, by sequence number from 1 on. `prints` 0: not from the market; below
 * 0: dropped.
 */
interface Brought {
  readonly prints: Array<number>
  readonly atMs: Array<number>
  /** Prints that the ring accepted. */
  readonly taken: SeqSet
  /** Prints that the front did not send on an open session, which no part can detect. */
  readonly unseen: SeqSet
}

/**
 * Follows each print of the market through both feeds of a pair: stored once, in the sequence of its contract, and
 * not missing where a gap is reported as covered. Prints are numbered over all contracts and runs.
 */
export class PrintWitness {
  checks = 0
  private readonly contractOf: Array<number> = [0]
  private readonly lives: Array<ReadonlyArray<Brought>> = []
  private present = new SeqSet()
  private readonly ever = new SeqSet()
  /** By contract: the print that was stored last. */
  private readonly last: Array<number> = []
  /** Not checked behind a tick that the market did not produce. */
  private requestedFromMs = Number.NEGATIVE_INFINITY
  private readonly reordered: () => number
  private readonly complain: (sentence: string) => void

  constructor(options: { readonly reordered: () => number; readonly complain: (sentence: string) => void }) {
    this.reordered = options.reordered
    this.complain = options.complain
  }

  notePrint(print: number, contract: number): void {
    this.contractOf[print] = contract
  }

  /** A tick has arrived at the ring of a feed. */
  noteTick(life: number, feed: number, tick: { print: number; seq: number; isTaken: boolean; atMs: number }): void {
    const { print, isTaken, atMs } = tick
    const of = this.of(life, feed)
    of.prints[tick.seq] = isTaken ? print : -print
    of.atMs[tick.seq] = atMs
    if (print === 0) this.requestedFromMs = atMs + spoiltMs
    else if (isTaken) of.taken.add(print)
  }

  /** A front does not send a print on an open session. */
  noteLost(life: number, feed: number, print: number): void {
    this.of(life, feed).unseen.add(print)
  }

  /** The stream has stored a tick for the first time. */
  noteStored(life: number, feed: number, seq: number, nowMs: number): void {
    const print = this.of(life, feed).prints[seq] ?? 0
    if (print <= 0) return
    this.checks++
    this.ever.add(print)
    if (!this.present.add(print)) {
      this.complain(`print ${print} of the market is stored twice, now as tick ${seq} of ${feedNames[feed]}`)
    }
    const contract = this.contractOf[print] as number
    const last = this.last[contract] ?? 0
    this.last[contract] = print
    if (print > last || nowMs < this.requestedFromMs || this.reordered() > 0) return
    this.complain(`print ${print} of the market is stored behind ${last}, a younger one of its contract`)
  }

  wiped(): void {
    this.present = new SeqSet()
    this.last.length = 0
  }

  /**
   * A run has ended: each print that a ring accepted is stored, or the feed accounts for it. `onDisk`: by feed, in
   * the spool or set aside from it. `excused`: ticks that were in memory when it was killed, or quarantined without
   * their bytes.
   */
  look(
    life: { readonly number: number; readonly gaps: GapWitness },
    onDisk: ReadonlyArray<SeqSet>,
    excused: number
  ): void {
    const reported = new SeqSet()
    for (const feed of feedNames.keys()) {
      const accounted = life.gaps.accounted(feed, onDisk[feed])
      for (const [seq, print] of this.of(life.number, feed).prints.entries()) {
        if (print > 0 && (this.ever.has(print) || accounted.has(seq))) reported.add(print)
      }
    }
    const taken = new SeqSet()
    for (const feed of feedNames.keys()) taken.addAll(this.of(life.number, feed).taken)
    this.checks++
    const missing = taken.size - reported.size
    if (missing <= excused) return
    this.complain(
      `${missing} prints that a feed of life ${life.number} brought are in no store, and no feed accounts for them; ${excused} are excused`
    )
  }

  /**
   * A run has ended: the prints of a gap that is reported as covered were delivered by the other feed, or stored by
   * another run.
   */
  lookAtCovers(life: number, gaps: ReadonlyArray<{ readonly feed: number; readonly gap: Gap }>, endMs: number): void {
    for (const { feed, gap } of gaps) {
      const { coveredBy, fromMs, toMs } = gap
      if (coveredBy === undefined || toMs === undefined || toMs > endMs - decidedMs) continue
      this.checks++
      const other = this.of(life, (feedNames as ReadonlyArray<string>).indexOf(coveredBy))
      const own = this.of(life, feed)
      // Times may have been rounded. Ticks that the market did not produce do not show a feed's progress.
      const isPrint = (seq: number) => (own.prints[seq] ?? 0) !== 0
      const before = own.atMs.findLastIndex((atMs, seq) => atMs <= fromMs + 1 && isPrint(seq))
      const behind = own.atMs.findIndex((atMs, seq) => atMs >= toMs - 1 && isPrint(seq))
      if (before < 1 || behind < 1) continue
      const first = Math.abs(own.prints[before] as number)
      const last = Math.abs(own.prints[behind] as number)
      let missing = 0
      for (let print = first + 1; print < last; print++) {
        const isBrought = own.taken.has(print) || other.taken.has(print) || this.ever.has(print)
        if (!isBrought && !other.unseen.has(print)) missing++
      }
      if (missing > 0) {
        this.complain(
          `gap ${gap.id} is reported as covered by ${coveredBy}, which did not bring ${missing} prints of it`
        )
      }
    }
  }

  private of(life: number, feed: number): Brought {
    this.lives[life] ??= feedNames.map(() => ({ prints: [], atMs: [], taken: new SeqSet(), unseen: new SeqSet() }))
    return this.lives[life]?.[feed] as Brought
  }
}
