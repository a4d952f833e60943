import type { LatencyHistogram } from "../../../kernel/latency-histogram.ts"
import { bitOf, laws } from "../../../kernel/tick/law.ts"
import {
  double,
  type FeedIndex,
  recordBytes,
  recordF64,
  recordI32,
  type SlabPool,
  type TickSlab,
  word
} from "../../../kernel/tick/tick-slab.ts"
import type { TickIntake, WorkerSymbols } from "../../ports/tick-intake.ts"
import type { GapRecorder } from "../integrity/gap-recorder.ts"
import type { SessionTally } from "../integrity/session-tally.ts"
import { type FeedArbiter, twinTick } from "./arbitrate-feeds.ts"
import { exceptionReason, isArbitrated, type TickLedger } from "./ledger.ts"
import type { LineLatency } from "./line-latency.ts"
import type { TickArrivals } from "./tick-arrivals.ts"
import { receivedMsOf } from "./tick-clock.ts"
import type { TickQueue } from "./tick-queue.ts"

/** Result for a tick that repeats its predecessor in every field: valid, counted and not published. */
export const duplicateTick = -1

/**
 * Checks and completes one record in place. Returns an index in `quarantineReasons`, 0 = publish, or `duplicateTick`.
 */
export type NormaliseTick = (slab: TickSlab, row: number, symbols: WorkerSymbols) => number

/**
 * Called with each quarantined tick while its record holds the raw values (for `isArbitrated` reasons: the normalised
 * ones).
 */
export type OnQuarantined = (slab: TickSlab, row: number, reason: number, symbols: WorkerSymbols) => void

/**
 * Called with the error of a step. `judge`: the tick in `row` is quarantined as `exception`; `integrity`: only its
 * record is missing. `index`: the daemon-wide instrument, -1 when not known.
 */
export type OnException = (place: "judge" | "integrity", cause: unknown, index: number, symbol: number) => void

const snapshotMark = bitOf("snapshot")

/** The tick passed the laws, published or not: its record is rewritten. */
const isNormalised = (reason: number): boolean => reason === 0 || reason === twinTick || isArbitrated(reason)

/** Daemon-wide index of a checked tick's instrument, -1 when not known. */
const indexOf = (slab: TickSlab, row: number, reason: number, symbols: WorkerSymbols): number => {
  const named = slab.u32[row * recordI32 + word.instrument] as number
  return isNormalised(reason) ? named : (symbols.resolved[named] ?? -1)
}

/** A snapshot is as old as its instrument's last trade, which is no delay. */
const noteSkew = (skew: LatencyHistogram, rows: TickSlab, row: number) => {
  if (((rows.u32[row * recordI32 + word.verdict] as number) & snapshotMark) !== 0) return
  skew.record(Math.max(0, receivedMsOf(rows, row) - (rows.f64[row * recordF64 + double.exchangeTimeMs] as number)))
}

/**
 * From the ring to the queue: normalises each row, quarantines bad ticks, and pushes the rest as one batch. A bad
 * tick never stops the line: an exception in any step quarantines that tick only.
 */
export const makeTickIntake = (options: {
  readonly feed: FeedIndex
  readonly pool: SlabPool
  readonly queue: TickQueue
  readonly ledger: TickLedger
  readonly normalise: NormaliseTick
  readonly onQuarantined: OnQuarantined
  readonly onException?: OnException
  /** Counts by instrument and session, and detects holes. Omit to disable. */
  readonly tally?: SessionTally
  readonly gaps?: GapRecorder
  /** Records which instruments tick. Omit to disable. */
  readonly arrivals?: TickArrivals
  /** Decides between several feeds. Omit with a single feed. */
  readonly arbiter?: FeedArbiter
  /** Measures one tick of each batch. Omit to disable. */
  readonly latency?: { readonly line: LineLatency; readonly monotonicMs: () => number; readonly isReplay: boolean }
}): TickIntake => {
  const { latency } = options
  const skew = latency?.isReplay === false ? latency.line.skew(options.feed) : undefined
  const { feed, pool, queue, ledger, normalise, onQuarantined, onException, tally, gaps, arrivals, arbiter } = options
  let slab: TickSlab | undefined
  /** Arrival of the last tick of the previous batch; NaN before the first. */
  let lastReceivedMs = Number.NaN

  const caught = (place: "judge" | "integrity", cause: unknown, index: number, symbol: number) => {
    ledger.exceptions[place]++
    onException?.(place, cause, index, symbol)
  }

  /**
   * A tick is counted before arbitration remembers it: if counting throws, the other feed's arrival is published. The
   * record gets the worker's number of the instrument back, because a quarantined tick is named by it.
   */
  const judge = (rows: TickSlab, row: number, symbols: WorkerSymbols): number => {
    const at = row * recordI32 + word.instrument
    const symbol = rows.u32[at] as number
    try {
      const reason = normalise(rows, row, symbols)
      if (reason !== 0) return reason
      const verdict = arbiter === undefined ? 0 : arbiter.decide(rows, row, feed)
      if (verdict !== 0) return verdict
      tally?.published(rows, row)
      arbiter?.publish(rows, row, feed)
      return 0
    } catch (cause) {
      rows.u32[at] = symbol
      caught("judge", cause, symbols.resolved[symbol] ?? -1, symbol)
      return exceptionReason
    }
  }

  /** Records a tick that is not published. An exception here costs nothing more than this record. */
  const setAside = (rows: TickSlab, row: number, reason: number, symbols: WorkerSymbols) => {
    if (reason === duplicateTick || reason === twinTick) ledger.duplicate++
    else ledger.quarantined[reason] = (ledger.quarantined[reason] ?? 0) + 1
    const index = indexOf(rows, row, reason, symbols)
    try {
      if (reason === duplicateTick) tally?.duplicate(index)
      else if (reason === twinTick) tally?.twin(rows, row)
      else {
        tally?.quarantined(index)
        onQuarantined(rows, row, reason, symbols)
      }
    } catch (cause) {
      caught("integrity", cause, index, rows.u32[row * recordI32 + word.instrument] as number)
    }
  }

  /** Follows the sequence numbers. A hole is a tick that the ring dropped. */
  const follow = (rows: TickSlab, row: number, start: number) => {
    const seq = rows.seq(row)
    const hole = seq - ledger.lastSeq - 1
    if (hole !== 0) {
      ledger.holes += hole
      const toMs = receivedMsOf(rows, row)
      const beforeMs = row > start ? receivedMsOf(rows, row - 1) : lastReceivedMs
      try {
        gaps?.hole(ledger.lastSeq + 1, seq - 1, Number.isNaN(beforeMs) ? toMs : beforeMs, toMs)
      } catch (cause) {
        caught("integrity", cause, -1, 0)
      }
    }
    ledger.lastSeq = seq
  }

  const countFlags = (flags: number) => {
    for (let law = 0; law < laws.length; law++) {
      if ((flags & (1 << law)) !== 0) ledger.flagged[law] = (ledger.flagged[law] ?? 0) + 1
    }
  }

  /** A tick that another feed delivered first shows that this feed works, like a published one. */
  const noteArrival = (rows: TickSlab, row: number, reason: number, symbols: WorkerSymbols, newestMs: number) => {
    if (arrivals === undefined) return
    const index = indexOf(rows, row, reason, symbols)
    if (reason > 0 && !isNormalised(reason)) {
      const named = rows.u32[row * recordI32 + word.instrument] as number
      return arrivals.setAside(index, index < 0 ? symbols.ids[named] : undefined, reason)
    }
    if (isNormalised(reason)) {
      const exchangeMs = rows.f64[row * recordF64 + double.exchangeTimeMs] as number
      arrivals.lateness.note(index, exchangeMs, newestMs, ledger.clockOffsetMs)
    }
    const isNews = isNormalised(reason) && ((rows.u32[row * recordI32 + word.verdict] as number) & snapshotMark) === 0
    if (isNews) arrivals.arrived(index, newestMs)
    else arrivals.repeated(index, newestMs)
  }

  return {
    room: () => queue.room(),
    slab: () => {
      if (slab !== undefined && slab.used < slab.rows) return slab
      if (slab !== undefined) pool.release(slab)
      slab = pool.take()
      // Reference of the intake itself: the slab must not be recycled while rows behind `used` are still free.
      slab.held = 1
      return slab
    },
    accept: (rows, start, symbols) => {
      const end = rows.used
      const readMs = latency === undefined ? 0 : latency.monotonicMs()
      if (latency !== undefined && end > start) latency.line.ring.record(readMs - rows.monotonicMs(start))
      ledger.delivered += end - start
      let kept = start
      /** The newest row that has its exchange time. No later row is moved to its place. */
      let timed = -1
      // One time for the batch: it is drained within milliseconds of its newest tick.
      const newestMs = end > start ? receivedMsOf(rows, end - 1) : Number.NaN
      for (let row = start; row < end; row++) {
        follow(rows, row, start)
        const reason = judge(rows, row, symbols)
        if (reason !== 0) setAside(rows, row, reason, symbols)
        else {
          const flags = rows.u32[row * recordI32 + word.verdict] as number
          if (flags !== 0) countFlags(flags)
          if (kept !== row) rows.bytes.copyWithin(kept * recordBytes, row * recordBytes, (row + 1) * recordBytes)
          kept++
        }
        noteArrival(rows, row, reason, symbols, newestMs)
        if (isNormalised(reason)) timed = row
      }
      // Of a tick that another feed delivered first too: it is this front's delay.
      if (skew !== undefined && timed >= start) noteSkew(skew, rows, timed)
      const firstMs = end > start ? receivedMsOf(rows, start) : Number.NaN
      rows.used = kept
      if (kept !== start) {
        if (latency !== undefined) {
          const queuedMs = latency.monotonicMs()
          latency.line.normalise.record(queuedMs - readMs)
          rows.queuedMs[start] = queuedMs
        }
        rows.held++
        ledger.queued += kept - start
        queue.push({ slab: rows, feed, start, count: kept - start })
      }
      if (end === start) return
      lastReceivedMs = newestMs
      // After the push, because records about a batch must not cost the batch.
      try {
        if (gaps !== undefined && Number.isNaN(gaps.firstTickMs)) {
          gaps.firstTickMs = firstMs
          tally?.received(firstMs)
        }
        tally?.received(newestMs)
        gaps?.ticksArrived(newestMs)
      } catch (cause) {
        caught("integrity", cause, -1, 0)
      }
    },
    whenRoom: queue.whenRoom
  }
}
