import type { SwitchAsk, SwitchRecord, SwitchResult } from "../../../kernel/feed-switch.ts"

/** One feed, as the failover sees it. */
export interface SwitchFeed {
  readonly feed: string
  /** Its session is logged in and subscribed. */
  readonly isLive: () => boolean
  /** Time of unexpected silence, milliseconds; 0: not silent, or no tick is expected. */
  readonly silentMs: () => number
  /**
   * Valid ticks of the feed, including duplicates of the other feed, and the receive time of the newest, epoch
   * milliseconds.
   */
  readonly ticks: () => { readonly total: number; readonly newestMs: number }
}

/** A change that `look` found. */
export type SwitchFact =
  | { readonly type: "FEED_CHANGED"; readonly feed: string; readonly live: boolean; readonly silent: boolean }
  | { readonly type: "TICK_ARRIVED"; readonly feed: string }

/** A running switch: the feed whose first tick it waits for, and that feed's ticks before the command. */
interface Awaited {
  readonly feed: SwitchFeed
  readonly total: number
  readonly askedMs: number
  firstMs: number | undefined
}

const recordsMax = 200

/**
 * State of the failover: both feeds, the awaited tick, and the records of past switches. Decides nothing; the machine
 * does. It outlives restarts of the machine's actor.
 */
export class SwitchTracker {
  readonly feeds: readonly [SwitchFeed, SwitchFeed]
  private readonly silenceMs: number
  private reported = new Map<string, number>()
  private awaited: Awaited | undefined
  private readonly kept: Array<SwitchRecord> = []
  private readonly sums = new Map<string, { readonly record: SwitchRecord; count: number }>()
  private lastId = 0

  constructor(options: {
    readonly feeds: readonly [SwitchFeed, SwitchFeed]
    /** Silence of the active feed in trading hours that causes a switch. */
    readonly silenceMs: number
  }) {
    this.feeds = options.feeds
    this.silenceMs = options.silenceMs
  }

  /** Forgets what was reported: a new machine needs every fact again. */
  begin(): void {
    this.reported.clear()
    this.awaited = undefined
  }

  /** Checks both feeds. Returns the changes since the last check, in sequence. */
  look(): ReadonlyArray<SwitchFact> {
    const facts: Array<SwitchFact> = []
    for (const source of this.feeds) {
      const live = source.isLive()
      const silent = live && source.silentMs() >= this.silenceMs
      const state = (live ? 1 : 0) + (silent ? 2 : 0)
      if (this.reported.get(source.feed) === state) continue
      this.reported.set(source.feed, state)
      facts.push({ type: "FEED_CHANGED", feed: source.feed, live, silent })
    }
    const { awaited } = this
    if (awaited !== undefined && awaited.firstMs === undefined) {
      const { total, newestMs } = awaited.feed.ticks()
      // Ticks that were in the ring at the time of the command were received before it.
      if (total !== awaited.total && newestMs >= awaited.askedMs) {
        awaited.firstMs = newestMs
        facts.push({ type: "TICK_ARRIVED", feed: awaited.feed.feed })
      }
    }
    return facts
  }

  /** A switch to `to` begins: reports the next valid tick of that feed. */
  awaitTick(to: string, nowMs: number): void {
    const feed = this.feedOf(to)
    this.awaited = { feed, total: feed.ticks().total, askedMs: nowMs, firstMs: undefined }
  }

  /** The running switch has ended. */
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

  /** The newest switches, oldest first. */
  records(): ReadonlyArray<SwitchRecord> {
    return this.kept
  }

  /** Number of switches in this run of the daemon by kind, cause and result. */
  counts(): ReadonlyArray<Pick<SwitchRecord, "kind" | "cause" | "result"> & { readonly count: number }> {
    return [...this.sums.values()].map(({ record: { kind, cause, result }, count }) => ({ kind, cause, result, count }))
  }

  private feedOf(name: string): SwitchFeed {
    return name === this.feeds[0].feed ? this.feeds[0] : this.feeds[1]
  }
}
