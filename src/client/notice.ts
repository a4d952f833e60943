import type { GapMessage } from "../protocol/market/gap-fields.ts"

/** Events of the reader itself. Sequences here are the stream's, not a feed's. */
export type ReaderNotice =
  /** The connection is lost and is being dialled again. */
  | { readonly type: "disconnected" }
  /** Reading continues behind `afterSequence`, without a gap and without repeats. */
  | { readonly type: "resumed"; readonly afterSequence: number; readonly cause: string }
  /** A request to the server failed and is repeated until it succeeds. Reported once for each outage. */
  | { readonly type: "waiting"; readonly cause: string }
  /** The stream removed messages by age or size before they were read: they are lost to this reader. */
  | { readonly type: "expired"; readonly fromSequence: number; readonly toSequence: number }
  /** The stream was created anew or lost its end: the following sequences were used before. */
  | { readonly type: "streamReset"; readonly readSequence: number; readonly storedSequence: number }
  /** The snapshot is complete: every tick from here on is live. */
  | { readonly type: "live"; readonly afterSequence: number }

/** Events in the sequence numbers of a feed. */
export type FeedNotice =
  /**
   * The stream holds no tick with the numbers `from` to `to` of this feed. `records` are the daemon's records about
   * them that have arrived; none: a duplicate, quarantined, or not reported yet (then a `gapRecord` follows). Not
   * reported where two feeds write: there a missing number is mostly a tick that the other feed delivered.
   */
  | {
      readonly type: "gap"
      readonly feed: string
      readonly from: number
      readonly to: number
      readonly count: number
      readonly records: ReadonlyArray<GapMessage>
    }
  /** The feed counts from 1 again: the daemon was restarted. `lastRecvTs`: of the previous run's last tick. */
  | {
      readonly type: "newRun"
      readonly feed: string
      readonly lastSeq: number
      readonly firstSeq: number
      readonly lastRecvTs: number
    }
  /**
   * Numbers that were there before and are no newer: stored twice. They are delivered, because the stream holds them.
   */
  | {
      readonly type: "repeated"
      readonly feed: string
      readonly from: number
      readonly to: number
      readonly count: number
    }

export type TickNotice =
  | ReaderNotice
  | FeedNotice
  /**
   * A loss as the daemon reports it on `md.gap.FEED`: once when it opens, once when it closes. `covered_by`: another
   * feed received everything meanwhile, so that the stream misses nothing; sent again when that becomes known. A
   * `daemon_down` is a time without a running daemon: its number of ticks is unknown, and no sequence number is
   * missing.
   */
  | { readonly type: "gapRecord"; readonly record: GapMessage }
  /** Messages that are not ticks, left out: sequence and fault of the first, and their number in this batch. */
  | {
      readonly type: "notATick"
      readonly subject: string
      readonly sequence: number
      readonly reason: string
      readonly count: number
    }
