import type { Gap } from "../../kernel/tick/gap.ts"
import type { FeedLedger } from "../../market/application/intake/ledger.ts"
import { Outbox } from "../../market/application/publish/outbox.ts"
import type { IntegrityEvent } from "../../market/ports/integrity-publisher.ts"
import { FeedGaps } from "./feed-gaps.ts"
import type { SeqSet } from "./seq-set.ts"

/** Events that wait while the broker is away, as in the daemon. */
const outboxEvents = 20_000
/** A growing record is written once a second, and some time passes before the check. */
const givenUpMs = 2500

/** Key of one report of a gap: a running overflow is reported again with each growth of its count. */
const keyOf = (gap: Pick<Gap, "id" | "state" | "cause" | "count" | "coveredBy">): string => {
  const { id, state, cause, count, coveredBy } = gap
  if (cause === "queue_overflow" && state === "open") return `${id} ${state} ${count}`
  return coveredBy === undefined ? `${id} ${state}` : `${id} ${state} covered by ${coveredBy}`
}

const isStopGap = ({ id }: Gap): boolean => id.endsWith("-stop")

/** Every record is true and unique: all events of the integrity pass here on their way out. */
export class GapWitness {
  /** Passed to the integrity instead of its own outbox. */
  readonly outbox: Outbox
  checks = 0
  /** Set by `end`: an ended process reports nothing any more. */
  private hasEnded = false
  private readonly startMs: number
  private readonly isTaken: (id: string) => boolean
  private readonly isReportingNow: (atMs: number) => boolean
  private readonly earlier = new Map<string, Gap>()
  private readonly onEarlier: (feed: number, gap: Gap) => void
  private readonly feeds: ReadonlyArray<string>
  private readonly of: ReadonlyArray<FeedGaps>
  /** Reports of each gap, and those stored in the present store: the cover of a gap may change, and change back. */
  private readonly reported = new Map<string, number>()
  private readonly stored = new Map<string, number>()
  private readonly storedEver = new Set<string>()
  private readonly complain: (sentence: string) => void
  private readonly onGap: (feed: number, gap: Gap) => void
  private readonly onCover: (gap: Gap) => void

  constructor(options: {
    readonly feeds: ReadonlyArray<string>
    readonly complain: (sentence: string) => void
    readonly onGap: (feed: number, gap: Gap) => void
    /** The cover of a gap changed. */
    readonly onCover: (gap: Gap) => void
    /** Begin of this run. */
    readonly startMs: number
    /** Ids of gaps that other runs have reported: all of them are in one stream. */
    readonly isTaken: (id: string) => boolean
    /** Called with gaps in what an earlier run left in the spool. */
    readonly onEarlier: (feed: number, gap: Gap) => void
    /** The integrity of this run has been running for a while. */
    readonly isReportingNow: (atMs: number) => boolean
  }) {
    this.isReportingNow = options.isReportingNow
    this.startMs = options.startMs
    this.isTaken = options.isTaken
    this.onEarlier = options.onEarlier
    this.feeds = options.feeds
    this.complain = options.complain
    this.onGap = options.onGap
    this.onCover = options.onCover
    this.of = options.feeds.map(() => new FeedGaps())
    const note = (event: IntegrityEvent) => this.note(event)
    this.outbox = new (class extends Outbox {
      override offer(event: IntegrityEvent): boolean {
        note(event)
        return super.offer(event)
      }
    })(outboxEvents)
  }

  end(): void {
    this.hasEnded = true
  }

  /** The ring dropped this tick. */
  droppedByRing(feed: number, seq: number): void {
    this.feed(feed).dropped.add(seq)
  }

  /** The integrity stream has stored a message. */
  noteStored(subject: string, payload: string | Uint8Array): void {
    if (!subject.startsWith("md.gap.")) return
    const text = typeof payload === "string" ? payload : new TextDecoder().decode(payload)
    const message = JSON.parse(text) as Pick<Gap, "id" | "state" | "cause" | "count"> & { readonly covered_by?: string }
    const key = keyOf({ ...message, coveredBy: message.covered_by })
    this.checks++
    const times = this.stored.get(key) ?? 0
    const reported = this.reported.get(key) ?? 0
    if (reported === 0) this.complain(`the stream holds a gap record that was never reported: ${key}`)
    else if (times >= reported) this.complain(`a gap record is stored twice: ${key}`)
    this.stored.set(key, times + 1)
    this.storedEver.add(key)
  }

  /** Begin of a reported time without a daemon before this run; undefined: not reported. */
  downSince(feed: number): number | undefined {
    return [...this.feed(feed).records.values()].find(({ cause }) => cause === "daemon_down")?.fromMs
  }

  wiped(): void {
    this.stored.clear()
  }

  /** Sequence numbers in holes that were reported while the daemon ran. */
  holesReported(feed: number): number {
    return this.feed(feed).holes
  }

  /** Drops of line or spool must soon be in a record. Only a kill loses drops since the last one. */
  lookAtGivenUp(feed: number, givenUp: number, nowMs: number): void {
    const of = this.feed(feed)
    const now = { count: givenUp, atMs: nowMs }
    if (!this.isReportingNow(nowMs)) of.givenUp = undefined
    else if (of.givenUp === undefined) of.givenUp = now
    else if (nowMs - of.givenUp.atMs >= givenUpMs) {
      this.checks++
      const reported = of.givenUpTold()
      const { count, atMs } = of.givenUp
      if (count > reported) {
        this.complain(
          `${count} ticks of ${this.feeds[feed]} were given up until ${atMs}, gap records report ${reported}`
        )
      }
      of.givenUp = now
    }
  }

  /** Ticks reported as certainly lost, except those of lost stores, and those of lost stores. */
  counts(feed: number): ReturnType<FeedGaps["counts"]> {
    return this.feed(feed).counts()
  }

  /** A record reports that ticks of this moment are missing, or may be. */
  tells(feed: number, atMs: number): boolean {
    return this.feed(feed).tells(atMs)
  }

  unaccounted({ feed, ...options }: { readonly feed: number } & Parameters<FeedGaps["unaccounted"]>[0]): number {
    return this.feed(feed).unaccounted(options)
  }

  /** Ticks of a feed that are on the disk, quarantined, or reported as lost or possibly lost. */
  accounted(feed: number, onDisk: SeqSet | undefined): SeqSet {
    return this.feed(feed).accounted(onDisk)
  }

  /** Quarantined ticks without their bytes: the bytes of late ones are limited in number a second. */
  aside(feed: number, { quarantinedTotal }: Pick<FeedLedger, "quarantinedTotal">): number {
    return Math.max(0, quarantinedTotal - this.feed(feed).quarantined.size)
  }

  /** The last records of a feed's gaps that a store has held: a fenced daemon cannot report a correction. */
  records(feed: number): ReadonlyArray<Gap> {
    return [...this.feed(feed).records.values()].filter((gap) => this.storedEver.has(keyOf(gap)))
  }

  /** Ids of all reported gaps. */
  ids(): ReadonlyArray<string> {
    return [...this.earlier.keys(), ...this.of.flatMap(({ records }) => [...records.keys()])]
  }

  /**
   * Gaps whose last record was never stored. Call it when nothing waits, because a waiting record is replaced by the
   * next.
   */
  untold(): ReadonlyArray<string> {
    return this.of.flatMap(({ records }) => [...records.values()].map(keyOf).filter((key) => !this.storedEver.has(key)))
  }

  private feed(feed: number): FeedGaps {
    return this.of[feed] as FeedGaps
  }

  private note(event: IntegrityEvent): void {
    if (this.hasEnded) return
    if (event.type === "quarantined") {
      this.feed(this.feeds.indexOf(event.tick.feed)).quarantined.add(event.tick.seq)
    } else if (event.type === "gap") this.noteGap(this.feeds.indexOf(event.gap.feed), event.gap)
  }

  /** An overflow only grows, and its numbers are at least as many as its ticks. */
  private checkGrowth(before: Gap | undefined, { id, cause, count, seqs }: Gap): void {
    if (cause !== "queue_overflow") return
    const [first, last] = seqs ?? [1, 0]
    if ((count ?? 0) < (before?.count ?? 1) || last - first + 1 < (count ?? 0)) {
      this.complain(`gap ${id} reports ${count} ticks as ${first} to ${last}, and ${before?.count ?? 0} before`)
    }
  }

  private noteGap(at: number, gap: Gap): void {
    const of = this.feed(at)
    const key = keyOf(gap)
    const { seqs } = gap
    this.checks++
    const isOfSpool = gap.cause === "queue_overflow" || gap.cause === "superseded"
    const isEarlier = isOfSpool && gap.fromMs < this.startMs - 1
    const records = isEarlier ? this.earlier : of.records
    const before = records.get(gap.id)
    const times = this.reported.get(key) ?? 0
    if (times > 0 && (before === undefined || before.coveredBy === gap.coveredBy)) {
      this.complain(`a gap is reported twice: ${key}`)
    }
    // Two runs with the same last tick report the same time.
    if (gap.cause !== "daemon_down" && this.isTaken(gap.id))
      this.complain(`gap ${gap.id} has the id of another one, which an earlier run reported`)
    this.reported.set(key, times + 1)
    this.checkGrowth(before, gap)
    records.set(gap.id, gap)
    // Reported before, and only its cover has changed.
    if (before?.state === gap.state && before.coveredBy !== gap.coveredBy) return this.onCover(gap)
    this.onGap(at, gap)
    if (isEarlier) return this.onEarlier(at, gap)
    if (seqs === undefined) return
    const [first, last] = seqs
    if (gap.cause === "store_lost") return of.gone.addRange(first, last)
    if (gap.cause === "queue_overflow") return of.overflowed.addRange(first, last)
    of.lost.addRange(first, last)
    const isHole = !isStopGap(gap) && (gap.cause === "ring_overrun" || gap.cause === "broker_outage")
    if (!isHole) return
    of.holes += last - first + 1
    if (gap.count !== last - first + 1) this.complain(`a gap reports ${gap.count} ticks as ${first} to ${last}`)
    for (let seq = first; seq <= last; seq++) {
      if (of.dropped.has(seq)) continue
      this.complain(`a false alarm: tick ${seq} of ${gap.feed} is reported as lost, and the ring did not drop it`)
      return
    }
  }
}
