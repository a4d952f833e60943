import { codeDoubt } from "../../../kernel/instrument/code-doubt.ts"
import type { InstrumentDirectory } from "../../../kernel/instrument/instrument-directory.ts"
import { grownF64, grownI32, grownRows } from "../../../kernel/instrument/instrument-table.ts"
import {
  refusalOf,
  type SubscriptionRecord,
  type SubscriptionState
} from "../../../kernel/instrument/subscription-record.ts"
import type { TickArrivals } from "../intake/tick-arrivals.ts"

const wanted = 1
const queued = 2
const sent = 4
const acknowledged = 8
const rejected = 16
const leaving = 32

/** Counts of a feed's wanted instruments by state. `missing`: wanted and not acknowledged, for any reason. */
export interface SubscriptionTotals {
  readonly wanted: number
  readonly sent: number
  readonly acknowledged: number
  readonly rejected: number
  readonly missing: number
}

/**
 * The wanted instruments of one feed and the front's answers in this session, one row for each instrument. Rows are
 * columns of numbers: a walk over 20,000 instruments takes a fraction of a millisecond. Rows of removed instruments
 * are reused.
 */
export class SubscriptionTable {
  readonly feed: string
  readonly arrivals: TickArrivals
  private readonly directory: InstrumentDirectory
  private readonly rowOf = new Map<string, number>()
  private readonly ids: Array<string> = []
  private readonly free: Array<number> = []
  private readonly texts = new Map<number, string>()
  private flags = new Int32Array(0)
  private ranks = new Int32Array(0)
  private errorIds = new Int32Array(0)
  private numbers = new Int32Array(0)
  /** Daemon-wide index of the row's instrument; -1 before its first tick. */
  private indexes = new Int32Array(0)
  private createdMs = new Float64Array(0)
  private sentMs = new Float64Array(0)
  private answeredMs = new Float64Array(0)
  /** First acknowledgement in this session: a repeated request must not make an old silence a new one. */
  private agreedMs = new Float64Array(0)
  private linked = 0
  private lastNumber = 0
  private counts = { wanted: 0, sent: 0, acknowledged: 0, rejected: 0 }

  constructor(feed: string, arrivals: TickArrivals, directory: InstrumentDirectory) {
    this.feed = feed
    this.arrivals = arrivals
    this.directory = directory
  }

  totals(): SubscriptionTotals {
    return { ...this.counts, missing: this.counts.wanted - this.counts.acknowledged }
  }

  /** Number of rows, used and free: rows are 0 .. size - 1. */
  get size(): number {
    return this.ids.length
  }

  row(id: string): number | undefined {
    return this.rowOf.get(id)
  }

  idOf(row: number): string {
    return this.ids[row] as string
  }

  isWanted(row: number): boolean {
    return this.has(row, wanted)
  }
  isQueued(row: number): boolean {
    return this.has(row, queued)
  }
  /** Requested and not answered yet. */
  isSent(row: number): boolean {
    return this.has(row, sent)
  }
  isAcknowledged(row: number): boolean {
    return this.has(row, acknowledged)
  }
  isLeaving(row: number): boolean {
    return this.has(row, leaving)
  }

  /** Adds a wanted instrument; undefined when it is there already. */
  want(id: string, rank: number, nowMs: number): number | undefined {
    const known = this.rowOf.get(id)
    if (known !== undefined && this.isWanted(known)) return undefined
    const row = known ?? this.free.pop() ?? this.ids.length
    this.grow(row)
    this.ids[row] = id
    this.rowOf.set(id, row)
    this.ranks[row] = rank
    this.numbers[row] = ++this.lastNumber
    this.createdMs[row] = nowMs
    this.indexes[row] = this.directory.seen(id)?.index ?? -1
    // The outcome of a running unsubscription does not apply to the new request.
    this.flags[row] = wanted
    this.clearTimes(row)
    this.counts.wanted++
    return row
  }

  /** Removes a wanted instrument. True when the front must be asked to unsubscribe. */
  unwant(row: number): boolean {
    const asked = this.has(row, sent | acknowledged)
    this.drop(row)
    this.counts.wanted--
    this.flags[row] = asked ? leaving : 0
    if (!asked) this.forget(row)
    return asked
  }

  /** The front confirmed an unsubscription, or it cannot be requested any more. */
  left(row: number): void {
    if (this.isLeaving(row)) this.forget(row)
  }

  setQueued(row: number, on: boolean): void {
    this.flags[row] = on ? (this.flags[row] as number) | queued : (this.flags[row] as number) & ~queued
  }

  /** Requested now. The previous answer stays until the next one. */
  asked(row: number, nowMs: number): void {
    if (!this.isSent(row)) this.counts.sent++
    if (this.has(row, rejected)) this.counts.rejected--
    this.flags[row] = ((this.flags[row] as number) & ~(queued | rejected)) | sent
    this.sentMs[row] = nowMs
  }

  /** The answer of the front. True when it is the first one to this request. */
  answered(row: number, errorId: number, text: string, nowMs: number): boolean {
    const first = this.isSent(row)
    if (errorId !== 0) this.agreedMs[row] = Number.NaN
    else if (Number.isNaN(this.agreedMs[row])) this.agreedMs[row] = nowMs
    this.drop(row)
    this.flags[row] = wanted | (errorId === 0 ? acknowledged : rejected) | ((this.flags[row] as number) & queued)
    this.answeredMs[row] = nowMs
    this.errorIds[row] = errorId
    if (errorId === 0) this.counts.acknowledged++
    else {
      this.counts.rejected++
      this.texts.set(row, text)
    }
    return first
  }

  /** The request will get no answer: the instrument is as if it had not been requested. */
  requestError(row: number): void {
    if (!this.isSent(row)) return
    this.counts.sent--
    this.flags[row] = (this.flags[row] as number) & ~sent
  }

  /** Discards the front's answer for an instrument. */
  unacknowledge(row: number): void {
    this.drop(row)
    this.flags[row] = (this.flags[row] as number) & (wanted | queued | leaving)
  }

  /** The session ended: nothing is subscribed, and pending unsubscriptions are done. */
  begin(): void {
    for (let row = 0; row < this.size; row++) {
      if (this.isLeaving(row)) this.forget(row)
      this.flags[row] = (this.flags[row] as number) & wanted
      this.clearTimes(row)
    }
    this.counts = { wanted: this.counts.wanted, sent: 0, acknowledged: 0, rejected: 0 }
    this.arrivals.begin()
  }

  /** Wanted rows, lowest rank first. */
  inOrder(): Array<number> {
    const rows: Array<number> = []
    for (let row = 0; row < this.size; row++) if (this.isWanted(row)) rows.push(row)
    return rows.sort((a, b) => (this.ranks[a] as number) - (this.ranks[b] as number) || a - b)
  }

  rankOf(row: number): number {
    return this.ranks[row] as number
  }

  /** When the front was last requested for it and when it last answered in this session; NaN: never. */
  sentAt(row: number): number {
    return this.sentMs[row] as number
  }
  answeredAt(row: number): number {
    return this.answeredMs[row] as number
  }
  /** When the front first acknowledged it in this session; NaN: never. */
  agreedAt(row: number): number {
    return this.agreedMs[row] as number
  }

  /** Daemon-wide index of a row's instrument; -1 when it never ticked. Call `link` before a walk. */
  indexOf(row: number): number {
    return this.indexes[row] as number
  }

  /** Finds the indexes of instruments that ticked for the first time. Cheap when there are none. */
  link(): void {
    for (; this.linked < this.directory.size; this.linked++) {
      const id = this.directory.at(this.linked)?.id
      const row = id === undefined ? undefined : this.rowOf.get(id)
      if (row !== undefined) this.indexes[row] = this.linked
    }
  }

  /** A tick of the present session arrived, including repeated ones. */
  isTicking(row: number): boolean {
    const index = this.indexes[row] as number
    return index >= 0 && index < this.arrivals.firstMs.length && !Number.isNaN(this.arrivals.firstMs[index] as number)
  }

  record(row: number): SubscriptionRecord {
    const index = this.indexes[row] as number
    const { firstMs, lastMs, counts } = this.arrivals
    const time = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? undefined : value)
    const answeredMs = time(this.answeredMs[row])
    return {
      subscriptionId: `${this.feed}-${this.numbers[row]}`,
      instrumentId: this.idOf(row),
      feed: this.feed,
      state: this.stateOf(row),
      createdMs: this.createdMs[row] as number,
      sentMs: time(this.sentMs[row]),
      acknowledgedMs: this.has(row, acknowledged) ? answeredMs : undefined,
      refusal: this.has(row, rejected)
        ? refusalOf(this.errorIds[row] as number, this.texts.get(row) ?? "", answeredMs ?? 0)
        : undefined,
      firstTickMs: index < 0 ? undefined : time(firstMs[index]),
      lastTickMs: index < 0 ? undefined : time(lastMs[index]),
      ticks: index < 0 ? 0 : (counts[index] ?? 0),
      doubt: this.isTicking(row) ? undefined : this.doubtOf(row),
      setAside: this.arrivals.lostOf(index, this.idOf(row), this.isTicking(row))
    }
  }

  /** Why no exchange is known to use the row's code. */
  doubtOf(row: number): string | undefined {
    const id = this.idOf(row)
    return this.directory.contractOf(id) === undefined ? codeDoubt(id) : undefined
  }

  private stateOf(row: number): SubscriptionState {
    if (this.isLeaving(row)) return "unsubscribing"
    if (this.has(row, rejected)) return "rejected"
    if (this.has(row, acknowledged)) return this.isTicking(row) ? "ticking" : "acknowledged"
    return this.isSent(row) ? "sent" : "desired"
  }

  private has(row: number, bits: number): boolean {
    return ((this.flags[row] as number) & bits) !== 0
  }

  /** Takes a row's answers out of the counts. */
  private drop(row: number): void {
    if (this.isSent(row)) this.counts.sent--
    if (this.has(row, acknowledged)) this.counts.acknowledged--
    if (this.has(row, rejected)) this.counts.rejected--
  }

  private forget(row: number): void {
    this.rowOf.delete(this.idOf(row))
    this.texts.delete(row)
    this.flags[row] = 0
    this.indexes[row] = -1
    this.free.push(row)
  }

  private clearTimes(row: number): void {
    this.sentMs[row] = Number.NaN
    this.answeredMs[row] = Number.NaN
    this.agreedMs[row] = Number.NaN
  }

  private grow(row: number): void {
    if (row < this.flags.length) return
    const rows = grownRows(this.flags.length, row)
    this.flags = grownI32(this.flags, rows)
    this.ranks = grownI32(this.ranks, rows)
    this.errorIds = grownI32(this.errorIds, rows)
    this.numbers = grownI32(this.numbers, rows)
    this.indexes = grownI32(this.indexes, rows, -1)
    this.createdMs = grownF64(this.createdMs, rows)
    this.sentMs = grownF64(this.sentMs, rows, Number.NaN)
    this.answeredMs = grownF64(this.answeredMs, rows, Number.NaN)
    this.agreedMs = grownF64(this.agreedMs, rows, Number.NaN)
  }
}
