import type { GapMessage } from "../protocol/market/gap-fields.ts"
import type { TickNotice } from "./notice.ts"

/**
 * What was lost or came twice while a reader measured. Every value counts ticks, except the three that end in `Gaps`,
 * `Resets` and `Outages`.
 */
export interface StreamLosses {
  /** Sequence numbers of a feed that are in no message: also ticks that the daemon suppressed or quarantined. */
  readonly missingNumbers: number
  /** Certainly lost, by the gap records of the daemon, without those that another feed covered. */
  readonly lost: number
  /** Gap records of the run that nothing covered and whose number of ticks is unknown. */
  readonly unknownGaps: number
  /** Stored twice. */
  readonly repeated: number
  /** Removed by the stream before they were read. */
  readonly expired: number
  /** The stream was made anew or lost its end. */
  readonly streamResets: number
  /** Lost connections between this reader and NATS. */
  readonly readerOutages: number
}

/** Sums up the notices of the reader from `beganMs` on; the clocks of the gap records are those of the daemon. */
export class LossTable {
  private readonly records = new Map<string, GapMessage>()
  private missingNumbers = 0
  private repeated = 0
  private expired = 0
  private streamResets = 0
  private readerOutages = 0
  private readonly beganMs: number

  constructor(beganMs: number) {
    this.beganMs = beganMs
  }

  add(notice: TickNotice): void {
    switch (notice.type) {
      case "gap":
        this.missingNumbers += notice.count
        break
      case "gapRecord":
        // A record may grow, close, be covered, or lose its cover: the last one with an id is valid.
        this.records.set(notice.record.id, notice.record)
        break
      case "repeated":
        this.repeated += notice.count
        break
      case "expired":
        this.expired += notice.toSequence - notice.fromSequence + 1
        break
      case "streamReset":
        this.streamResets++
        break
      case "disconnected":
        this.readerOutages++
        break
      default:
    }
  }

  get losses(): StreamLosses {
    // Ticks of a `superseded` record are mostly stored by the other writer; an earlier gap is not of this run.
    const open = [...this.records.values()].filter(
      ({ cause, covered_by, to }) =>
        covered_by === undefined && cause !== "superseded" && (to === null || to >= this.beganMs)
    )
    return {
      missingNumbers: this.missingNumbers,
      lost: open.reduce((sum, { count }) => sum + (count ?? 0), 0),
      unknownGaps: open.filter(({ count }) => count === null).length,
      repeated: this.repeated,
      expired: this.expired,
      streamResets: this.streamResets,
      readerOutages: this.readerOutages
    }
  }
}
