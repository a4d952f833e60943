import type { RunTimes } from "../run-times.ts"
import { SeqSet } from "./seq-set.ts"

const encoder = new TextEncoder()
/**
 * Feed, sequence number and receive time are near the end of a tick message
 * (`src/protocol/market/tick/tick-message.ts`).
 */
const feedKey = encoder.encode(',"feed":"')
const seqKeyBytes = '","seq":'.length
const receivedKeyBytes = ',"recv_ts":'.length

/** Start of the value behind `feedKey`, searched from the end; -1: not a tick message. */
const feedAt = (bytes: Uint8Array): number => {
  for (let from = bytes.length - feedKey.length; from >= 0; from--) {
    let same = 0
    while (same < feedKey.length && bytes[from + same] === feedKey[same]) same++
    if (same === feedKey.length) return from + same
  }
  return -1
}

/** Sequence numbers of one run are far below: a tick of a later run always has a higher rank. */
const lifeStep = 2 ** 32

/** The ticks of one run of the daemon, by feed. */
export interface RunTicks {
  /** In the present store. */
  readonly present: Array<SeqSet>
  /** Stored at least once, over all stores. */
  readonly ever: ReadonlyArray<SeqSet>
}

/** The stream's content as the stream itself reports it: an independent check of the publisher's counts. */
export class StoredTicks {
  foreign = 0
  /** Ticks of the daemon in the present store. */
  held = 0
  twice = 0
  /**
   * Called when a tick is stored behind a younger one of its feed and instrument, also of a later run, stored at
   * `youngerMs`.
   */
  onOvertaken: (subject: string, youngerMs: number) => void = () => undefined
  private readonly lives: Array<RunTicks> = []
  private readonly feeds: ReadonlyArray<string>
  private readonly runTimes: RunTimes
  /** Called with each tick that this store has for the first time. */
  onTick: (life: number, feed: number, seq: number) => void = () => undefined
  /** First letters of the feeds' names, which distinguish them. */
  private readonly initials: ReadonlyArray<number>
  /** By subject: for each feed the rank of its youngest tick, and when that was stored. */
  private readonly last = new Map<string, { readonly places: Float64Array; readonly storedMs: Float64Array }>()
  private readonly nowMs: () => number

  constructor(feeds: ReadonlyArray<string>, runTimes: RunTimes, nowMs: () => number) {
    this.feeds = feeds
    this.nowMs = nowMs
    this.runTimes = runTimes
    this.initials = feeds.map((feed) => feed.charCodeAt(0))
  }

  /** Subjects on which ticks of the daemon were stored. */
  get subjects(): ReadonlyArray<string> {
    return [...this.last.keys()]
  }

  of(life: number): RunTicks {
    return (this.lives[life] ??= {
      present: this.feeds.map(() => new SeqSet()),
      ever: this.feeds.map(() => new SeqSet())
    })
  }

  note(subject: string, payload: string | Uint8Array): void {
    const bytes = typeof payload === "string" ? encoder.encode(payload) : payload
    const at = feedAt(bytes)
    if (at < 0) {
      this.foreign++
      return
    }
    this.held++
    const feed = this.initials.indexOf(bytes[at] as number)
    let seq = 0
    let digit = at + (this.feeds[feed] as string).length + seqKeyBytes
    for (; ; digit++) {
      const value = (bytes[digit] as number) - 48
      if (!(value >= 0 && value <= 9)) break
      seq = seq * 10 + value
    }
    const life = this.runTimes.startsMs.length === 1 ? 0 : this.lifeAt(bytes, digit + receivedKeyBytes)
    const { present, ever } = this.of(life)
    if (!(present[feed] as SeqSet).add(seq)) this.twice++
    else this.onTick(life, feed, seq)
    ;(ever[feed] as SeqSet).add(seq)
    let last = this.last.get(subject)
    if (last === undefined) {
      last = { places: new Float64Array(this.feeds.length), storedMs: new Float64Array(this.feeds.length) }
      this.last.set(subject, last)
    }
    const place = life * lifeStep + seq
    if (place < (last.places[feed] as number)) return this.onOvertaken(subject, last.storedMs[feed] as number)
    last.places[feed] = place
    last.storedMs[feed] = this.nowMs()
  }

  private lifeAt(bytes: Uint8Array, from: number): number {
    let receivedMs = 0
    for (let digit = from; ; digit++) {
      const value = (bytes[digit] as number) - 48
      if (!(value >= 0 && value <= 9)) return this.runTimes.at(receivedMs)
      receivedMs = receivedMs * 10 + value
    }
  }

  /** The store is empty again. */
  wiped(): void {
    for (const { present } of this.lives) for (const feed of present.keys()) present[feed] = new SeqSet()
    this.held = 0
    this.last.clear()
  }
}
