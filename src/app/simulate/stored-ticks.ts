import { SeqSet } from "./seq-set.ts"

const encoder = new TextEncoder()
/** The feed's name and the sequence number stand near the end of a tick message (`src/protocol/tick-message.ts`). */
const feedKey = encoder.encode(',"feed":"')
const seqKeyBytes = '","seq":'.length

/** Where the value behind `feedKey` begins, looked for from the end; -1: this is no tick message. */
const feedAt = (bytes: Uint8Array): number => {
  for (let from = bytes.length - feedKey.length; from >= 0; from--) {
    let same = 0
    while (same < feedKey.length && bytes[from + same] === feedKey[same]) same++
    if (same === feedKey.length) return from + same
  }
  return -1
}

/** What the stream holds, as the stream itself saw it: the independent witness of the publisher's own account. */
export class StoredTicks {
  /** Stored in the present store, by feed. */
  readonly stored: Array<number>
  /** Stored at least once, over all stores that there were. */
  readonly everStored: Array<number>
  foreign = 0
  twice = 0
  /** Stored behind a younger tick of the same feed and instrument. */
  overtaken = 0
  present: ReadonlyArray<SeqSet>
  readonly ever: ReadonlyArray<SeqSet>
  private readonly feeds: ReadonlyArray<string>
  /** First letters of the feeds' names, which tell them apart. */
  private readonly initials: ReadonlyArray<number>
  private readonly last = new Map<string, Float64Array>()

  constructor(feeds: ReadonlyArray<string>) {
    this.feeds = feeds
    this.initials = feeds.map((feed) => feed.charCodeAt(0))
    this.stored = feeds.map(() => 0)
    this.everStored = feeds.map(() => 0)
    this.present = feeds.map(() => new SeqSet())
    this.ever = feeds.map(() => new SeqSet())
  }

  note(subject: string, payload: string | Uint8Array): void {
    const bytes = typeof payload === "string" ? encoder.encode(payload) : payload
    const at = feedAt(bytes)
    if (at < 0) {
      this.foreign++
      return
    }
    const feed = this.initials.indexOf(bytes[at] as number)
    let seq = 0
    for (let digit = at + (this.feeds[feed] as string).length + seqKeyBytes; ; digit++) {
      const value = (bytes[digit] as number) - 48
      if (!(value >= 0 && value <= 9)) break
      seq = seq * 10 + value
    }
    const present = this.present[feed] as SeqSet
    if (!present.add(seq)) this.twice++
    this.stored[feed] = present.size
    const ever = this.ever[feed] as SeqSet
    ever.add(seq)
    this.everStored[feed] = ever.size
    let last = this.last.get(subject)
    if (last === undefined) {
      last = new Float64Array(this.feeds.length)
      this.last.set(subject, last)
    }
    if (seq < (last[feed] as number)) this.overtaken++
    else last[feed] = seq
  }

  /** The store is empty again. */
  wiped(): void {
    this.present = this.feeds.map(() => new SeqSet())
    this.stored.fill(0)
    this.last.clear()
  }
}
