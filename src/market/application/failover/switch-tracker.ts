import type { SwitchAsk, SwitchRecord, SwitchResult } from "../../../kernel/feed-switch.ts"

/** One feed as the failover sees it. */
export interface SwitchFeed {
  readonly feed: string
  /** Its session is logged in and subscribed. */
  readonly isLive: () => boolean
  /** How long it has been silent although it should tick, milliseconds; 0: it is not silent, or nothing is to be expected. */
  readonly silentMs: () => number
  /** Valid ticks of the feed, those that the other feed brought first included, and when the newest came, epoch milliseconds. */
  readonly ticks: () => { readonly total: number; readonly newestMs: number }
}

/** What a look found changed. */
export type SwitchFact =
  | { readonly type: "FEED_CHANGED"; readonly feed: string; readonly live: boolean; readonly silent: boolean }
  | { readonly type: "TICK_ARRIVED"; readonly feed: string }

/** A switch under way: whose first tick is waited for, and what came before the order. */
interface Awaited {
  readonly feed: SwitchFeed
  readonly total: number
  readonly askedMs: number
  firstMs: number | undefined
}

const recordsMax = 200

/**
 * What the failover knows: how the two feeds stand, whether the awaited tick has come, and the records of what was
 * done. Decides nothing: that is the machine's. It lives longer than the machine's actor.
 */
export class SwitchTracker {
  readonly feeds: readonly [SwitchFeed, SwitchFeed]
  private readonly silenceMs: number
  private told = new Map<string, number>()
  private awaited: Awaited | undefined
  private readonly kept: Array<SwitchRecord> = []
  private readonly sums = new Map<string, { readonly record: SwitchRecord; count: number }>()
  private lastId = 0

  constructor(options: {
    readonly feeds: readonly [SwitchFeed, SwitchFeed]
    /** Silence of the active feed in trading hours that is worth a switch. */
    readonly silenceMs: number
  }) {
    this.feeds = options.feeds
    this.silenceMs = options.silenceMs
  }

  /** Nothing was told yet: a new machine has to hear of everything. */
  begin(): void {
    this.told.clear()
    this.awaited = undefined
  }

  /** Looks at both feeds; what changed since the last look, in order. */
  look(): ReadonlyArray<SwitchFact> {
    const facts: Array<SwitchFact> = []
    for (const source of this.feeds) {
      const live = source.isLive()
      const silent = live && source.silentMs() >= this.silenceMs
      const state = (live ? 1 : 0) + (silent ? 2 : 0)
      if (this.told.get(source.feed) === state) continue
      this.told.set(source.feed, state)
      facts.push({ type: "FEED_CHANGED", feed: source.feed, live, silent })
    }
    const { awaited } = this
    if (awaited !== undefined && awaited.firstMs === undefined) {
      const { total, newestMs } = awaited.feed.ticks()
      // What lay in the ring when the command came was received before it.
      if (total !== awaited.total && newestMs >= awaited.askedMs) {
        awaited.firstMs = newestMs
        facts.push({ type: "TICK_ARRIVED", feed: awaited.feed.feed })
      }
    }
    return facts
  }

  /** A switch to `to` begins: the next valid tick of it is told. */
  awaitTick(to: string, nowMs: number): void {
    const feed = this.feedOf(to)
    this.awaited = { feed, total: feed.ticks().total, askedMs: nowMs, firstMs: undefined }
  }

  /** The switch under way has ended. */
  note(
    ended: SwitchAsk & { readonly from: string; readonly result: SwitchResult; readonly why: string | undefined },
    nowMs: number
  ): SwitchRecord {
    const { id, to, cause, force, from, result, why } = ended
    const committedMs = result === "committed" ? this.awaited?.firstMs : undefined
    const oldMs = this.feedOf(from).ticks().newestMs
    const record: SwitchRecord = {
      id: id === "" ? `auto-${++this.lastId}` : id,
      kind: to === this.feeds[0].feed ? "failback" : "failover",
      from,
      to,
      cause,
      force,
      askedMs: this.awaited?.askedMs ?? nowMs,
      committedMs,
      endedMs: nowMs,
      gapMs: committedMs === undefined || Number.isNaN(oldMs) ? undefined : Math.max(0, committedMs - oldMs),
      result,
      why
    }
    this.awaited = undefined
    this.kept.push(record)
    if (this.kept.length > recordsMax) this.kept.shift()
    const key = `${record.kind} ${cause} ${result}`
    const sum = this.sums.get(key)
    if (sum === undefined) this.sums.set(key, { record, count: 1 })
    else sum.count++
    return record
  }

  /** The newest switches, the oldest first. */
  records(): ReadonlyArray<SwitchRecord> {
    return this.kept
  }

  /** How many switches of each kind, cause and result ended in the life of the daemon. */
  counts(): ReadonlyArray<Pick<SwitchRecord, "kind" | "cause" | "result"> & { readonly count: number }> {
    return [...this.sums.values()].map(({ record: { kind, cause, result }, count }) => ({ kind, cause, result, count }))
  }

  private feedOf(name: string): SwitchFeed {
    return name === this.feeds[0].feed ? this.feeds[0] : this.feeds[1]
  }
}
