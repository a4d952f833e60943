import { type Law, laws } from "../../../kernel/tick/law.ts"

/** Why a tick was quarantined. Encoded as a number, because it is decided for each tick. */
export const quarantineReasons: ReadonlyArray<QuarantineReason> = [
  "none",
  "unknown_instrument",
  "no_exchange_time",
  "exception",
  "unwritable",
  "late",
  ...laws
]
export type QuarantineReason =
  | "none"
  | "unknown_instrument"
  | "no_exchange_time"
  | "exception"
  | "unwritable"
  | "late"
  | Law

/** Index of the reason for law 0. Add the index of a law to it. */
export const firstLawReason = quarantineReasons.indexOf(laws[0])

/** Index of the reason for a step that threw. */
export const exceptionReason = quarantineReasons.indexOf("exception")

/** Index of the reason for a valid tick that the message writer refused. */
export const unwritableReason = quarantineReasons.indexOf("unwritable")

/** Index of the reason for a tick that other feeds lost and that arrived after newer ones were published. */
export const lateReason = quarantineReasons.indexOf("late")

/** Arbitration quarantines ticks that are valid and normalised: their records name the instrument by its index. */
export const isArbitrated = (reason: number): boolean => reason === lateReason

/** Places where a tick is lost. Each has a counter, a metric and a line in the report. */
export const dropPlaces = ["ring", "shutdown", "overflow"] as const
type DropPlace = (typeof dropPlaces)[number]

/** Counts of the ring's producer. Read `dropped` before `received` (docs/reference/ring.md). */
export interface RingCounts {
  readonly received: number
  readonly dropped: number
  readonly empty: boolean
}

/**
 * The ledger of one feed at one moment, in ticks.
 * Law: `received = published + duplicate + quarantined + conflated + dropped + inFlight + spooled`. `inFlight` is
 * measured in ring, queue and publisher and not derived from the other columns. `inFlight.publisher` includes the
 * publisher's spool while the daemon runs.
 */
export interface FeedLedger {
  readonly feed: string
  readonly received: number
  readonly published: number
  /** Ticks that repeated their predecessor in every field, or that another feed had delivered before. */
  readonly duplicate: number
  readonly quarantined: Readonly<Partial<Record<QuarantineReason, number>>>
  readonly quarantinedTotal: number
  /** Ticks replaced by a newer one of their instrument while the queue was full. */
  readonly conflated: number
  readonly dropped: Readonly<Partial<Record<DropPlace, number>>>
  readonly droppedTotal: number
  /** Left in the spool on disk at a stop. The next start stores them. */
  readonly spooled: number
  readonly inFlight: { readonly ring: number; readonly queue: number; readonly publisher: number }
  readonly inFlightTotal: number
  /** Published ticks by the law that flagged them. */
  readonly flagged: Readonly<Partial<Record<Law, number>>>
  /**
   * Published ticks outside the trading calendar, and those whose day differs from their ActionDay. Not part of the
   * law.
   */
  readonly beyondCalendar: number
  readonly timeRepaired: number
  /** Exchange time minus this host's clock, measured on ticks, milliseconds; 0: they agree. */
  readonly clockOffsetMs: number
  /** Caught exceptions by the step that threw. */
  readonly exceptions: Readonly<Record<"judge" | "integrity" | "write", number>>
  readonly balanced: boolean
}

/**
 * Ticks that the store has acknowledged since it was created: number, first, last, and receive times in epoch
 * milliseconds.
 */
export interface KeptInStore {
  count: number
  readonly firstSeq: number
  lastSeq: number
  readonly firstMs: number
  lastMs: number
}

const nothingKept: KeptInStore = { count: 0, firstSeq: 0, lastSeq: 0, firstMs: 0, lastMs: 0 }

/** Counts of one feed, kept at the boundaries of the stages. Hot-path code adds to the fields directly. */
export class TickLedger {
  readonly feed: string
  private readonly ring: () => RingCounts
  /** Ticks read from the ring, and holes in their sequence numbers: ticks that the ring dropped before them. */
  delivered = 0
  lastSeq = 0
  holes = 0
  /** Stored and acknowledged. */
  published = 0
  duplicate = 0
  conflated = 0
  /**
   * Published ticks that a law flagged, by index in `laws`. Not part of the law above: a tick may have several flags.
   */
  readonly flagged: Array<number> = laws.map(() => 0)
  /** Counted by the normaliser, see its `TimeCounts`. */
  beyondCalendar = 0
  timeRepaired = 0
  clockOffsetMs = 0
  readonly quarantined: Array<number> = quarantineReasons.map(() => 0)
  /** Caught exceptions by the step that threw: checking a tick, recording it, writing its message. */
  readonly exceptions = { judge: 0, integrity: 0, write: 0 }
  droppedAtShutdown = 0
  /** Dropped by the queue's policy `drop-oldest`, by the spool, or while another daemon wrote the stream. */
  droppedByOverflow = 0
  /** Accepted by the queue and not yet sent to the publisher. */
  queued = 0
  /** Sent to the publisher and not yet stored. */
  retained = 0
  /** Left in the spool at a stop. */
  spooled = 0

  constructor(feed: string, ring: () => RingCounts) {
    this.feed = feed
    this.ring = ring
  }

  /** Part of `droppedAtShutdown`: ticks that the publisher still holds, and may store when the line starts again. */
  private abandoned = 0
  /** Ticks that were reported as lost and stored after all. */
  recovered = 0
  /** Youngest acknowledged tick. */
  lastStoredSeq = 0
  private kept = nothingKept

  /** A tick is stored and acknowledged. If it was given up before, it is no longer a loss. */
  stored(seq: number, nowMs: number): void {
    if (this.abandoned > 0) {
      this.abandoned--
      this.droppedAtShutdown--
      this.recovered++
    } else if (this.spooled > 0) this.spooled--
    else this.retained--
    this.published++
    this.lastStoredSeq = seq
    if (this.kept.count === 0) this.kept = { count: 0, firstSeq: seq, lastSeq: seq, firstMs: nowMs, lastMs: nowMs }
    const { kept } = this
    kept.count++
    kept.lastSeq = seq
    kept.lastMs = nowMs
  }

  /** What the present store has acknowledged. */
  get keptInStore(): KeptInStore {
    return this.kept
  }

  /** The store returned without its youngest `count` acknowledged ticks. Returns what it had. */
  storeLost(count: number): KeptInStore {
    const had = { ...this.kept }
    this.kept = count >= had.count ? nothingKept : { ...had, count: had.count - count }
    return had
  }

  /** The publisher gave up ticks of this run: its spool was full or damaged, or another writer has stored them. */
  giveUpRetained(count: number): void {
    this.retained -= count
    this.droppedByOverflow += count
  }

  /** Counts what the publisher has not stored as left in its spool, after it was made safe there. */
  leaveSpooled(): void {
    this.spooled += this.retained
    this.retained = 0
  }

  /**
   * Counts the content of queue and publisher as dropped. The caller has emptied the queue; the publisher keeps its
   * ticks.
   */
  abandonAccepted(): void {
    this.droppedAtShutdown += this.queued + this.retained
    this.abandoned += this.retained
    this.queued = 0
    this.retained = 0
  }

  /** Ticks that the feed delivered and that are in no message now, or that will be in none if the run ends here. */
  missing(endsHere: boolean): number {
    const givenUp = this.droppedByOverflow + this.conflated
    if (!endsHere) return this.holes + this.droppedAtShutdown + this.recovered + givenUp
    const { droppedTotal, conflated, inFlightTotal } = this.snapshot()
    return droppedTotal + this.recovered + conflated + inFlightTotal
  }

  /** Ticks that wait in the ring. */
  unread(): number {
    const { received, dropped } = this.ring()
    return Math.max(0, received - dropped - this.delivered)
  }

  /** Ticks that the ring dropped because it was full. */
  droppedByRing(): number {
    return this.ring().dropped
  }

  /**
   * Counts the ticks still in the ring as dropped. Only for the end of the daemon: the ring must not be read
   * afterwards.
   */
  abandonRing(): void {
    const { ring } = this.snapshot().inFlight
    this.delivered += ring
    this.droppedAtShutdown += ring
  }

  snapshot(): FeedLedger {
    const counted = this.ring()
    // The producer counts a tick after it published its slot, so a tick that was just read may not be counted yet.
    const ring = { ...counted, received: Math.max(counted.received, this.lastSeq) }
    const quarantinedTotal = this.quarantined.reduce((sum, count) => sum + count, 0)
    const droppedTotal = ring.dropped + this.droppedAtShutdown + this.droppedByOverflow
    const inRing = ring.received - ring.dropped - this.delivered
    const inFlightTotal = inRing + this.queued + this.retained
    // Holes behind the last delivered tick are ticks dropped since. The sum must equal the producer's count.
    const holesReported = this.holes + (ring.received - this.lastSeq)
    return {
      feed: this.feed,
      received: ring.received,
      published: this.published,
      duplicate: this.duplicate,
      quarantined: named(quarantineReasons, this.quarantined),
      quarantinedTotal,
      conflated: this.conflated,
      dropped: named(dropPlaces, [ring.dropped, this.droppedAtShutdown, this.droppedByOverflow]),
      droppedTotal,
      spooled: this.spooled,
      inFlight: { ring: inRing, queue: this.queued, publisher: this.retained },
      inFlightTotal,
      flagged: named(laws, this.flagged),
      beyondCalendar: this.beyondCalendar,
      timeRepaired: this.timeRepaired,
      clockOffsetMs: Math.round(this.clockOffsetMs),
      exceptions: { ...this.exceptions },
      balanced:
        ring.received ===
          this.published +
            this.duplicate +
            quarantinedTotal +
            this.conflated +
            droppedTotal +
            inFlightTotal +
            this.spooled &&
        inRing >= 0 &&
        (!ring.empty || (inRing === 0 && holesReported === ring.dropped))
    }
  }
}

const named = <Name extends string>(names: ReadonlyArray<Name>, counts: ReadonlyArray<number>) => {
  const found: Partial<Record<Name, number>> = {}
  for (const [index, name] of names.entries()) {
    const count = counts[index] ?? 0
    if (count > 0) found[name] = count
  }
  return found
}
