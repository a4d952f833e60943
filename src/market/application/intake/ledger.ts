import { type Law, laws } from "../../../kernel/tick/law.ts"

/** Why a tick was set aside instead of published. A number, since it is decided once a tick. */
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

/** Position of the reason for law 0: the position of another law is added to it. */
export const firstLawReason = quarantineReasons.indexOf(laws[0])

/** Position of the reason for a step that threw. */
export const exceptionReason = quarantineReasons.indexOf("exception")

/** Position of the reason for a sound tick that the message writer refused. */
export const unwritableReason = quarantineReasons.indexOf("unwritable")

/** Position of the reason for a tick that other feeds lost, and that came when newer ones were published already. */
export const lateReason = quarantineReasons.indexOf("late")

/** Arbitration sets ticks aside that are sound and normalised already: their records name the instrument by its index. */
export const isArbitrated = (reason: number): boolean => reason === lateReason

/** Where a tick was lost. Each has a counter, a metric and a line in the report. */
export const dropPlaces = ["ring", "shutdown", "overflow"] as const
type DropPlace = (typeof dropPlaces)[number]

/** What the producer's side of the ring says, read `dropped` before `received` (docs/reference/ring.md). */
export interface RingCounts {
  readonly received: number
  readonly dropped: number
  readonly empty: boolean
}

/**
 * The integrity of one feed at one moment, in ticks.
 * Law: `received = published + duplicate + quarantined + conflated + dropped + inFlight + spooled`, where `inFlight` is
 * measured where the ticks are (ring, queue, publisher) and not derived from the other columns. `inFlight.publisher`
 * includes what the publisher keeps in its spool while the daemon runs.
 */
export interface FeedLedger {
  readonly feed: string
  readonly received: number
  readonly published: number
  /** Ticks that repeated their predecessor in every field, or that another feed had delivered before. */
  readonly duplicate: number
  readonly quarantined: Readonly<Partial<Record<QuarantineReason, number>>>
  readonly quarantinedTotal: number
  /** Ticks that gave way to a newer one of their instrument while the line was behind. */
  readonly conflated: number
  readonly dropped: Readonly<Partial<Record<DropPlace, number>>>
  readonly droppedTotal: number
  /** Left in the spool on disk at a stop, for the next start to store. */
  readonly spooled: number
  readonly inFlight: { readonly ring: number; readonly queue: number; readonly publisher: number }
  readonly inFlightTotal: number
  /** Published ticks by the law that flags them. */
  readonly flagged: Readonly<Partial<Record<Law, number>>>
  /** Published ticks outside the trading calendar, and with another day than their ActionDay. No columns either. */
  readonly beyondCalendar: number
  readonly timeRepaired: number
  /** Exchange time minus this host's clock where ticks show it, milliseconds; 0: they agree. */
  readonly clockOffsetMs: number
  /** Exceptions that were caught, by what threw. */
  readonly exceptions: Readonly<Record<"judge" | "integrity" | "write", number>>
  readonly balanced: boolean
}

/** Ticks that a store has acknowledged since it was new: how many, the first and the last, and when. Epoch milliseconds. */
export interface KeptInStore {
  count: number
  readonly firstSeq: number
  lastSeq: number
  readonly firstMs: number
  lastMs: number
}

const nothingKept: KeptInStore = { count: 0, firstSeq: 0, lastSeq: 0, firstMs: 0, lastMs: 0 }

/** Counts of one feed, kept at the boundaries of the stages; hot-path code adds to the fields directly. */
export class TickLedger {
  readonly feed: string
  private readonly ring: () => RingCounts
  /** Ticks read from the ring, and holes in their sequence numbers = ticks that the ring dropped before them. */
  delivered = 0
  lastSeq = 0
  holes = 0
  /** Stored and acknowledged. */
  published = 0
  duplicate = 0
  conflated = 0
  /** Published ticks that a law flagged, by position in `laws`: no column of the integrity, a tick may have several. */
  readonly flagged: Array<number> = laws.map(() => 0)
  /** Counted by the normaliser, see its `TimeCounts`. */
  beyondCalendar = 0
  timeRepaired = 0
  clockOffsetMs = 0
  readonly quarantined: Array<number> = quarantineReasons.map(() => 0)
  /** Exceptions that were caught, by what threw: judging a tick, what is kept about it, writing its message. No column. */
  readonly exceptions = { judge: 0, integrity: 0, write: 0 }
  droppedAtShutdown = 0
  /** Given up by the queue's policy `drop-oldest`, by the spool, or while another daemon wrote the stream. */
  droppedByOverflow = 0
  /** Accepted by the queue and not yet handed to the publisher. */
  queued = 0
  /** Handed to the publisher and not yet stored. */
  retained = 0
  /** Left in the spool at a stop. */
  spooled = 0

  constructor(feed: string, ring: () => RingCounts) {
    this.feed = feed
    this.ring = ring
  }

  /** Of `droppedAtShutdown`: ticks that the publisher still holds, and may yet store when the line comes back. */
  private abandoned = 0
  /** Ticks that were given up, told as lost, and stored after all. */
  recovered = 0
  /** Youngest tick that was ever acknowledged. */
  lastStoredSeq = 0
  private kept = nothingKept

  /** A tick is stored and acknowledged. One that was given up before, the oldest, is no loss after all. */
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

  /** The store came back without `count` of what it had acknowledged, the youngest. Returns what it had. */
  storeLost(count: number): KeptInStore {
    const had = { ...this.kept }
    this.kept = count >= had.count ? nothingKept : { ...had, count: had.count - count }
    return had
  }

  /** The publisher gave up ticks of this run: by the bound or a damage of its spool, or because another writer has stored them. */
  giveUpRetained(count: number): void {
    this.retained -= count
    this.droppedByOverflow += count
  }

  /** Counts what the publisher has not stored as left in its spool, where it was made safe. */
  leaveSpooled(): void {
    this.spooled += this.retained
    this.retained = 0
  }

  /** Counts what is in queue and publisher as dropped. The caller has emptied the queue; the publisher keeps what it has. */
  abandonAccepted(): void {
    this.droppedAtShutdown += this.queued + this.retained
    this.abandoned += this.retained
    this.queued = 0
    this.retained = 0
  }

  /** Ticks that came out of the feed and are in no message by now, or will be in none when everything ends here. */
  missing(endsHere: boolean): number {
    const givenUp = this.droppedByOverflow + this.conflated
    if (!endsHere) return this.holes + this.droppedAtShutdown + this.recovered + givenUp
    const { droppedTotal, conflated, inFlightTotal } = this.snapshot()
    return droppedTotal + this.recovered + conflated + inFlightTotal
  }

  /** Ticks that wait in the ring: what the feed brought and nobody has read. */
  unread(): number {
    const { received, dropped } = this.ring()
    return Math.max(0, received - dropped - this.delivered)
  }

  /** Ticks that the feed brought and the ring had no room for. */
  droppedByRing(): number {
    return this.ring().dropped
  }

  /** Counts what still lies in the ring as dropped. For the end of the daemon only: nobody may read the ring afterwards. */
  abandonRing(): void {
    const { ring } = this.snapshot().inFlight
    this.delivered += ring
    this.droppedAtShutdown += ring
  }

  snapshot(): FeedLedger {
    const counted = this.ring()
    // The producer counts a tick after it published its slot: one that was just read may not be counted yet.
    const ring = { ...counted, received: Math.max(counted.received, this.lastSeq) }
    const quarantinedTotal = this.quarantined.reduce((sum, count) => sum + count, 0)
    const droppedTotal = ring.dropped + this.droppedAtShutdown + this.droppedByOverflow
    const inRing = ring.received - ring.dropped - this.delivered
    const inFlightTotal = inRing + this.queued + this.retained
    // Holes behind the last delivered tick are ticks dropped since: together they must be what the producer counted.
    const holesTold = this.holes + (ring.received - this.lastSeq)
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
        (!ring.empty || (inRing === 0 && holesTold === ring.dropped))
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
