import { type PhaseSource, tradingPhase } from "../../../kernel/calendar/trading-phase.ts"
import { grownF64, grownI32, grownRows } from "../../../kernel/instrument/instrument-table.ts"
import { bitOf } from "../../../kernel/tick/law.ts"
import { double, recordF64, recordI32, type TickSlab, word } from "../../../kernel/tick/tick-slab.ts"
import { shanghaiTimeOfDayMs } from "../../../kernel/time/shanghai-time.ts"
import type { TickLedger } from "../intake/ledger.ts"
import { LateTicks, type SessionLate } from "./session-late.ts"

const hourMs = 3_600_000
const snapshotMark = bitOf("snapshot")

/** `night` is first: it opens the trading day. */
type SessionName = "night" | "day"

/**
 * Counts of one instrument in one session. Times are exchange times, epoch milliseconds UTC, of published ticks: from
 * this feed, or from another one that was first.
 */
export interface InstrumentTally {
  readonly index: number
  readonly firstMs: number | undefined
  readonly lastMs: number | undefined
  readonly published: number
  readonly duplicate: number
  readonly quarantined: number
  readonly flagged: number
  /** Longest stretch of trading hours between two published ticks. */
  readonly longestSilenceMs: number
}

/** A session of one feed that has ended or was broken off. */
export interface SessionIntegrity {
  readonly feed: string
  readonly tradingDay: number
  readonly session: SessionName
  /** False: the daemon stopped before the session ended. */
  readonly ended: boolean
  /** Instruments whose volume was above 0 at their first tick. */
  readonly joinedLate: number
  readonly received: number
  /** Pushed to the queue, including those of `late`. */
  readonly published: number
  readonly duplicate: number
  readonly quarantined: number
  readonly dropped: number
  /** Ticks of the session that were lost behind the intake; grows until all ticks are resolved. */
  readonly late: SessionLate
  readonly firstReceivedMs: number
  readonly lastReceivedMs: number
  readonly instruments: ReadonlyArray<InstrumentTally>
  /** Ticks that the feed had pushed to the queue by the session's end. Ticks are stored in this sequence. */
  readonly acceptedUntil: number
}

/** Columns of the ledger at the session's begin. */
interface Columns {
  readonly received: number
  readonly duplicate: number
  readonly quarantined: number
  readonly dropped: number
}

/** yyyymmdd and session as one number that rises with time: 2 × day for the night session, + 1 for the day session. */
const sessionKey = (tradingDay: number, exchangeMs: number): number => {
  const timeOfDay = shanghaiTimeOfDayMs(exchangeMs)
  return tradingDay * 2 + (timeOfDay >= 18 * hourMs || timeOfDay < 6 * hourMs ? 0 : 1)
}

/**
 * Counts the ticks of a feed by instrument and trading session. A session ends when a tick of a later one arrives,
 * after a long time without ticks, or with the daemon. Counting a tick writes to typed arrays only.
 */
export class SessionTally {
  private readonly ledger: TickLedger
  private readonly hours: PhaseSource
  private readonly onEnd: (integrity: SessionIntegrity) => void
  private key = 0
  private begin: Columns
  /** Ticks pushed to the queue in this run. */
  accepted = 0
  readonly late = new LateTicks()
  private acceptedAtBegin = 0
  private joinedLate = 0
  private firstReceivedMs = Number.NaN
  private lastReceivedMs = Number.NaN
  private rows = 0
  private firstMs = new Float64Array(0)
  private lastMs = new Float64Array(0)
  private silenceMs = new Float64Array(0)
  private readonly counts = {
    published: new Int32Array(0),
    duplicate: new Int32Array(0),
    quarantined: new Int32Array(0),
    flagged: new Int32Array(0)
  }

  constructor(ledger: TickLedger, hours: PhaseSource, onEnd: (integrity: SessionIntegrity) => void) {
    this.ledger = ledger
    this.hours = hours
    this.onEnd = onEnd
    this.begin = this.columns()
  }

  /** The normalised tick in `row` enters the queue. */
  published(slab: TickSlab, row: number): void {
    const words = row * recordI32
    const flags = slab.u32[words + word.verdict] as number
    const index = slab.u32[words + word.instrument] as number
    this.turnWith(slab, row)
    this.accepted++
    this.seen(index)
    this.counts.published[index] = (this.counts.published[index] as number) + 1
    if (flags !== 0) this.counts.flagged[index] = (this.counts.flagged[index] as number) + 1
    this.heard(slab, row)
  }

  /** Another feed has published the normalised tick in `row`: it is not missing here. */
  twin(slab: TickSlab, row: number): void {
    this.turnWith(slab, row)
    this.duplicate(slab.u32[row * recordI32 + word.instrument] as number)
    this.heard(slab, row)
  }

  /** `index` -1: the instrument is not known. */
  duplicate(index: number): void {
    if (index < 0) return
    this.seen(index)
    this.counts.duplicate[index] = (this.counts.duplicate[index] as number) + 1
  }

  quarantined(index: number): void {
    if (index < 0) return
    this.seen(index)
    this.counts.quarantined[index] = (this.counts.quarantined[index] as number) + 1
  }

  /** Called for each batch. */
  received(receivedMs: number): void {
    if (Number.isNaN(this.firstReceivedMs)) this.firstReceivedMs = receivedMs
    this.lastReceivedMs = receivedMs
  }

  /** Ends the session when its last tick is this old. A replay passes its own clock, or does not call this. */
  look(nowMs: number, quietMs: number): void {
    if (this.key !== 0 && nowMs - this.lastReceivedMs > quietMs) this.finish(true)
  }

  /** The daemon stops. */
  stop(): void {
    if (this.key !== 0) this.finish(false)
  }

  private turnWith(slab: TickSlab, row: number): void {
    const words = row * recordI32
    if (((slab.u32[words + word.verdict] as number) & snapshotMark) !== 0) return
    const exchangeMs = slab.f64[row * recordF64 + double.exchangeTimeMs] as number
    const key = sessionKey(slab.i32[words + word.tradingDay] as number, exchangeMs)
    if (key > this.key) this.turn(key)
  }

  /** Updates first tick, last tick and longest silence of the instrument. */
  private heard(slab: TickSlab, row: number): void {
    const words = row * recordI32
    if (((slab.u32[words + word.verdict] as number) & snapshotMark) !== 0) return
    const index = slab.u32[words + word.instrument] as number
    const exchangeMs = slab.f64[row * recordF64 + double.exchangeTimeMs] as number
    const before = this.lastMs[index] as number
    if (Number.isNaN(before)) {
      this.firstMs[index] = exchangeMs
      // Unknown growth with volume: the day had begun before this run.
      if ((slab.i32[words + word.lastVolume] as number) < 0 && (slab.i32[words + word.volume] as number) > 0) {
        this.joinedLate++
      }
    } else if (exchangeMs - before > (this.silenceMs[index] as number)) this.measure(index, before, exchangeMs)
    this.lastMs[index] = exchangeMs
  }

  private turn(key: number): void {
    // The current tick already has its number, and belongs to the session that begins.
    // The key moves on even when the reader throws; otherwise each tick of the new session would throw again.
    try {
      if (this.key !== 0) this.finish(true, 1)
    } finally {
      this.key = key
    }
  }

  private finish(ended: boolean, inHand = 0): void {
    const columns = this.columns()
    const now = { ...columns, received: columns.received - inHand }
    const { begin } = this
    const instruments: Array<InstrumentTally> = []
    for (let index = 0; index < this.rows; index++) {
      const tally = this.tallyOf(index)
      if (tally.published + tally.duplicate + tally.quarantined > 0) instruments.push(tally)
    }
    const integrity: SessionIntegrity = {
      feed: this.ledger.feed,
      tradingDay: Math.floor(this.key / 2),
      session: this.key % 2 === 0 ? "night" : "day",
      ended,
      joinedLate: this.joinedLate,
      received: now.received - begin.received,
      published: this.accepted - this.acceptedAtBegin,
      duplicate: now.duplicate - begin.duplicate,
      quarantined: now.quarantined - begin.quarantined,
      dropped: now.dropped - begin.dropped,
      late: this.late.end(now.received, this.accepted - this.acceptedAtBegin),
      firstReceivedMs: this.firstReceivedMs,
      lastReceivedMs: this.lastReceivedMs,
      instruments,
      acceptedUntil: this.accepted
    }
    this.key = 0
    this.begin = now
    this.acceptedAtBegin = this.accepted
    this.joinedLate = 0
    this.firstReceivedMs = Number.NaN
    this.firstMs.fill(Number.NaN)
    this.lastMs.fill(Number.NaN)
    this.silenceMs.fill(0)
    for (const counts of Object.values(this.counts)) counts.fill(0)
    this.onEnd(integrity)
  }

  private tallyOf(index: number): InstrumentTally {
    const time = (value: number) => (Number.isNaN(value) ? undefined : value)
    return {
      index,
      firstMs: time(this.firstMs[index] as number),
      lastMs: time(this.lastMs[index] as number),
      published: this.counts.published[index] as number,
      duplicate: this.counts.duplicate[index] as number,
      quarantined: this.counts.quarantined[index] as number,
      flagged: this.counts.flagged[index] as number,
      longestSilenceMs: this.silenceMs[index] as number
    }
  }

  /** Trading hours between two ticks; all time when the hours are unknown. Rare: only for a new longest silence. */
  private measure(index: number, fromMs: number, toMs: number): void {
    let silence = 0
    for (let at = fromMs; at < toMs; ) {
      const { phase, untilMs } = this.hours(index, at)
      const end = Math.min(toMs, untilMs)
      if (phase === tradingPhase.trading || phase === tradingPhase.unknown) silence += end - at
      if (!(end > at)) break
      at = end
    }
    if (silence > (this.silenceMs[index] as number)) this.silenceMs[index] = silence
  }

  private columns(): Columns {
    const { ledger } = this
    return {
      received: ledger.lastSeq,
      duplicate: ledger.duplicate,
      quarantined: ledger.quarantined.reduce((sum, count) => sum + count, 0) - this.late.total.quarantined,
      dropped: ledger.holes
    }
  }

  private seen(index: number): void {
    if (index < this.rows) return
    this.rows = grownRows(this.rows, index)
    this.firstMs = grownF64(this.firstMs, this.rows, Number.NaN)
    this.lastMs = grownF64(this.lastMs, this.rows, Number.NaN)
    this.silenceMs = grownF64(this.silenceMs, this.rows)
    for (const name of ["published", "duplicate", "quarantined", "flagged"] as const) {
      this.counts[name] = grownI32(this.counts[name], this.rows)
    }
  }
}
