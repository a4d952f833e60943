import type { Effect } from "effect"
import type { InstrumentDirectory } from "../../../kernel/instrument/instrument-directory.ts"
import { instrumentRank } from "../../../kernel/instrument/instrument-glob.ts"
import { type SubscriptionRecord, tooManyInstruments } from "../../../kernel/instrument/subscription-record.ts"
import type { FrontEvent, MarketFront } from "../../ports/market-front.ts"
import type { TickArrivals } from "../intake/tick-arrivals.ts"
import { RateHits } from "./rate-hits.ts"
import { type SubscribeLimits, SubscribePacer } from "./subscribe-pacer.ts"
import { SubscriptionTable, type SubscriptionTotals } from "./subscription-table.ts"

export interface SubscriptionOptions {
  readonly feed: string
  readonly wanted: ReadonlyArray<string>
  readonly limits: SubscribeLimits
  readonly directory: InstrumentDirectory
  readonly arrivals: TickArrivals
  readonly nowMs: () => number
  /** For rates and time limits; omit: `nowMs`, whose clock is never set. */
  readonly monotonicMs?: () => number
}

/** Result of a change of the wanted instruments; the lists have no common ids. */
export interface WantedChange {
  readonly changed: ReadonlyArray<string>
  /** Already wanted, or not wanted at all. */
  readonly unchanged: ReadonlyArray<string>
}

/**
 * The wanted instruments of one feed and their state: requests them from the front at its rate, highest priority
 * first, and keeps the answers. Nothing of a previous session counts in the next one. `heard` is called with the
 * front's events, synchronously and in sequence; `run` sends, in the session's fiber.
 */
export class Subscriptions {
  readonly feed: string
  readonly table: SubscriptionTable
  readonly hits = new RateHits()
  private readonly pacer: SubscribePacer
  private readonly rankOf: (id: string) => number
  private readonly nowMs: () => number
  private askedAll = false
  private changes = 0

  constructor(options: SubscriptionOptions) {
    const { feed, arrivals, directory, limits, monotonicMs = options.nowMs, nowMs } = options
    this.feed = feed
    this.table = new SubscriptionTable(feed, arrivals, directory)
    this.pacer = new SubscribePacer({ table: this.table, hits: this.hits, limits, nowMs, monotonicMs })
    this.rankOf = instrumentRank(limits.priority)
    this.nowMs = nowMs
    this.want(options.wanted)
  }

  totals(): SubscriptionTotals {
    return this.table.totals()
  }

  /** Changes whenever the set of wanted instruments changes. */
  revision(): number {
    return this.changes
  }

  wantedIds(): ReadonlyArray<string> {
    const ids: Array<string> = []
    for (let row = 0; row < this.table.size; row++) if (this.table.isWanted(row)) ids.push(this.table.idOf(row))
    return ids
  }

  /** Current rate of requests to the front, instruments a second: reduced while the front did not keep up. */
  pace(): number {
    return this.pacer.perSecond()
  }

  /** No request waits to be sent or answered. */
  isSettled(): boolean {
    return this.pacer.isSettled()
  }

  /** The session is logged in: requests reach the front. */
  isLoggedIn(): boolean {
    return this.pacer.open
  }

  /** One instrument; undefined when it is neither wanted nor being unsubscribed. */
  record(id: string): SubscriptionRecord | undefined {
    this.table.link()
    const row = this.table.row(id)
    return row === undefined ? undefined : this.table.record(row)
  }

  /** Every instrument that is wanted or being unsubscribed, by row. 20,000 objects: for an operator, not for a loop. */
  records(): ReadonlyArray<SubscriptionRecord> {
    const { table } = this
    table.link()
    const records: Array<SubscriptionRecord> = []
    for (let row = 0; row < table.size; row++) {
      if (table.isWanted(row) || table.isLeaving(row)) records.push(table.record(row))
    }
    return records
  }

  /** Adds instruments. A session that is logged in requests them at once, at its rate. */
  want(ids: ReadonlyArray<string>): WantedChange {
    return this.change(ids, (id) => {
      const row = id === "" ? undefined : this.table.want(id, this.rankOf(id), this.nowMs())
      if (row === undefined) return false
      this.changes++
      if (this.pacer.open) this.pacer.enqueue(row)
      return true
    })
  }

  /** Removes instruments. Their rows are removed when the front confirmed. */
  unwant(ids: ReadonlyArray<string>): WantedChange {
    return this.change(ids, (id) => {
      const row = this.table.row(id)
      if (row === undefined || !this.table.isWanted(row)) return false
      this.changes++
      if (this.table.unwant(row)) this.pacer.leave(row)
      return true
    })
  }

  /** Requests wanted instruments again, in front of all waiting ones. The previous answers stay until the new ones. */
  resubscribe(ids: ReadonlyArray<string>): WantedChange {
    const rows: Array<number> = []
    const change = this.change(ids, (id) => {
      const row = this.table.row(id)
      if (!this.pacer.open || row === undefined || !this.table.isWanted(row)) return false
      rows.push(row)
      return true
    })
    this.pacer.enqueueFirst(rows)
    return change
  }

  /**
   * Requests the wanted instruments. The first time after a login that is all of them; later `missing` is those
   * without an acknowledgement and without an open request. `everything` discards the acknowledgements, as does
   * `missing` when nothing is missing: the caller then doubts them.
   */
  ask(what: "missing" | "everything"): void {
    if (!this.pacer.open) return
    const { table } = this
    const order = table.inOrder()
    if (what === "everything" || !this.askedAll || table.totals().missing === 0) {
      this.pacer.clear()
      for (const row of order) table.unacknowledge(row)
    }
    this.askedAll = true
    for (const row of order) if (!table.isAcknowledged(row) && !table.isSent(row)) this.pacer.enqueue(row)
  }

  /** An event of the front. True when it was the last missing answer. */
  heard(event: FrontEvent): boolean {
    switch (event.type) {
      case "loggedIn":
        this.end(false)
        this.pacer.open = true
        return false
      case "disconnected":
      case "loggedOut":
        this.end(true)
        return false
      case "notSent":
        if (event.request !== "login") this.pacer.heldBack(event.code)
        return false
      case "error":
        if (event.errorId === tooManyInstruments) this.hits.note("front_instruments")
        return false
      case "subscribed":
        return this.answered(event.instrumentId, event.errorId, event.message)
      case "unsubscribed": {
        const row = this.table.row(event.instrumentId)
        if (row !== undefined) this.table.left(row)
        return false
      }
      default:
        return false
    }
  }

  /** The session ended: nothing is subscribed. `cut`: it ended unexpectedly. */
  end(cut: boolean): void {
    if (cut) this.pacer.cut()
    this.pacer.open = false
    this.pacer.clear()
    this.askedAll = false
    this.table.begin()
  }

  /** Sends waiting requests within the limits. Runs beside the session and never ends. */
  run(front: MarketFront["Service"]): Effect.Effect<never> {
    return this.pacer.run(front)
  }

  private change(ids: ReadonlyArray<string>, isChanged: (id: string) => boolean): WantedChange {
    const change = { changed: [] as Array<string>, unchanged: [] as Array<string> }
    for (const id of new Set(ids)) (isChanged(id) ? change.changed : change.unchanged).push(id)
    return change
  }

  private answered(id: string, errorId: number, text: string): boolean {
    const row = this.table.row(id)
    if (row === undefined || !this.table.isWanted(row) || !this.pacer.open) return false
    const before = this.answers()
    const first = this.table.answered(row, errorId, text, this.nowMs())
    if (errorId === tooManyInstruments) this.hits.note("front_instruments")
    this.pacer.answered(row, errorId === 0)
    const after = this.answers()
    // A repeated request keeps its previous answer until the new one: all are there when no request is open.
    const { wanted, sent } = this.table.totals()
    return (first || after !== before) && after === wanted && sent === 0
  }

  private answers(): number {
    const { acknowledged, rejected } = this.table.totals()
    return acknowledged + rejected
  }
}
