import { RateWindow } from "../../../kernel/limits/rate-window.ts"
import type { Staleness, StalenessView } from "../silence/staleness.ts"
import type { Subscriptions } from "./subscriptions.ts"

/** The rungs of the ladder, in their order. */
const repairRungs = ["instrument", "batch", "login", "session", "worker", "feed", "escalation"] as const
export type RepairRung = (typeof repairRungs)[number]

/** How often a rung may be taken within any hour. What the session does by itself and telling somebody have no budget. */
const repairBudgets: Readonly<Record<RepairRung, number>> = {
  instrument: 60,
  batch: 12,
  login: 4,
  session: Number.POSITIVE_INFINITY,
  worker: 2,
  feed: 2,
  escalation: Number.POSITIVE_INFINITY
}

/** How a rung ended. `recovered`: ticks came back; `timed_out`: they did not; `refused`: it was not taken; `over`: nothing is to be expected any more. */
export type RepairResult = "recovered" | "timed_out" | "refused" | "over"

/** One rung that was climbed: who, when, for what, and how it ended. Times are epoch milliseconds. */
export interface RepairRecord {
  readonly id: number
  readonly feed: string
  readonly rung: RepairRung
  readonly by: "health"
  readonly startedMs: number
  readonly endedMs: number
  /** How many instruments it was for, 0 for the whole feed, and the first of them by name. */
  readonly stalled: number
  readonly instruments: ReadonlyArray<string>
  readonly result: RepairResult
  readonly why: string | undefined
}

/** What a look changed. */
export type RepairFact =
  | { readonly type: "INSTRUMENTS_STALLED"; readonly stalled: number; readonly severe: boolean }
  | { readonly type: "FEED_SILENT"; readonly silentMs: number }
  | { readonly type: "TICKS_BACK" }
  | { readonly type: "TRADING_ENDED" }
  | { readonly type: "SESSION_LOST" }

const hourMs = 3_600_000
const recordsMax = 200
const namesMax = 10
/** Instruments of one request to the front: what was asked for together may have been lost together. */
const batchSize = 1000
/** So many stalled instruments, and so large a part of all, are worth a new login. */
const severeMin = 10
const severePart = 0.01

/**
 * What the repair ladder of one feed knows: which instruments the present climb is for, what is left of each rung's
 * budget, and the records of what was done. Decides nothing about when: that is the machine's.
 */
export class RepairHandler {
  readonly feed: string
  escalations = 0
  private readonly subscriptions: Subscriptions
  private readonly staleness: Staleness
  private readonly priorityRanks: number
  /** Row of the table to the ticks it had when it was taken in. */
  private readonly targets = new Map<number, number>()
  private readonly spent = new Map<RepairRung, RateWindow>()
  private readonly kept: Array<RepairRecord> = []
  private wholeFeedAt = -1
  private wasUp = false
  private recovered = false
  /** Of the present climb: the instruments that joined it, counted, and the first of them by name. */
  private joined = 0
  private names: Array<string> = []
  private lastId = 0

  constructor(options: {
    readonly subscriptions: Subscriptions
    readonly staleness: Staleness
    /** How many globs name instruments that matter most: those are worth the whole ladder. */
    readonly priorities: number
  }) {
    this.subscriptions = options.subscriptions
    this.staleness = options.staleness
    this.feed = options.subscriptions.feed
    this.priorityRanks = options.priorities
  }

  /** Looks at the feed; what changed, in order. */
  look(nowMs: number): ReadonlyArray<RepairFact> {
    const view = this.staleness.look(nowMs)
    if (!view.up) {
      const lost = this.wasUp
      this.wasUp = false
      return lost ? [{ type: "SESSION_LOST" }] : []
    }
    this.wasUp = true
    // A feed that is late has a backlog, which each further rung would only lengthen or lose.
    if (view.lateMs > 0) return this.leaveOff()
    return [...this.lookAtFeed(view), ...this.lookAtInstruments(view)]
  }

  /** Instruments that the present climb is for. */
  stalled(): ReadonlyArray<string> {
    return [...this.targets.keys()].map((row) => this.subscriptions.table.idOf(row))
  }

  /** The whole feed is silent. */
  isSilent(): boolean {
    return this.wholeFeedAt >= 0
  }

  records(): ReadonlyArray<RepairRecord> {
    return this.kept
  }

  /** Takes a rung out of its budget; false when nothing is left of it. */
  spend(rung: RepairRung, nowMs: number): boolean {
    let window = this.spent.get(rung)
    if (window === undefined) this.spent.set(rung, (window = new RateWindow(hourMs)))
    return window.admit(nowMs, 1, repairBudgets[rung])
  }

  resubscribeInstruments(): void {
    this.subscriptions.resubscribe(this.stalled())
  }

  /** Everything that was asked for in one request with a stalled instrument. */
  resubscribeBatches(): void {
    const { table } = this.subscriptions
    const order = table.inOrder()
    const ids: Array<string> = []
    for (let from = 0; from < order.length; from += batchSize) {
      const batch = order.slice(from, from + batchSize)
      if (batch.some((row) => this.targets.has(row))) ids.push(...batch.map((row) => table.idOf(row)))
    }
    this.subscriptions.resubscribe(ids)
  }

  note(rung: RepairRung, startedMs: number, endedMs: number, result: RepairResult, why?: string): RepairRecord {
    const record: RepairRecord = {
      id: ++this.lastId,
      feed: this.feed,
      rung,
      by: "health",
      startedMs,
      endedMs,
      stalled: this.joined,
      instruments: this.names.slice(),
      result,
      why
    }
    this.kept.push(record)
    if (this.kept.length > recordsMax) this.kept.shift()
    return record
  }

  /** The climb is over. */
  clear(): void {
    this.targets.clear()
    this.joined = 0
    this.names = []
    this.wholeFeedAt = -1
  }

  /** Ends a climb that turned out to be for ticks that are on their way. */
  private leaveOff(): ReadonlyArray<RepairFact> {
    if (this.wholeFeedAt < 0 && this.targets.size === 0) return []
    this.targets.clear()
    this.wholeFeedAt = -1
    return [{ type: "TRADING_ENDED" }]
  }

  private lookAtFeed(view: StalenessView): ReadonlyArray<RepairFact> {
    const { total } = this.subscriptions.table.arrivals
    if (this.wholeFeedAt >= 0) {
      if (total !== this.wholeFeedAt) {
        this.wholeFeedAt = -1
        return [{ type: "TICKS_BACK" }]
      }
      if (view.watched > 0 || view.silentMs > 0) return []
      // Acknowledgements of a new session are still to come: nothing watched is no end of trading then.
      if (this.subscriptions.totals().missing > 0) return []
      this.wholeFeedAt = -1
      return [{ type: "TRADING_ENDED" }]
    }
    if (view.silentMs === 0) return []
    this.targets.clear()
    this.wholeFeedAt = total
    return [{ type: "FEED_SILENT", silentMs: view.silentMs }]
  }

  private lookAtInstruments(view: StalenessView): ReadonlyArray<RepairFact> {
    if (this.wholeFeedAt >= 0) return []
    const { table } = this.subscriptions
    const before = this.targets.size
    for (const [row, count] of this.targets) {
      const ticks = table.arrivals.counts[table.indexOf(row)] ?? 0
      if (!table.isWanted(row) || (table.isAcknowledged(row) && !this.staleness.isWatched(row)))
        this.targets.delete(row)
      else if (ticks !== count) {
        this.recovered = true
        this.targets.delete(row)
      }
    }
    if (before > 0 && this.targets.size === 0 && view.stalled.length === 0) {
      const back = this.recovered
      this.recovered = false
      return [{ type: back ? "TICKS_BACK" : "TRADING_ENDED" }]
    }
    let joined = false
    for (const row of view.stalled) {
      if (this.targets.has(row)) continue
      this.targets.set(row, table.arrivals.counts[table.indexOf(row)] ?? 0)
      joined = true
      this.joined++
      if (this.names.length < namesMax) this.names.push(table.idOf(row))
    }
    if (!joined) return []
    return [{ type: "INSTRUMENTS_STALLED", stalled: this.targets.size, severe: this.isSevere() }]
  }

  private isSevere(): boolean {
    const { table } = this.subscriptions
    const { size } = this.targets
    if (size >= severeMin && size >= table.totals().wanted * severePart) return true
    for (const row of this.targets.keys()) if (table.rankOf(row) < this.priorityRanks) return true
    return false
  }
}
