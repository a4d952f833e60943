import type { GapMessage } from "../protocol/market/gap-fields.ts"

/** What happened to the reading itself. Sequences here are the stream's, not a feed's. */
export type ReaderNotice =
  /** The connection is lost; it is being dialled again. */
  | { readonly type: "disconnected" }
  /** Reading goes on behind `afterSequence`, without a gap and without repeating anything. */
  | { readonly type: "resumed"; readonly afterSequence: number; readonly cause: string }
  /** The question to the server failed; it is asked again until it succeeds. Told once an outage. */
  | { readonly type: "waiting"; readonly cause: string }
  /** The stream removed messages by age or size before they were read: they cannot be had any more. */
  | { readonly type: "expired"; readonly fromSequence: number; readonly toSequence: number }
  /** The stream was made anew or lost its end: what follows carries numbers that were read before. */
  | { readonly type: "streamReset"; readonly readSequence: number; readonly storedSequence: number }
  /** The snapshot is complete: every tick from here on is live. */
  | { readonly type: "live"; readonly afterSequence: number }

/** What happened to the numbers of a feed. */
export type FeedNotice =
  /**
   * The stream holds no tick with the numbers `from` to `to` of this feed. `records` are the daemon's own words about
   * them that have arrived; none: a duplicate, quarantined, or not told yet (then it comes as `gapRecord`).
   * Not told where two feeds write: there a missing number is mostly a tick that the other feed brought.
   */
  | {
      readonly type: "gap"
      readonly feed: string
      readonly from: number
      readonly to: number
      readonly count: number
      readonly records: ReadonlyArray<GapMessage>
    }
  /** The feed counts from the beginning again: the daemon was started anew. `lastRecvTs`: of the old run's last tick. */
  | {
      readonly type: "newRun"
      readonly feed: string
      readonly lastSeq: number
      readonly firstSeq: number
      readonly lastRecvTs: number
    }
  /** Numbers that were there before and are no newer: stored twice. They are delivered, since the stream holds them. */
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
   * A loss as the daemon tells it on `md.gap.FEED`: once when it opens, once when it closes. `covered_by`: another feed
   * stood all through it, so that nothing of it is missing in the stream; told again when that becomes known. A
   * `daemon_down` is a time in which no daemon listened: nobody knows how many ticks it had, and no number is missing.
   */
  | { readonly type: "gapRecord"; readonly record: GapMessage }
  /** Messages that are no ticks, left out: the first one's place and fault, and how many there were in this batch. */
  | {
      readonly type: "notATick"
      readonly subject: string
      readonly sequence: number
      readonly reason: string
      readonly count: number
    }
