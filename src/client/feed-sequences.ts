import type { FeedNotice } from "./notice.ts"

type Hole = Omit<Extract<FeedNotice, { type: "gap" }>, "records">
type Repeat = Extract<FeedNotice, { type: "repeated" }>
export type SequenceNotice = Hole | Repeat | Extract<FeedNotice, { type: "newRun" }>

interface Feed {
  readonly feed: string
  seq: number
  recvTs: number
  repeat: { from: number; to: number; count: number } | undefined
}

/**
 * Follows the sequence numbers of each feed in a stream that is read completely and that one feed writes: only then
 * is a hole a missing tick. With two feeds the daemon publishes the first arrival of each tick, so the numbers of one
 * feed have holes wherever the other was first; only the daemon's records then report losses of both.
 * A worker restart keeps the numbers dense. A new run of the daemon counts from 1 again, with later receive times. A
 * number that is neither larger nor later was stored twice.
 */
export class FeedSequences {
  private readonly feeds = new Map<string, Feed>()
  private last: Feed | undefined
  /** Feeds of the present run. */
  private readonly together = new Set<string>()

  /** Starts from a snapshot: the present number of each feed, without its past. */
  anchor(name: string, seq: number, recvTs: number): void {
    const feed = this.feedOf(name)
    if (feed === undefined) this.add(name, seq, recvTs)
    else Object.assign(feed, { seq, recvTs })
  }

  /** One live tick. Returns the notice for its number; undefined for the next number in sequence. */
  observe(name: string, seq: number, recvTs: number): ReadonlyArray<SequenceNotice> | undefined {
    const feed = this.feedOf(name)
    if (feed === undefined) {
      this.add(name, seq, recvTs)
      return undefined
    }
    const expected = feed.seq + 1
    if (seq === expected) {
      feed.seq = seq
      feed.recvTs = recvTs
      return undefined
    }
    if (seq > expected) {
      feed.seq = seq
      feed.recvTs = recvTs
      if (this.together.size > 1) return undefined
      return [{ type: "gap", feed: name, from: expected, to: seq - 1, count: seq - expected }]
    }
    if (recvTs <= feed.recvTs && seq !== 1) {
      const { repeat } = feed
      feed.repeat =
        repeat === undefined
          ? { from: seq, to: seq, count: 1 }
          : { from: Math.min(repeat.from, seq), to: Math.max(repeat.to, seq), count: repeat.count + 1 }
      return undefined
    }
    const { seq: lastSeq, recvTs: lastRecvTs } = feed
    feed.seq = seq
    feed.recvTs = recvTs
    this.together.clear()
    this.together.add(name)
    const run: SequenceNotice = { type: "newRun", feed: name, lastSeq, firstSeq: seq, lastRecvTs }
    // A feed that appears for the first time in this run may not be the first writer.
    return seq === 1 || this.feeds.size > 1
      ? [run]
      : [run, { type: "gap", feed: name, from: 1, to: seq - 1, count: seq - 1 }]
  }

  /**
   * Repeats since the last call, one notice for each feed: a block that was stored twice is one notice, not a
   * thousand.
   */
  takeRepeats(): ReadonlyArray<Repeat> {
    const repeats: Array<Repeat> = []
    for (const feed of this.feeds.values()) {
      if (feed.repeat === undefined) continue
      repeats.push({ type: "repeated", feed: feed.feed, ...feed.repeat })
      feed.repeat = undefined
    }
    return repeats
  }

  /** Ticks read before prove nothing about a stream that was created anew. */
  forget(): void {
    this.feeds.clear()
    this.together.clear()
    this.last = undefined
  }

  private add(name: string, seq: number, recvTs: number): void {
    this.feeds.set(name, { feed: name, seq, recvTs, repeat: undefined })
  }

  /** Neighbouring ticks nearly always have the same feed. */
  private feedOf(name: string): Feed | undefined {
    if (this.last?.feed === name) return this.last
    this.together.add(name)
    this.last = this.feeds.get(name)
    return this.last
  }
}
