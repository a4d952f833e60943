import { RateWindow } from "../../../kernel/limits/rate-window.ts"
import type { Staleness, StalenessView } from "../silence/staleness.ts"
import type { Subscriptions } from "./subscriptions.ts"

/** The rungs of the ladder, lowest first. */
const repairRungs = ["instrument", "batch", "login", "session", "worker", "feed", "escalation"] as const
export type RepairRung = (typeof repairRungs)[number]

/** Limit of each rung within any hour. Repairs by the session itself and reports have no limit. */
const repairBudgets: Readonly<Record<RepairRung, number>> = {
  instrument: 60,
  batch: 12,
  login: 4,
  session: Number.POSITIVE_INFINITY,
  worker: 2,
  feed: 2,
  escalation: Number.POSITIVE_INFINITY
}

/**
 * Result of a rung. `recovered`: ticks arrive again; `timed_out`: they do not; `refused`: it was not allowed; `over`:
 * no ticks are expected any more.
 */
export type RepairResult = "recovered" | "timed_out" | "refused" | "over"

/** One rung of a climb: who started it, when, for which instruments, and its result. Times are epoch milliseconds. */
export interface RepairRecord {
  readonly id: number
  readonly feed: string
  readonly rung: RepairRung
  readonly by: "health"
  readonly startedMs: number
  readonly endedMs: number
  /** Number of instruments, 0 for the whole feed, and the names of the first ones. */
  readonly stalled: number
  readonly instruments: ReadonlyArray<string>
  readonly result: RepairResult
  readonly why: string | undefined
}

/** A change that `look` found. */
export type RepairFact =
  | { readonly type: "INSTRUMENTS_STALLED"; readonly stalled: number; readonly severe: boolean }
  | { readonly type: "FEED_SILENT"; readonly silentMs: number }
  | { readonly type: "TICKS_BACK" }
  | { readonly type: "TRADING_ENDED" }
  | { readonly type: "SESSION_LOST" }

const hourMs = 3_600_000
const recordsMax = 200
const namesMax = 10
/** Instruments of one request to the front. Those of one request may have been lost together. */
const batchSize = 1000
/** A new login needs at least this many stalled instruments, and this share of all. */
const severeMin = 10
const severePart = 0.01

/**
 * State of one feed's repair ladder: the instruments of the present climb, the remaining budget of each rung, and the
 * records of past rungs. Does not decide when to act; the machine does.
 */
export class RepairHandler {
  readonly feed: string
  escalations = 0
  private readonly subscriptions: Subscriptions
  private readonly staleness: Staleness
  private readonly priorityRanks: number
  /** Row of the table, and its tick count when it joined the climb. */
  private readonly targets = new Map<number, number>()
  private readonly spent = new Map<RepairRung, RateWindow>()
  private readonly kept: Array<RepairRecord> = []
  private wholeFeedAt = -1
  private wasUp = false
  private recovered = false
  /** The present climb: number of instruments that joined it, and the names of the first ones. */
  private joined = 0
  private names: Array<string> = []
  private lastId = 0

  constructor(options: {
    readonly subscriptions: Subscriptions
    readonly staleness: Staleness
    /** Number of globs that name the most important instruments: only for these the whole ladder is used. */
    readonly priorities: number
  }) {
    this.subscriptions = options.subscriptions
    this.staleness = options.staleness
    this.feed = options.subscriptions.feed
    this.priorityRanks = options.priorities
  }

  /** Checks the feed. Returns the changes, in sequence. */
  look(nowMs: number): ReadonlyArray<RepairFact> {
    const view = this.staleness.look(nowMs)
    if (!view.up) {
      const lost = this.wasUp
      this.wasUp = false
      return lost ? [{ type: "SESSION_LOST" }] : []
    }
    this.wasUp = true
    // A late feed has a backlog, which each further rung would lengthen or lose.
    if (view.lateMs > 0) return this.leaveOff()
    return [...this.lookAtFeed(view), ...this.lookAtInstruments(view)]
  }

  /** Instruments of the present climb. */
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

  /** Uses one unit of the rung's budget; false when none is left. */
  spend(rung: RepairRung, nowMs: number): boolean {
    let window = this.spent.get(rung)
    if (window === undefined) this.spent.set(rung, (window = new RateWindow(hourMs)))
    return window.admit(nowMs, 1, repairBudgets[rung])
  }

  resubscribeInstruments(): void {
    this.subscriptions.resubscribe(this.stalled())
  }

  /** Requests again every batch that contained a stalled instrument. */
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

  /** The climb has ended. */
  clear(): void {
    this.targets.clear()
    this.joined = 0
    this.names = []
    this.wholeFeedAt = -1
  }

  /** Ends a climb whose ticks turned out to be delayed. */
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
      // Acknowledgements of a new session are still missing, so a lack of watched instruments does not mean that
      // trading ended.
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
