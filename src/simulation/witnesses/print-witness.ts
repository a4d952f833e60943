import type { Gap } from "../../kernel/tick/gap.ts"
import { feedNames } from "../world/scale.ts"
import type { GapWitness } from "./gap-witness.ts"
import { SeqSet } from "./seq-set.ts"

/** So long after a tick whose time had fallen the order of a contract is not decided. Milliseconds. */
const spoiltMs = 30_000
/** A closed gap is decided on within this time: `gap-cover.ts`. */
const decidedMs = 12_000

/** What came to the ring of one feed in one life, by sequence number from 1 on. `prints` 0: not of the market; below: no place. */
interface Brought {
  readonly prints: Array<number>
  readonly atMs: Array<number>
  /** Prints that found a place. */
  readonly taken: SeqSet
  /** Prints that its front kept to itself on a session that stood: nobody can know. */
  readonly unseen: SeqSet
}

/**
 * Follows each print of the market through both feeds of a pair: stored once, in the order of its contract, and not
 * missing where a gap is told as covered. Prints are numbered over all contracts and lives.
 */
export class PrintWitness {
  checks = 0
  private readonly contractOf: Array<number> = [0]
  private readonly lives: Array<ReadonlyArray<Brought>> = []
  private present = new SeqSet()
  private readonly ever = new SeqSet()
  /** By contract: the print that was stored last. */
  private readonly last: Array<number> = []
  /** Behind a tick that the market did not make. */
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

  /** A tick has come to the ring of a feed. */
  noteTick(life: number, feed: number, tick: { print: number; seq: number; isTaken: boolean; atMs: number }): void {
    const { print, isTaken, atMs } = tick
    const of = this.of(life, feed)
    of.prints[tick.seq] = isTaken ? print : -print
    of.atMs[tick.seq] = atMs
    if (print === 0) this.requestedFromMs = atMs + spoiltMs
    else if (isTaken) of.taken.add(print)
  }

  /** A front sends nothing of a print, on a session that stands. */
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
   * A life is over: each print that a ring took is stored, or the feed that took it accounts for it. `onDisk`: by feed, in the spool or set aside from it. `excused`: ticks
   * that were in memory when it was killed, or set aside without their bytes.
   */
  look(
    life: { readonly number: number; readonly gaps: GapWitness },
    onDisk: ReadonlyArray<SeqSet>,
    excused: number
  ): void {
    const told = new SeqSet()
    for (const feed of feedNames.keys()) {
      const accounted = life.gaps.accounted(feed, onDisk[feed])
      for (const [seq, print] of this.of(life.number, feed).prints.entries()) {
        if (print > 0 && (this.ever.has(print) || accounted.has(seq))) told.add(print)
      }
    }
    const taken = new SeqSet()
    for (const feed of feedNames.keys()) taken.addAll(this.of(life.number, feed).taken)
    this.checks++
    const missing = taken.size - told.size
    if (missing <= excused) return
    this.complain(
      `${missing} prints that a feed of life ${life.number} brought are in no store, and no feed accounts for them; ${excused} are excused`
    )
  }

  /** A life is over: what a gap says is covered by another feed, that one has brought, or another life has stored. */
  lookAtCovers(life: number, gaps: ReadonlyArray<{ readonly feed: number; readonly gap: Gap }>, endMs: number): void {
    for (const { feed, gap } of gaps) {
      const { coveredBy, fromMs, toMs } = gap
      if (coveredBy === undefined || toMs === undefined || toMs > endMs - decidedMs) continue
      this.checks++
      const other = this.of(life, (feedNames as ReadonlyArray<string>).indexOf(coveredBy))
      const own = this.of(life, feed)
      // Times are rounded on their way; what the market did not make says nothing of where a feed stood.
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
        this.complain(`gap ${gap.id} is told as covered by ${coveredBy}, which did not bring ${missing} prints of it`)
      }
    }
  }

  private of(life: number, feed: number): Brought {
    this.lives[life] ??= feedNames.map(() => ({ prints: [], atMs: [], taken: new SeqSet(), unseen: new SeqSet() }))
    return this.lives[life]?.[feed] as Brought
  }
}
