import { LatencyHistogram } from "../../../kernel/latency-histogram.ts"
import type { FeedIndex } from "../../../kernel/tick/tick-slab.ts"

/** An acknowledgement that takes longer is not waited for: the tick may be on disk, or another writer's. */
const probeMs = 120_000

/**
 * Where ticks spend their time, hop by hop, and how far they arrive behind the exchange. One tick of each batch is
 * measured, the oldest of it, so a hop costs nothing for each tick but one comparison at its acknowledgement. Times
 * are monotonic milliseconds.
 */
export class LineLatency {
  /** From the vendor's callback until the batch is read from the ring. */
  readonly ring = new LatencyHistogram()
  /** Checking and completing the whole batch. */
  readonly normalise = new LatencyHistogram()
  /** From there until the publisher hands the first tick of the batch over. */
  readonly queue = new LatencyHistogram()
  /** From there until its acknowledgement: of one tick at a time. */
  readonly ack = new LatencyHistogram()
  private readonly skews: Array<LatencyHistogram> = []
  private probeFeed: FeedIndex = -1
  private probeSeq = 0
  private sentMs = 0

  /** Time of receipt minus the exchange's time, of the newest tick of a batch; a clock that is ahead counts as 0. */
  skew(feed: FeedIndex): LatencyHistogram {
    let skew = this.skews[feed]
    if (skew === undefined) {
      skew = new LatencyHistogram()
      this.skews[feed] = skew
    }
    return skew
  }

  /** The publisher took a tick. It is followed when no other one is. */
  sent(feed: FeedIndex, seq: number, nowMs: number): void {
    if (this.probeFeed >= 0 && nowMs - this.sentMs < probeMs) return
    this.probeFeed = feed
    this.probeSeq = seq
    this.sentMs = nowMs
  }

  /** The stream acknowledged a tick. */
  stored(feed: FeedIndex, seq: number, nowMs: number): void {
    if (seq !== this.probeSeq || feed !== this.probeFeed) return
    this.ack.record(nowMs - this.sentMs)
    this.probeFeed = -1
  }
}
