import type { TickMessage } from "../../../protocol/market/tick/tick-fields.ts"
import type { QuietTime } from "../../domain/drill/evidence.ts"

interface Instrument {
  /** Contents of the last ticks with the feed that each came from, the newest last. */
  readonly prints: Array<{ readonly content: string; readonly feed: string }>
  readonly received: Map<string, number>
  volume: number
  day: string | undefined
  exchangeMs: number
  recvTs: number
  longestMs: number
  longestUntilMs: number
}

/** Prints of an instrument that are compared with a new one. Two feeds of one market are a few ticks apart at most. */
const rememberedPrints = 16

/** What the exchange sent: equal in the twin that another feed delivers. */
const contentOf = (tick: TickMessage): string => {
  // Fronts write ActionDay differently at night; the exchange time covers it.
  const { action_day: _day, feed: _feed, last_volume: _grown, recv_ts: _received, seq: _seq, ...content } = tick
  return JSON.stringify(content)
}

/**
 * What a consumer finds in the stored ticks during a drill. Ticks are given in the stream's sequence.
 * - `lost`: lots are missing between two neighbouring ticks of an instrument. Each tick says how many lots it added to
 *   the last published one, so a tick that was published and is not stored breaks the sum.
 * - `repeated`: the same content as a recent tick of another feed.
 * - `outOfOrder`: time or volume of an instrument fell within its trading day, or a feed's time of receipt fell.
 *   Ticks with flags are the market's own disorder and are left out.
 */
export class StreamFigures {
  ticks = 0
  lost = 0
  repeated = 0
  outOfOrder = 0
  /** One example of each fault, for the report. */
  readonly examples: Array<string> = []
  readonly ticksByFeed = new Map<string, number>()
  private readonly instruments = new Map<string, Instrument>()
  private watched: { readonly feed: string; readonly sinceMs: number; readonly found: (ms: number) => void } | undefined

  /** Calls `found` once, with the time of reading of the first tick of `feed` that was received from `sinceMs` on. */
  watch(feed: string, sinceMs: number, found: (readMs: number) => void): void {
    this.watched = { feed, sinceMs, found }
  }

  record(subject: string, tick: TickMessage, readMs: number): void {
    this.ticks++
    this.ticksByFeed.set(tick.feed, (this.ticksByFeed.get(tick.feed) ?? 0) + 1)
    const { watched } = this
    if (watched !== undefined && tick.feed === watched.feed && tick.recv_ts >= watched.sinceMs) {
      this.watched = undefined
      watched.found(readMs)
    }
    // The image after a subscription is no news, and later ticks are not measured from it.
    if (tick.flags?.includes("snapshot") === true) return
    const content = contentOf(tick)
    const seen = this.instruments.get(subject)
    if (seen === undefined) {
      this.instruments.set(subject, {
        prints: [{ content, feed: tick.feed }],
        received: new Map([[tick.feed, tick.recv_ts]]),
        volume: tick.volume,
        day: tick.trading_day,
        exchangeMs: tick.ts,
        recvTs: tick.recv_ts,
        longestMs: 0,
        longestUntilMs: tick.recv_ts
      })
      return
    }
    this.compare(subject, seen, tick, content)
  }

  /** The instruments with the longest times without a tick. */
  quietest(most: number): ReadonlyArray<QuietTime> {
    return [...this.instruments]
      .map(([subject, { longestMs, longestUntilMs }]) => ({ subject, ms: longestMs, untilMs: longestUntilMs }))
      .toSorted((one, other) => other.ms - one.ms || (one.subject < other.subject ? -1 : 1))
      .slice(0, most)
  }

  get instrumentsSeen(): number {
    return this.instruments.size
  }

  private compare(subject: string, seen: Instrument, tick: TickMessage, content: string): void {
    const where = `${subject} ${tick.feed} ${tick.seq}`
    const isSound = tick.flags === undefined || tick.flags.length === 0
    if (isSound && seen.prints.some((print) => print.content === content && print.feed !== tick.feed)) {
      this.note("repeated", `${where} has the content of an earlier tick of another feed`)
      return
    }
    const isSameDay = seen.day === tick.trading_day
    const grown = tick.last_volume
    if (isSound && isSameDay) {
      const fell = tick.ts < seen.exchangeMs || tick.volume < seen.volume
      const receivedBefore = tick.recv_ts < (seen.received.get(tick.feed) ?? Number.NEGATIVE_INFINITY)
      if (fell || receivedBefore) {
        this.note("outOfOrder", `${where} is older than the tick before it`)
        return
      }
      if (grown !== undefined && tick.volume - grown > seen.volume) {
        this.note("lost", `${where}: ${tick.volume - grown - seen.volume} lots are in no stored tick before it`)
      }
    }
    const quietMs = tick.recv_ts - seen.recvTs
    if (quietMs > seen.longestMs) {
      seen.longestMs = quietMs
      seen.longestUntilMs = tick.recv_ts
    }
    seen.prints.push({ content, feed: tick.feed })
    if (seen.prints.length > rememberedPrints) seen.prints.shift()
    seen.received.set(tick.feed, tick.recv_ts)
    seen.volume = tick.volume
    seen.day = tick.trading_day
    seen.exchangeMs = tick.ts
    seen.recvTs = tick.recv_ts
  }

  private note(kind: "lost" | "repeated" | "outOfOrder", example: string): void {
    if (this[kind] === 0) this.examples.push(`${kind}: ${example}`)
    this[kind]++
  }
}
