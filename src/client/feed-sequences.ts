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
 * Follows the numbers of each feed through a stream that is read whole and that one feed writes: only then is a hole a
 * missing tick. Where two feeds write, the daemon publishes the first arrival of each tick, so that the numbers of one
 * have holes wherever the other was first; what is lost to both is then told by the daemon's records alone.
 * A worker restart keeps the numbers dense; a new run of the daemon counts from 1 again, with later receive times. A
 * number that is no larger and no later was stored twice.
 */
export class FeedSequences {
  private readonly feeds = new Map<string, Feed>()
  private last: Feed | undefined
  /** Feeds of the present run. */
  private readonly together = new Set<string>()

  /** What a snapshot says: where each feed stands, nothing about what came before. */
  anchor(name: string, seq: number, recvTs: number): void {
    const feed = this.feedOf(name)
    if (feed === undefined) this.add(name, seq, recvTs)
    else Object.assign(feed, { seq, recvTs })
  }

  /** One live tick. Returns what its number tells; `undefined` for the next number in order. */
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
    // A feed that is heard for the first time in this run may not be the first that wrote.
    return seq === 1 || this.feeds.size > 1
      ? [run]
      : [run, { type: "gap", feed: name, from: 1, to: seq - 1, count: seq - 1 }]
  }

  /** Repeats since the last call, one notice a feed: a block that was stored twice is one sentence, not a thousand. */
  takeRepeats(): ReadonlyArray<Repeat> {
    const repeats: Array<Repeat> = []
    for (const feed of this.feeds.values()) {
      if (feed.repeat === undefined) continue
      repeats.push({ type: "repeated", feed: feed.feed, ...feed.repeat })
      feed.repeat = undefined
    }
    return repeats
  }

  /** A stream that was made anew says nothing about what was read before. */
  forget(): void {
    this.feeds.clear()
    this.together.clear()
    this.last = undefined
  }

  private add(name: string, seq: number, recvTs: number): void {
    this.feeds.set(name, { feed: name, seq, recvTs, repeat: undefined })
  }

  /** Neighbouring ticks come from the same feed nearly always. */
  private feedOf(name: string): Feed | undefined {
    if (this.last?.feed === name) return this.last
    this.together.add(name)
    this.last = this.feeds.get(name)
    return this.last
  }
}
