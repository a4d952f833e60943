import type { Gap } from "../kernel/tick/gap.ts"
import type { FeedLedger, TickLedger } from "../market/application/intake/ledger.ts"
import type { ProcessRun } from "./process-run.ts"
import type { PrintWitness } from "./witnesses/print-witness.ts"
import { SeqSet } from "./witnesses/seq-set.ts"
import type { StoredTicks } from "./witnesses/stored-ticks.ts"
import { feedNames } from "./world/scale.ts"

/** By run and feed. */
type OnDisk = ReadonlyArray<ReadonlyArray<SeqSet>>

const none = new SeqSet()

/** What is known of a run after its end. */
interface EndedRun {
  readonly life: Pick<ProcessRun, "number" | "gaps">
  readonly feedIntegrity: ReadonlyArray<FeedLedger>
  /**
   * By feed: ticks that were only in memory when the process was killed, and those of them that were not reported
   * yet.
   */
  readonly inMemory: ReadonlyArray<number>
  /** What the disk held of this run at its end, after the effect of a power loss. */
  readonly left: ReadonlyArray<SeqSet>
  /**
   * By feed: how many of those had been stored by then. A later run that drops them before it reads the stream counts
   * them too.
   */
  readonly storedBefore: ReadonlyArray<number>
  readonly endMs: number
}

/** Follows what ended runs have left: each tick on the disk is stored by a later run, or reported as dropped. */
export class EndedRuns {
  checks = 0
  restarts = 0
  ticks = 0
  reordered = 0
  /** When the last of them ended, epoch milliseconds; undefined: none has. */
  lastMs: number | undefined
  readonly gapIds = new Set<string>()
  private readonly ended: Array<EndedRun> = []
  /** Last records about what earlier runs left, by run and feed. */
  private readonly later = new Map<string, Map<string, Gap>>()
  private readonly stored: StoredTicks
  private readonly prints: PrintWitness | undefined
  private readonly complain: (sentence: string) => void

  constructor(
    stored: StoredTicks,
    complain: (sentence: string) => void,
    /** With a pair of feeds only. */
    prints?: PrintWitness
  ) {
    this.stored = stored
    this.prints = prints
    this.complain = complain
  }

  get ledgers(): ReadonlyArray<ReadonlyArray<FeedLedger>> {
    return this.ended.map(({ feedIntegrity }) => feedIntegrity)
  }

  noteEarlierGap(life: number, feed: number, gap: Gap): void {
    const key = `${life} ${feed}`
    const records = this.later.get(key) ?? new Map<string, Gap>()
    this.later.set(key, records.set(gap.id, gap))
  }

  /** A run has ended. `wasKilled`: ticks that were only in memory are lost. */
  end(life: ProcessRun, onDisk: OnDisk, wasKilled: boolean): void {
    const { number, ledgers, gaps } = life
    gaps.end()
    for (const id of gaps.ids()) this.gapIds.add(id)
    const feedIntegrity = ledgers.map((ledger) => ledger.snapshot())
    const left = onDisk[number] ?? []
    const inMemory = feedIntegrity.map(({ inFlightTotal }, feed) => {
      if (!wasKilled) return 0
      const { ever } = this.stored.of(number)
      // A growing gap is reported once a second, so drops since then are lost with the process. Drops of the ring
      // become known as a hole when the next tick is read.
      const ledger = ledgers[feed] as TickLedger
      const unread = Math.max(0, ledger.droppedByRing() - ledger.holes)
      const untold = Math.max(0, ledger.missing(false) + unread - gaps.counts(feed).lost)
      return untold + Math.max(0, inFlightTotal - missingIn(left[feed] ?? none, ever[feed] as SeqSet))
    })
    const { ever } = this.stored.of(number)
    const storedBefore = feedIntegrity.map((_, feed) => {
      const of = left[feed] ?? none
      return of.size - missingIn(of, ever[feed] as SeqSet)
    })
    this.ended.push({ life: { number, gaps }, feedIntegrity, inMemory, left, storedBefore, endMs: life.time.nowMs })
    this.ticks += feedIntegrity.reduce((sum, { received }) => sum + received, 0)
    this.checks += checksOf(life)
    this.restarts += life.restarts.restarts
    this.reordered += life.publisher().reordered
  }

  /** Ticks of the spools are stored, still on the disk, or reported. `isDrained`: nothing may be left on the disk. */
  look(onDisk: OnDisk, isDrained: boolean): void {
    for (const { life, feedIntegrity, inMemory, left, storedBefore, endMs } of this.ended) {
      this.lookAtPrints(life, onDisk, endMs, feedIntegrity, inMemory)
      const { ever } = this.stored.of(life.number)
      for (const [feed, integrity] of feedIntegrity.entries()) {
        const name = `${feedNames[feed]} of life ${life.number}`
        const later = [...(this.later.get(`${life.number} ${feed}`)?.values() ?? [])]
        const reported = later.reduce((sum, { count }) => sum + (count ?? 0), 0)
        const disk = onDisk[life.number]?.[feed] ?? none
        this.checks += 2
        const missing = missingIn(left[feed] ?? none, ever[feed] as SeqSet, asideOf(later), isDrained ? none : disk)
        const isReportedTooOften = isDrained && reported > missing + (storedBefore[feed] as number)
        if (missing > reported || isReportedTooOften) {
          this.complain(
            `${missing} ticks of ${name} were on its disk and are in no store, gap records report ${reported}`
          )
        }
        const unaccounted = life.gaps.unaccounted({
          feed,
          received: integrity.received,
          stored: ever[feed] as SeqSet,
          onDisk: disk,
          storeIsTold: false,
          later
        })
        const excused = integrity.duplicate + (inMemory[feed] as number) + life.gaps.aside(feed, integrity)
        if (unaccounted <= excused) continue
        this.complain(
          `${unaccounted} ticks of ${name} are in no store, not on its disk, not set aside and in no gap record; ${integrity.duplicate} were repetitions and ${inMemory[feed]} in memory when it was killed`
        )
      }
    }
  }

  /** With a pair: ticks that no feed of a run accounts for, and gaps that it reported as covered. */
  private lookAtPrints(
    life: EndedRun["life"],
    onDisk: OnDisk,
    endMs: number,
    feedIntegrity: EndedRun["feedIntegrity"],
    inMemory: EndedRun["inMemory"]
  ): void {
    const { prints } = this
    if (prints === undefined) return
    const later = feedIntegrity.map((_, feed) => [...(this.later.get(`${life.number} ${feed}`)?.values() ?? [])])
    const excused = feedIntegrity.reduce(
      (sum, integrity, feed) => sum + (inMemory[feed] as number) + life.gaps.aside(feed, integrity),
      later.flat().reduce((sum, { count }) => sum + (count ?? 0), 0)
    )
    const kept = later.map((gaps, feed) => {
      const seqs = asideOf(gaps)
      seqs.addAll(onDisk[life.number]?.[feed] ?? none)
      return seqs
    })
    prints.look(life, kept, excused)
    const gaps = feedIntegrity.flatMap((_, feed) => life.gaps.records(feed).map((gap) => ({ feed, gap })))
    prints.lookAtCovers(life.number, gaps, endMs)
  }
}

/** Ticks in spool files that were set aside: a rival had stored younger ticks. */
const asideOf = (later: ReadonlyArray<Gap>): SeqSet => {
  const aside = new SeqSet()
  for (const { cause, seqs } of later) {
    if (cause === "superseded" && seqs !== undefined) aside.addRange(seqs[0], seqs[1])
  }
  return aside
}

/** Number of these that are in neither of the others. */
const missingIn = (set: SeqSet, ...others: ReadonlyArray<SeqSet>): number => {
  const found = new SeqSet()
  for (const other of others) found.addAll(other)
  const before = found.size
  found.addAll(set)
  return found.size - before
}

/** Number of checks by the witnesses of a run. */
const checksOf = ({ restarts, gaps, silence, overflow, sessions, pair }: ProcessRun): number =>
  (pair?.switches.checks ?? 0) +
  restarts.checks +
  gaps.checks +
  silence.checks +
  overflow.checks +
  sessions.reduce((sum, session) => sum + session.checks, 0)
